using System.Text.RegularExpressions;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// The key maps of a pipeline in front of a model that was saved with it. A model's own ids are covered by its checksum, and its maps by nothing:
/// were they altered in the file, the pipeline would score wrong pairs.
/// </summary>
internal sealed partial class PrecedingKeys
{
    private const int MaximumAttempts = 1000;

    private readonly Dictionary<string, DataViewSchema.Column> _columns = new(StringComparer.Ordinal);

    /// <summary>Goes on by a step of the pipeline.</summary>
    public void Pass(ITransformer step)
    {
        if (step is not ValueToKeyMappingTransformer)
        {
            // It may make the columns anew. What is not checked here is checked where data meet the model.
            _columns.Clear();
            return;
        }
        if (OutputOf(step) is not { } schema)
            return;
        foreach (DataViewSchema.Column column in schema)
        {
            if (!column.IsHidden && column.Type is KeyDataViewType { Count: <= int.MaxValue })
                _columns[column.Name] = column;
        }
    }

    /// <summary>Checks that the maps give the keys that a model was saved with.</summary>
    /// <exception cref="InvalidDataException">They do not.</exception>
    public void Check(IRankingTransformer model)
    {
        Check(model.UserColumnName, model.Model.Users);
        Check(model.ItemColumnName, model.Model.Items);
    }

    private void Check(string columnName, Vocabulary keys)
    {
        if (!_columns.TryGetValue(columnName, out DataViewSchema.Column column) || keys.Names is null || KeyValues.FormatOf(column) is not { } format)
            return;
        int index = KeyValues.FirstDifference(column, format, keys);
        if (index >= 0)
            throw SavedChain.Foreign(
                $"the pipeline maps '{KeyValues.TextOf(column, format)[index]}' to key {index + 1} of column '{columnName}', "
                + $"which is '{(keys.HasId(index) ? keys[index] : "")}' in the model");
    }

    /// <summary>
    /// The schema that a map makes. It tells its input columns to nobody but in errors of a schema that lacks them, and their types not at all, so
    /// that they are tried; null where that leads nowhere.
    /// </summary>
    private static DataViewSchema? OutputOf(ITransformer map)
    {
        List<string> names = [];
        int[] types = [];
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            DataViewSchema.Builder input = new();
            for (int column = 0; column < names.Count; column++)
                input.AddColumn(names[column], IdTypes.All[types[column]]);
            try
            {
                return map.GetOutputSchema(input.ToSchema());
            }
            catch (ArgumentOutOfRangeException missing) when (Quoted().Match(missing.Message) is { Success: true } && !names.Contains(NameIn(missing)))
            {
                names.Add(NameIn(missing));
                types = new int[names.Count];
            }
            catch (Exception other) when (other is InvalidOperationException or ArgumentException)
            {
                if (!Next(types))
                    return null;
            }
        }
        return null;
    }

    private static string NameIn(Exception missing) => Quoted().Match(missing.Message).Groups[1].Value;

    /// <summary>The next combination of types; those of one type for all columns first.</summary>
    private static bool Next(int[] types)
    {
        for (int column = 0; column < types.Length; column++)
        {
            if (++types[column] < IdTypes.All.Length)
                return true;
            types[column] = 0;
        }
        return false;
    }

    // The name may have quotes of its own; what follows it is the parameter's.
    [GeneratedRegex(@"column '(.*?)'(?= \(Parameter '\w+'\)$|$)", RegexOptions.Singleline)]
    private static partial Regex Quoted();
}
