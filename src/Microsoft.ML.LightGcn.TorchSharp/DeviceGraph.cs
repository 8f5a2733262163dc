using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The graph on the device: sums the rows of every node's neighbours. Users are nodes 0 to UserCount - 1, then items, then attributes.</summary>
/// <remarks>
/// A GPU adds up a bag one row after the other, so that the most popular item would keep all others waiting: the neighbours of
/// a node with many are split into several bags, whose sums a second pass adds. Edges have values only where there are relations or
/// weights of interactions.
/// </remarks>
internal sealed class DeviceGraph
{
    /// <summary>The maximum number of neighbours in a bag.</summary>
    public const int BagSize = 512;

    private readonly Tensor _neighbours, _starts;
    private readonly Tensor? _values;
    private readonly GatherTable? _parts;
    private readonly Tensor? _partIndices, _partStarts;

    /// <param name="graph">The graph.</param>
    /// <param name="dimension">Components of the rows to sum.</param>
    /// <param name="tensors">Owns what this keeps on the device.</param>
    public DeviceGraph(HeterogeneousGraph graph, int dimension, DeviceTensors tensors)
    {
        BipartiteGraph interactions = graph.Interactions;
        ScalarType type = IndexSize(graph) == sizeof(long) ? ScalarType.Int64 : ScalarType.Int32;
        if (HasValues(graph))
        {
            UserItems = tensors.Keep(tensor(interactions.ByUser.Indices.ToArray()).to(type).add_(Held(interactions.UserCount), One));
            (Tensor neighbours, Tensor values) = Edges(graph, type);
            (_neighbours, _values) = (tensors.Keep(neighbours), tensors.Keep(values));
        }
        else
        {
            _neighbours = UserItems = tensors.Keep(
                cat(
                [
                    tensor(interactions.ByUser.Indices.ToArray()).to(type).add_(Held(interactions.UserCount), One),
                    tensor(interactions.ByItem.Indices.ToArray()).to(type),
                ]));
        }

        List<long> starts = new(graph.Layout.NodeCount), firstParts = new(graph.Layout.NodeCount);
        long start = 0;
        foreach (int count in EdgeCounts(graph))
        {
            firstParts.Add(starts.Count);
            for (long first = 0; first == 0 || first < count; first += BagSize)
                starts.Add(start + first);
            start += count;
        }
        _starts = tensors.Keep(tensor(starts).to(type));
        if (starts.Count == graph.Layout.NodeCount)
            return;
        _parts = tensors.Table(starts.Count, dimension);
        _partIndices = tensors.Keep(Range(0, starts.Count, ScalarType.Int32, CPU));
        _partStarts = tensors.Keep(tensor(firstParts).to(ScalarType.Int32));
    }

    /// <summary>The items of each user, as nodes: the first entries, one for each interaction. Without values those of the items follow.</summary>
    public Tensor UserItems { get; }

    /// <summary>For each node the sum of its neighbours' rows, each times its edge's value.</summary>
    public Tensor SumNeighbours(GatherTable nodes)
    {
        Tensor sums = nodes.Sum(_neighbours, _starts, _values);
        if (_parts is null)
            return sums;
        _parts.Rows.copy_(sums);
        sums.Dispose();
        return _parts.Sum(_partIndices!, _partStarts!);
    }

    /// <summary>Whether edges have values other than 1.</summary>
    public static bool HasValues(HeterogeneousGraph graph) => graph.Relations.Count > 0 || graph.InteractionWeights is not null;

    /// <summary>Number of edges, each in both directions.</summary>
    public static long EdgeCount(HeterogeneousGraph graph) => graph.Ranges.Sum(range => range.Blocks.Sum(block => (long)block.Rows.Count));

    /// <summary>Bytes of an index of edges.</summary>
    public static int IndexSize(HeterogeneousGraph graph) => EdgeCount(graph) > int.MaxValue ? sizeof(long) : sizeof(int);

    /// <summary>Number of edges of each node.</summary>
    public static IEnumerable<int> EdgeCounts(HeterogeneousGraph graph)
    {
        foreach (NodeRange range in graph.Ranges)
        {
            for (int row = 0; row < range.Count; row++)
                yield return range.Blocks.Sum(block => block.Rows.CountOf(row));
        }
    }

    private static (Tensor Neighbours, Tensor Values) Edges(HeterogeneousGraph graph, ScalarType type)
    {
        int[] neighbours = new int[EdgeCount(graph)];
        float[] values = new float[neighbours.Length];
        int next = 0;
        for (int node = 0; node < graph.Layout.NodeCount; node++)
        {
            graph.VisitEdges(node, (neighbour, value) =>
            {
                (neighbours[next], values[next]) = (neighbour, value);
                next++;
            });
        }
        return (tensor(neighbours).to(type), tensor(values));
    }
}
