namespace WebRecommender.Api;

/// <summary>That the server serves: it listens once it has a model, and a broken file never takes the model away.</summary>
/// <param name="Status">"healthy"; "degraded" where the last model file was refused and the old model serves on.</param>
/// <param name="ModelVersion">The model that serves.</param>
public sealed record HealthAnswer(string Status, int ModelVersion);
