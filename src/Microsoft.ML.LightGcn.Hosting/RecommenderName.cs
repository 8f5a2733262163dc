namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>A name that a recommender was added under.</summary>
internal sealed record RecommenderName(string Value)
{
    /// <summary>The recommender, at the start of a sentence.</summary>
    public static string Describe(string name) => name.Length == 0 ? "The recommender" : $"Recommender '{name}'";

    /// <summary>The call that adds it.</summary>
    public static string Call(string name) => name.Length == 0 ? "services.AddRecommender()" : $"services.AddRecommender(\"{name}\")";
}
