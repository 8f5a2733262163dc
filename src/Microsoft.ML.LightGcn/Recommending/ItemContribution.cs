namespace Microsoft.ML.LightGcn;

/// <summary>What one item of a user's history adds to a score.</summary>
/// <param name="Key">ML.NET key value of the item, from 1.</param>
/// <param name="Id">The item's id.</param>
/// <param name="Contribution">The part of the score that comes along the edge from this item; may be negative.</param>
public readonly record struct ItemContribution(uint Key, string Id, float Contribution);
