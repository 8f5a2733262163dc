using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// Which columns have the scores of which models, from step to step of a pipeline. A copy has them too; a column that a step computes anew has
/// them no longer.
/// </summary>
/// <param name="schema">What the pipeline is given; null where that is not known.</param>
internal sealed class ScoreColumns(DataViewSchema? schema)
{
    private Dictionary<string, ITransformer> _models = new(StringComparer.Ordinal);
    private DataViewSchema? _schema = schema;

    /// <summary>The model whose scores a column has; null where there is none.</summary>
    public ITransformer? ModelOf(string columnName) => _models.GetValueOrDefault(columnName);

    /// <summary>Goes on by a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="isModel">Whether it is a model of this library, which gives Score and changes nothing else.</param>
    public void Pass(ITransformer step, bool isModel)
    {
        DataViewSchema? after = _schema is null ? null : TryApply(step, _schema);
        if (isModel)
            _models[KeyColumns.ScoreColumnName] = step;
        else if (_models.Count > 0)
            Follow(step, after);
        _schema = after;
    }

    private void Follow(ITransformer step, DataViewSchema? after)
    {
        // Without a schema of the data a step is tried on the scores alone.
        DataViewSchema before = after is null ? ScoresAlone() : _schema!;
        after ??= TryApply(step, before);
        if (after is null)
        {
            // It takes other columns. A predictor gives a Score of its own; what else there is leaves the scores alone as a rule.
            if (step is IPredictionTransformer<object>)
                _models.Remove(KeyColumns.ScoreColumnName);
            return;
        }
        Dictionary<string, ITransformer> models = new(StringComparer.Ordinal);
        foreach (DataViewSchema.Column column in after)
        {
            // A column that is computed anew hides the one of the same name, which stays in the schema.
            bool isNew = Count(after, column.Name) > Count(before, column.Name);
            string? source = !isNew ? column.Name : step is ColumnCopyingTransformer copy ? SourceOf(copy, before, column) : null;
            if (!column.IsHidden && source is not null && _models.TryGetValue(source, out ITransformer? model))
                models[column.Name] = model;
        }
        _models = models;
    }

    private DataViewSchema ScoresAlone()
    {
        TableView.Builder columns = new(0);
        foreach (string name in _models.Keys)
            columns.Add(name, NumberDataViewType.Single, (long _, ref float score) => score = 0);
        return columns.ToView().Schema;
    }

    private static string SourceOf(ColumnCopyingTransformer copy, DataViewSchema before, DataViewSchema.Column column) =>
        ((ITransformer)copy).GetRowToRowMapper(before).GetDependencies([column]).Single().Name;

    private static int Count(DataViewSchema schema, string name) => schema.Count(column => column.Name == name);

    /// <summary>The schema after a step; null where the step takes columns that are not there.</summary>
    private static DataViewSchema? TryApply(ITransformer step, DataViewSchema before)
    {
        try
        {
            return step.GetOutputSchema(before);
        }
        catch (Exception missing) when (missing is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }
}
