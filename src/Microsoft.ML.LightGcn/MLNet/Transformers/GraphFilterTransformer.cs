using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn;

/// <summary>Scores (user, item) rows by what the interaction graph carries from the user's history to the item.</summary>
/// <remarks>
/// Save it with <see cref="ModelOperationsCatalog"/>; a loaded model gives the same scores, bit for bit. Its file has the item-item operator, which
/// fitting never makes: 8 bytes for each pair of items with a common user. If that is 2 GiB or more, saving throws a <see cref="NotSupportedException"/>:
/// use <see cref="LightGcnModelCatalog.SaveRecommendationModel"/>, or fit the filter again, which loses no training.
/// </remarks>
public sealed class GraphFilterTransformer : RankingTransformer<GraphFilterModelParameters>
{
    internal GraphFilterTransformer(IHostEnvironment environment, GraphFilterModelParameters model, string userColumnName, string itemColumnName)
        : base(environment, model, userColumnName, itemColumnName)
    {
    }

    private protected override TransformerChain<ITransformer> ToSavedChain() => SavedGraphFilter.Create(this);
}
