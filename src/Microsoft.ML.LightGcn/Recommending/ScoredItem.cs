namespace Microsoft.ML.LightGcn;

/// <summary>An item and its score.</summary>
/// <param name="Key">ML.NET key value of the item, from 1.</param>
/// <param name="Id">The item's id: its key value as text; the number of the key where the item column has no key values.</param>
/// <param name="Score">
/// What the list is ordered by: an inner product of embeddings, a cosine for similar items, a number of users for popularity.
/// </param>
public readonly record struct ScoredItem(uint Key, string Id, float Score);
