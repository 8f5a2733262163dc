using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The interaction graph on the device: sums the rows of every node's neighbours. Users are nodes 0 to UserCount - 1, then items.</summary>
/// <remarks>
/// A GPU adds up a bag one row after the other, so that the most popular item would keep all others waiting: the neighbours of
/// a node with many are split into several bags, whose sums a second pass adds.
/// </remarks>
internal sealed class DeviceGraph
{
    /// <summary>The greatest number of neighbours in a bag.</summary>
    public const int BagSize = 512;

    private readonly Tensor _starts;
    private readonly GatherTable? _parts;
    private readonly Tensor? _partIndices, _partStarts;

    /// <param name="graph">The graph.</param>
    /// <param name="dimension">Components of the rows to sum.</param>
    /// <param name="tensors">Owns what this keeps on the device.</param>
    public DeviceGraph(BipartiteGraph graph, int dimension, DeviceTensors tensors)
    {
        ScalarType type = 2L * graph.InteractionCount > int.MaxValue ? ScalarType.Int64 : ScalarType.Int32;
        Neighbours = tensors.Keep(cat([tensor(graph.UserItems).to(type).add_(graph.UserCount), tensor(graph.ItemUsers).to(type)]));

        int nodes = graph.UserCount + graph.ItemCount;
        List<long> starts = new(nodes), firstParts = new(nodes);
        for (int node = 0; node < nodes; node++)
        {
            firstParts.Add(starts.Count);
            (long start, long end) = node < graph.UserCount
                ? (graph.UserOffsets[node], graph.UserOffsets[node + 1])
                : (graph.InteractionCount + (long)graph.ItemOffsets[node - graph.UserCount], graph.InteractionCount + (long)graph.ItemOffsets[node - graph.UserCount + 1]);
            do
                starts.Add(start);
            while ((start += BagSize) < end);
        }
        _starts = tensors.Keep(tensor(starts).to(type));
        if (starts.Count == nodes)
            return;
        _parts = tensors.Table(starts.Count, dimension);
        _partIndices = tensors.Keep(arange(starts.Count, ScalarType.Int32));
        _partStarts = tensors.Keep(tensor(firstParts).to(ScalarType.Int32));
    }

    /// <summary>The items of each user, as nodes, then the users of each item: 2 x interactions.</summary>
    public Tensor Neighbours { get; }

    /// <summary>For each node the sum of its neighbours' rows.</summary>
    public Tensor SumNeighbours(GatherTable nodes)
    {
        Tensor sums = nodes.Sum(Neighbours, _starts);
        if (_parts is null)
            return sums;
        _parts.Rows.copy_(sums);
        sums.Dispose();
        return _parts.Sum(_partIndices!, _partStarts!);
    }
}
