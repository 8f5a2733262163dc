using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>Popularity as a <see cref="SavedChain"/>: 1 for every user, and the count of every item.</summary>
internal static class SavedPopularity
{
    public static TransformerChain<ITransformer> Create(PopularityTransformer fitted)
    {
        PopularityModelParameters model = fitted.Model;
        return SavedBaseline.Start((fitted.UserColumnName, fitted.ItemColumnName), model)
            .Finish(((IRankingModel)model).Known, 1, _ => new(1, [1f]), item => new(1, [model.InteractionCounts[item]]));
    }

    public static PopularityTransformer Read(IHostEnvironment environment, SavedBaseline saved)
    {
        saved.Verify();
        return new PopularityTransformer(
            environment, new PopularityModelParameters(saved.History, saved.Users, saved.Items), saved.Content.UserColumnName, saved.Content.ItemColumnName);
    }
}
