using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Adds the column Score (Single) to rows of a user and an item key: higher means the user more likely wants the item. The score is NaN for a missing
/// key, and for a user or item that the model does not know or knows nothing of.
/// </summary>
/// <remarks>
/// Keys must mean what they meant in training: key values are compared with the model's, and those of another map are refused. A map that only grew at
/// its end will do. Keys without key values are taken for the model's own if there are as many of them, or if the model's were numbers too. Other columns
/// and key annotations pass through. Scores are computed lazily, one row at a time. Thread-safe.
/// </remarks>
/// <typeparam name="TModel">The fitted model, which can also score all items for a user.</typeparam>
public abstract class RankingTransformer<TModel> : IPredictionTransformer<TModel>, IRankingTransformer
    where TModel : class, IItemScorer
{
    private readonly IHost _host;
    private readonly IRankingModel _model;

    private protected RankingTransformer(IHostEnvironment environment, TModel model, string userColumnName, string itemColumnName)
    {
        _host = environment.Register(GetType().Name);
        Model = model;
        _model = (IRankingModel)model;
        UserColumnName = userColumnName;
        ItemColumnName = itemColumnName;
    }

    IRankingModel IRankingTransformer.Model => _model;

    /// <summary>The fitted model.</summary>
    public TModel Model { get; }

    /// <summary>Name of the user column, a key column.</summary>
    public string UserColumnName { get; }

    /// <summary>Name of the item column, a key column.</summary>
    public string ItemColumnName { get; }

    /// <summary>True: Score depends on its own row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The input's columns and Score.</summary>
    /// <param name="inputSchema">A schema with the user and the item column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or not a key, or its keys are not the model's.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>Adds Score to every row, lazily.</summary>
    /// <param name="input">Data with the user and the item column.</param>
    /// <inheritdoc cref="GetOutputSchema" path="/exception"/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoreView(Bind(input.Schema, input), input);
    }

    /// <summary>The mapper that scores single rows, as PredictionEngine does.</summary>
    /// <param name="inputSchema">A schema with the user and the item column.</param>
    /// <inheritdoc cref="GetOutputSchema" path="/exception"/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    /// <summary>Writes the model as a chain of ML.NET's own transformers, the only format an outside assembly can write.</summary>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ICanSaveModel chain = ToSavedChain();
        chain.Save(ctx);
    }

    /// <summary>The chain of ML.NET's own transformers that gives the same scores.</summary>
    private protected abstract TransformerChain<ITransformer> ToSavedChain();

    private ScoreMapper Bind(DataViewSchema schema, IDataView? data = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new ScoreMapper(_model, schema, Column(UserColumnName, _model.Users), Column(ItemColumnName, _model.Items));

        DataViewSchema.Column Column(string name, Vocabulary keys)
        {
            DataViewSchema.Column column = KeyColumns.KeyColumn(_host, schema, name, keys.Role);
            KeyMatch.Check(_host, column, keys, KeyMatch.Model, data);
            return column;
        }
    }
}
