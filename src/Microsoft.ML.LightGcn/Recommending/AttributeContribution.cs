namespace Microsoft.ML.LightGcn;

/// <summary>What one attribute adds to a score.</summary>
/// <param name="Relation">Name of the relation that the attribute is of (<see cref="GraphRelation.Name"/>).</param>
/// <param name="Name">The attribute.</param>
/// <param name="Contribution">The part of the score that comes along the edge from this attribute; may be negative.</param>
public readonly record struct AttributeContribution(string Relation, string Name, float Contribution);
