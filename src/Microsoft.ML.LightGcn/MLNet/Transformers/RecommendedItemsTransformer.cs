using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Transformers;

/// <summary>The lookup tables of a <see cref="RecommendedItemsEstimator"/>, which check what a user key means. They are saved as they are.</summary>
internal sealed class RecommendedItemsTransformer(IHost host, TransformerChain<ITransformer> lookups, string userColumnName, Vocabulary users) : ITransformer
{
    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => lookups.GetOutputSchema(Checked(inputSchema));

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Checked(input.Schema, input);
        return lookups.Transform(input);
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)lookups).GetRowToRowMapper(Checked(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)lookups).Save(ctx);

    private DataViewSchema Checked(DataViewSchema schema, IDataView? data = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        KeyMatch.Check(host, KeyColumns.KeyColumn(host, schema, userColumnName, users.Role), users, KeyMatch.Model, data);
        return schema;
    }
}
