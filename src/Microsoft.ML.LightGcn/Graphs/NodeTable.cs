namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>A vector for each node: dense rows in the order of a <see cref="NodeLayout"/>, one array for all.</summary>
internal sealed class NodeTable
{
    private readonly float[] _values;

    /// <param name="layout">The nodes.</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="values">Nodes x dimension, row-major; taken over. Null makes a table of zeros.</param>
    /// <exception cref="ArgumentException">The array has another length.</exception>
    public NodeTable(NodeLayout layout, int dimension, float[]? values = null)
    {
        long length = (long)layout.NodeCount * dimension;
        _values = values ?? new float[length];
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
    public Span<float> Values => _values;

    /// <summary>The users' rows.</summary>
    public Memory<float> Users => Rows(0, Layout.UserCount);

    /// <summary>The items' rows.</summary>
    public Memory<float> Items => Rows(Layout.FirstItem, Layout.ItemCount);

    /// <summary>The attributes' rows.</summary>
    public Memory<float> Attributes => Rows(Layout.FirstAttribute, Layout.AttributeCount);

    /// <summary>The row of a node.</summary>
    public Span<float> this[int node] => _values.AsSpan(node * Dimension, Dimension);

    private Memory<float> Rows(int first, int count) => _values.AsMemory(first * Dimension, count * Dimension);
}
