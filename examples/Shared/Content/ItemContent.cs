namespace LightGcn.Examples;

/// <summary>What is known of the items of a catalogue in one respect, such as their tags.</summary>
/// <param name="Name">The name: "tags", "authors" and so on.</param>
/// <param name="IsCounted">Whether counts say something; where not, each is 1.</param>
/// <param name="Rows">Each item's attributes, every pair once, in the order in which the files have them.</param>
/// <param name="Steps">What every step from the file to the rows left, in order.</param>
public sealed record ItemContent(string Name, bool IsCounted, IReadOnlyList<ContentRow> Rows, IReadOnlyList<ContentStep> Steps);
