using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>Scores (user, item) rows by the item-item weights of the user's history.</summary>
/// <remarks>
/// Save it with <see cref="ModelOperationsCatalog"/>; a loaded model gives the same scores, bit for bit. What is saved is every
/// weight other than zero, and ML.NET holds it several times over while it writes or reads a file. Weights of 2 GiB or more can't
/// be saved: <see cref="NotSupportedException"/>.
/// </remarks>
public sealed class ItemSimilarityTransformer : RankingTransformer<ItemSimilarityModelParameters>
{
    internal ItemSimilarityTransformer(IHostEnvironment environment, ItemSimilarityModelParameters model, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName)
    {
    }

    private protected override TransformerChain<ITransformer> ToSavedChain() => SavedItemSimilarity.Create(this);
}
