using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>Scores (user, item) rows by the inner product of their LightGCN embeddings.</summary>
/// <remarks>
/// Save it with <see cref="ModelOperationsCatalog"/>; a loaded model scores as it is, bit for bit the same, and
/// <see cref="LightGcnModelCatalog.GetLightGcn(ModelOperationsCatalog, ITransformer)"/> brings back this class.
/// </remarks>
public sealed class LightGcnTransformer : RankingTransformer<LightGcnModelParameters>
{
    internal LightGcnTransformer(IHostEnvironment environment, LightGcnModelParameters model, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName)
    {
    }

    private protected override TransformerChain<ITransformer> ToSavedChain() => SavedLightGcn.Create(this);
}
