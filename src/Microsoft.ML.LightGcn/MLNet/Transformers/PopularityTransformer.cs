using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>Scores (user, item) rows by the popularity of the item.</summary>
/// <remarks>Save it with <see cref="ModelOperationsCatalog"/>; a loaded model gives the same scores, bit for bit.</remarks>
public sealed class PopularityTransformer : RankingTransformer<PopularityModelParameters>
{
    internal PopularityTransformer(IHostEnvironment environment, PopularityModelParameters model, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName)
    {
    }

    private protected override TransformerChain<ITransformer> ToSavedChain() => SavedPopularity.Create(this);
}
