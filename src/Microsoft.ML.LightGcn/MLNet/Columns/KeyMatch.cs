using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Checks, wherever keys of data meet keys of a model or of other data, that they mean the same users and items. A map that only grew at its
/// end, or is yet to grow, does.
/// </summary>
internal static class KeyMatch
{
    /// <summary>What errors call a model that keys are compared with.</summary>
    public const string Model = "the model";

    /// <summary>Checks a column.</summary>
    /// <param name="context">Whose error it is.</param>
    /// <param name="column">A key column.</param>
    /// <param name="keys">The keys that it must mean.</param>
    /// <param name="owner">What those are of: "the model", say.</param>
    /// <param name="data">The data that the column is of; null where only a schema is known.</param>
    /// <param name="channel">The log; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The keys mean something else, or are others by number.</exception>
    public static void Check(
        IExceptionContext context, DataViewSchema.Column column, Vocabulary keys, string owner, IDataView? data = null, IChannel? channel = null)
    {
        int count = KeyColumns.KeyCount(column);
        if (ReferenceEquals(column.Annotations, keys.Origin) && count == keys.Count)
            return;
        IdFormat? format = KeyValues.FormatOf(column);
        if (format is null && keys.Names is null && data is not null && keys.NumbersAreIds != KeyNumbers.AreIds(data, column))
            throw context.Process(Error(string.Create(CultureInfo.InvariantCulture,
                $"The keys of {keys.Role} column '{column.Name}' are not those of {owner}: some were given as numbers, the others are hashes or the like. "
                + $"{Mend(column, keys.Role, owner)}")));
        if (format is null ? keys.Names is null && keys.NumbersAreIds : keys.Names is not null || keys.NumbersAreIds)
        {
            int index = format is null ? -1 : KeyValues.FirstDifference(column, format, keys);
            if (index < 0)
                return;
            throw context.Process(Error(string.Create(CultureInfo.InvariantCulture,
                $"The keys of {keys.Role} column '{column.Name}' are not those of {owner}: key {index + 1} is '{KeyValues.TextOf(column, format!)[index]}' "
                + $"in the column and '{(keys.HasId(index) ? keys[index] : "")}' in {owner}. "
                + $"{Mend(column, keys.Role, owner)}")));
        }
        // One of the two does not say what its keys mean.
        if (count != keys.Count)
            throw context.Process(Error(string.Create(CultureInfo.InvariantCulture,
                $"Schema mismatch for {keys.Role} column '{column.Name}': expected {new KeyDataViewType(typeof(uint), keys.Count)}, got {column.Type}. "
                + $"Where only one of them has key values, the column must have as many keys as {owner}. {Mend(column, keys.Role, owner)}")));
        if (format is null != keys.Names is null)
            channel?.Warn(
                $"Only one of {keys.Role} column '{column.Name}' and {owner} has key values: key 1 is taken for the same {keys.Role} in both, and so on.");
    }

    private static ArgumentOutOfRangeException Error(string message, string schema = "schema") => new(schema, message);

    private static string Mend(DataViewSchema.Column column, string role, string owner) => owner == Model
        ? $"Make the keys with the same map: ml.Transforms.Conversion.MapValueToKey(\"{column.Name}\", \"...\", "
            + $"keyData: ml.Model.{(role == "user" ? "GetUserKeyData" : "GetItemKeyData")}(model))."
        : $"Transform both with one fitted ml.Transforms.Conversion.MapValueToKey(\"{column.Name}\", \"...\").";
}
