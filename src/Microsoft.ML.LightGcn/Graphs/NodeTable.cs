namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// A vector for each node: dense rows in the order of a <see cref="NodeLayout"/>, in one piece, or in one of the users, one of the items and one of the
/// attributes.
/// </summary>
internal sealed class NodeTable
{
    private readonly Memory<float>? _values;

    /// <summary>A table of zeros.</summary>
    public NodeTable(NodeLayout layout, int dimension)
        : this(layout, dimension, new float[(long)layout.NodeCount * dimension])
    {
    }

    /// <param name="layout">The nodes.</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="values">Nodes x dimension, row-major; taken over.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public NodeTable(NodeLayout layout, int dimension, Memory<float> values)
    {
        (Layout, Dimension, _values) = (layout, dimension, values);
        Check(values, layout.NodeCount, nameof(values));
        UserRows = new RowTable(values[..(layout.UserCount * dimension)], dimension);
        Items = values.Slice(layout.FirstItem * dimension, layout.ItemCount * dimension);
        Attributes = values[(layout.FirstAttribute * dimension)..];
    }

    /// <param name="layout">The nodes.</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="users">The users' rows.</param>
    /// <param name="items">The items' rows.</param>
    /// <param name="attributes">The attributes' rows.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public NodeTable(NodeLayout layout, int dimension, RowTable users, Memory<float> items, Memory<float> attributes)
    {
        (Layout, Dimension, UserRows, Items, Attributes) = (layout, dimension, users, items, attributes);
        if (users.Count != layout.UserCount || users.Dimension != dimension)
            throw new ArgumentException($"Expected {layout.UserCount:N0} rows of {dimension:N0} components, found {users.Count:N0}.", nameof(users));
        Check(items, layout.ItemCount, nameof(items));
        Check(attributes, layout.AttributeCount, nameof(attributes));
    }

    /// <summary>The nodes.</summary>
    public NodeLayout Layout { get; }

    /// <summary>Components of a vector.</summary>
    public int Dimension { get; }

    /// <summary>All rows of a table in one piece.</summary>
    /// <exception cref="InvalidOperationException">It is in several.</exception>
    public Span<float> Values => (_values ?? throw new InvalidOperationException("The table is in several pieces.")).Span;

    /// <summary>The users' rows.</summary>
    public RowTable UserRows { get; }

    /// <summary>The users' rows, in one piece.</summary>
    /// <exception cref="NotSupportedException">There are more numbers than a span has.</exception>
    public Memory<float> Users => UserRows.Whole;

    /// <summary>The items' rows.</summary>
    public Memory<float> Items { get; }

    /// <summary>The attributes' rows.</summary>
    public Memory<float> Attributes { get; }

    /// <summary>The row of a node.</summary>
    public Span<float> this[int node] => Layout.IsUser(node)
        ? UserRows[node]
        : Layout.IsAttribute(node) ? Row(Attributes, Layout.AttributeOf(node)) : Row(Items, Layout.ItemOf(node));

    private Span<float> Row(Memory<float> rows, int row) => rows.Span.Slice(row * Dimension, Dimension);

    private void Check(Memory<float> rows, int count, string name)
    {
        if (rows.Length != (long)count * Dimension)
            throw new ArgumentException($"Expected {count:N0} rows of {Dimension:N0} components, found {rows.Length:N0} numbers.", name);
    }
}
