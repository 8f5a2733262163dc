namespace LightGcn.Examples;

/// <summary>What a step of reading content left.</summary>
/// <param name="Name">What the step does.</param>
/// <param name="Rows">Number of rows of an item and an attribute.</param>
/// <param name="Attributes">Number of distinct attributes among them.</param>
/// <param name="Items">Number of distinct items among them: those with at least one attribute.</param>
public sealed record ContentStep(string Name, int Rows, int Attributes, int Items);
