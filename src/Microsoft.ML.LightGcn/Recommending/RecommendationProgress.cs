namespace Microsoft.ML.LightGcn;

/// <summary>How far recommending to many users has come.</summary>
/// <param name="CompletedUserCount">Users done.</param>
/// <param name="UserCount">Users in all.</param>
public readonly record struct RecommendationProgress(int CompletedUserCount, int UserCount);
