namespace Microsoft.ML.LightGcn;

/// <summary>A user and how similar the user is.</summary>
/// <param name="Key">ML.NET key value of the user, from 1.</param>
/// <param name="Id">The user's id: the key value as text; the number of the key where the user column has no key values.</param>
/// <param name="Score">Cosine of the two users' embeddings, -1 to 1.</param>
public readonly record struct ScoredUser(uint Key, string Id, float Score);
