using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Errors of models that lack what a call asks for.</summary>
internal static class Capability
{
    /// <summary>Knows new users by what they chose.</summary>
    public static FoldIn RequireFoldIn(IRankingModel model)
    {
        RequireHistory(model, "know new users by what they chose");
        return model.FoldIn
            ?? throw Lacks(model, "know new users by what they chose", "LightGcn (of one layer or more), ItemKnn, Ease, Slim and GraphFilter do");
    }

    /// <summary>Says what a score is made of.</summary>
    public static IExplainer RequireExplainer(IRankingModel model)
    {
        RequireHistory(model, "say why an item was recommended");
        return model.Explainer
            ?? throw Lacks(model, "say why an item was recommended", "LightGcn, BprMatrixFactorization, ItemKnn, Ease, Slim and GraphFilter do");
    }

    /// <summary>Has vectors of users.</summary>
    public static Factors RequireUserFactors(IRankingModel model) =>
        model.Factors ?? throw Lacks(model, "compare users", "LightGcn, BprMatrixFactorization and FactorModel do");

    /// <summary>The training interactions.</summary>
    /// <exception cref="InvalidOperationException">The model keeps none.</exception>
    public static BipartiteGraph RequireHistory(IRankingModel model, string purpose) => model.History
        ?? throw new InvalidOperationException(
            $"The model keeps no history (KeepHistory of the trainer's options was false, or its file is older than histories): it can't {purpose}.");

    /// <summary>The error of a model that can't compare items.</summary>
    public static NotSupportedException NoSimilarItems(IRankingModel model) =>
        Lacks(model, "compare items", "LightGcn, BprMatrixFactorization, FactorModel, ItemKnn, Ease, Slim and GraphFilter do");

    private static NotSupportedException Lacks(IRankingModel model, string what, string whoDoes) =>
        new($"The model {model.Name} does not {what}. {whoDoes}.");
}
