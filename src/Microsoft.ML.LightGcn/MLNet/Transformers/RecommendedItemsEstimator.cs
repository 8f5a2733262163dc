using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Adds to each row the items that a <see cref="Recommender"/> recommends to the row's user, and their scores.
/// </summary>
/// <remarks>
/// <para>Input and output columns:</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>user (input)</term><description>Key of the model's users.</description></item>
/// <item><term>items (output)</term>
/// <description>Vector of item keys, best first, with key values (as text): MapKeyToValue gives the ids.</description></item>
/// <item><term>scores (output)</term><description>Vector of Single, of the same length.</description></item>
/// </list>
/// <para>
/// Fitting recommends to every user of the model and keeps the lists, 8 bytes for each recommended item, as lookup tables of
/// ML.NET's own (MapValue). So a pipeline with this step is saved, loaded and run like any other, even in a process without this library. Until it is
/// saved, the step refuses user keys of another map; a loaded step can't. A missing user key gives empty vectors. Users that the model knows nothing of
/// get the most popular items.
/// </para>
/// </remarks>
public sealed class RecommendedItemsEstimator : IEstimator<ITransformer>
{
    private readonly IHost _host;
    private readonly Recommender _recommender;
    private readonly string _userColumnName;
    private readonly IDataView _lists;
    private readonly (string Items, string Scores) _columns;
    private readonly SchemaShape _added;
    private readonly TransformsCatalog _catalog;

    internal RecommendedItemsEstimator(
        IHostEnvironment environment,
        TransformsCatalog catalog,
        Recommender recommender,
        (string Items, string Scores) columns,
        string userColumnName,
        RecommendationOptions? options)
    {
        _host = environment.Register(nameof(RecommendedItemsEstimator));
        _catalog = catalog;
        _recommender = recommender;
        _columns = columns;
        _userColumnName = userColumnName;
        _lists = RecommendationView.OfAll(recommender, columns, options);
        _added = new SchemaShape(KeyColumns.ShapeOf(_lists).Where(column => column.Name == columns.Items || column.Name == columns.Scores));
    }

    /// <summary>Recommends to every user of the model.</summary>
    /// <param name="input">Data with the user column; its rows are not read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user column is missing or not a key, or its keys are not the model's.</exception>
    /// <exception cref="InvalidOperationException">The call needs a history, which the model does not keep.</exception>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema.Column user = KeyColumns.KeyColumn(_host, input.Schema, _userColumnName, "user");
        KeyMatch.Check(_host, user, _recommender.Users, KeyMatch.Model, input);
        TransformerChain<ITransformer> lookups = new(Lookup(_columns.Items).Fit(input), Lookup(_columns.Scores).Fit(input));
        return new RecommendedItemsTransformer(_host, lookups, _userColumnName, _recommender.Users);
    }

    /// <summary>The input's columns, the items and the scores.</summary>
    /// <param name="inputSchema">A schema with the user column.</param>
    /// <exception cref="ArgumentOutOfRangeException">The user column is missing or not a key.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        KeyColumns.CheckKeyShape(_host, inputSchema, _userColumnName, "user");
        return new SchemaShape(inputSchema.Where(column => _added.All(added => added.Name != column.Name)).Concat(_added));
    }

    private ValueMappingEstimator Lookup(string column) =>
        _catalog.Conversion.MapValue(column, _lists, _lists.Schema[RecommendationView.KeyColumnName], _lists.Schema[column], _userColumnName);
}
