using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Scores (user, item) rows by the inner product of their LightGCN embeddings and, with a <see cref="LightGcnTrainer.Options.Neighbourhood"/>, the
/// weights from the items of the user's history.
/// </summary>
/// <remarks>
/// Save it with <see cref="ModelOperationsCatalog"/>; a loaded model gives the same scores, bit for bit, and
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
