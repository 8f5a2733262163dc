using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>Scores (user, item) rows by the item-item weights of the user's history.</summary>
/// <remarks>
/// Save it with <see cref="ModelOperationsCatalog"/>; a loaded model gives the same scores, bit for bit. Its file has every weight other than zero, and
/// ML.NET holds it several times over while it writes or reads the file. If the weights take 2 GiB or more, saving throws a
/// <see cref="NotSupportedException"/>; <see cref="LightGcnModelCatalog.SaveRecommendationModel"/> has no such limit.
/// </remarks>
public sealed class ItemSimilarityTransformer : RankingTransformer<ItemSimilarityModelParameters>
{
    internal ItemSimilarityTransformer(IHostEnvironment environment, ItemSimilarityModelParameters model, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName)
    {
    }

    private protected override TransformerChain<ITransformer> ToSavedChain() => SavedItemSimilarity.Create(this);
}
