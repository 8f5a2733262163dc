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
    private readonly string _kind;

    internal ItemSimilarityTransformer(IHostEnvironment environment, ItemSimilarityModelParameters model, string kind, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName) => _kind = kind;

    private protected override TransformerChain<ITransformer> ToSavedChain()
    {
        SavedPeer.CheckSize(_kind, Model.Weights.SavedBytes, "Fit it again where it is needed, or keep fewer neighbours with ItemKnn.");
        return SavedPeer.Create(_kind, (UserColumnName, ItemColumnName), Model, Model.ItemCount, Model.HistoryVector, Model.Weights.Columns());
    }
}
