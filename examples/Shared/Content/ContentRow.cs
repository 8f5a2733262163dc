namespace LightGcn.Examples;

/// <summary>An item has an attribute: one row of what ML.NET reads.</summary>
public sealed class ContentRow
{
    /// <summary>The item's identifier in the ratings: book_id or movieId.</summary>
    public int ItemId { get; init; }

    /// <summary>The attribute, such as a tag.</summary>
    public string Attribute { get; init; } = "";

    /// <summary>How often the item was given the attribute, at least 1.</summary>
    public float Count { get; init; } = 1;
}
