namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>A vector for each node: dense rows in the order of a <see cref="NodeLayout"/>, in one piece.</summary>
internal sealed class NodeTable
{
    private readonly Memory<float> _values;

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
        long length = (long)layout.NodeCount * dimension;
        _values = values;
        if (_values.Length != length)
            throw new ArgumentException(
                $"Expected {layout.NodeCount:N0} rows of {dimension:N0} components, found {_values.Length:N0} numbers.", nameof(values));
        Layout = layout;
        Dimension = dimension;
    }

    /// <summary>The nodes.</summary>
    public NodeLayout Layout { get; }

    /// <summary>Components of a vector.</summary>
    public int Dimension { get; }

    /// <summary>All rows.</summary>
    public Span<float> Values => _values.Span;

    /// <summary>The users' rows.</summary>
    public Memory<float> Users => Rows(0, Layout.UserCount);

    /// <summary>The items' rows.</summary>
    public Memory<float> Items => Rows(Layout.FirstItem, Layout.ItemCount);

    /// <summary>The attributes' rows.</summary>
    public Memory<float> Attributes => Rows(Layout.FirstAttribute, Layout.AttributeCount);

    /// <summary>The row of a node.</summary>
    public Span<float> this[int node] => _values.Span.Slice(node * Dimension, Dimension);

    private Memory<float> Rows(int first, int count) => _values.Slice(first * Dimension, count * Dimension);
}
