namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>How the nodes of a graph are numbered: first the users, then the items, then the attributes of all relations.</summary>
/// <param name="UserCount">Number of users: nodes 0 to UserCount-1.</param>
/// <param name="ItemCount">Number of items, the nodes that follow.</param>
/// <param name="AttributeCount">Number of attributes, the last nodes.</param>
internal readonly record struct NodeLayout(int UserCount, int ItemCount, int AttributeCount = 0)
{
    /// <summary>Number of nodes.</summary>
    public int NodeCount => FirstAttribute + AttributeCount;

    /// <summary>The node of item 0.</summary>
    public int FirstItem => UserCount;

    /// <summary>The node of attribute 0.</summary>
    public int FirstAttribute => UserCount + ItemCount;

    /// <summary>The same users and items, and no attributes.</summary>
    public NodeLayout WithoutAttributes => this with { AttributeCount = 0 };

    /// <summary>The node of an item.</summary>
    public int ItemNode(int item) => UserCount + item;

    /// <summary>The item of a node.</summary>
    public int ItemOf(int node) => node - UserCount;

    /// <summary>The attribute of a node.</summary>
    public int AttributeOf(int node) => node - FirstAttribute;

    /// <summary>Whether a node is a user.</summary>
    public bool IsUser(int node) => node < UserCount;

    /// <summary>Whether a node is an attribute.</summary>
    public bool IsAttribute(int node) => node >= FirstAttribute;
}
