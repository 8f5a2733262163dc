namespace Microsoft.ML.LightGcn;

/// <summary>Which nodes the edges of a <see cref="GraphRelation"/> join.</summary>
public enum GraphRelationKind
{
    /// <summary>Items and their attributes, such as tags, authors or genres.</summary>
    ItemAttribute,

    /// <summary>Users and their attributes, such as a country or an age group.</summary>
    UserAttribute,

    /// <summary>Items and other items, such as the parts of a series. Edges have no direction.</summary>
    ItemItem,
}
