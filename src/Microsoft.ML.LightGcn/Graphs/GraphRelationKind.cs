namespace Microsoft.ML.LightGcn;

/// <summary>Which nodes the edges of a <see cref="GraphRelation"/> join.</summary>
public enum GraphRelationKind
{
    /// <summary>Items and attributes of theirs, such as tags, authors or genres.</summary>
    ItemAttribute,

    /// <summary>Users and attributes of theirs, such as a country or an age group.</summary>
    UserAttribute,

    /// <summary>Items and other items, such as the parts of a series. Edges have no direction.</summary>
    ItemItem,
}
