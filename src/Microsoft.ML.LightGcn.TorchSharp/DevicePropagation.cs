using Microsoft.ML.LightGcn.Graphs;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// The operator of <see cref="Propagation"/> on the device: P(A) E = w_0 E + A (w_1 E + A (... + A w_L E)) by sums of neighbours,
/// with rows kept multiplied by d^-1/2 between hops. A is symmetric: the same operator takes gradients back.
/// </summary>
internal sealed class DevicePropagation
{
    private readonly DeviceGraph _graph;
    private readonly IReadOnlyList<float> _weights;
    // d^-1/2 and 1 / d of every node, 0 for a node without edges: nodes x 1.
    private readonly Tensor _inverseRootDegrees, _inverseDegrees;
    private readonly GatherTable _hop;

    /// <param name="graph">The graph.</param>
    /// <param name="deviceGraph">The same on the device.</param>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="tensors">Owns what this keeps on the device.</param>
    public DevicePropagation(HeterogeneousGraph graph, DeviceGraph deviceGraph, IReadOnlyList<float> weights, int dimension, DeviceTensors tensors)
    {
        _graph = deviceGraph;
        _weights = weights;
        _inverseRootDegrees = tensors.Keep(tensor(graph.InverseRootDegrees.ToArray()).reshape(graph.Layout.NodeCount, 1));
        _inverseDegrees = tensors.Keep(_inverseRootDegrees.square());
        _hop = tensors.Table(graph.Layout.NodeCount, dimension);
    }

    /// <summary>P(A) input: a new tensor of the input's shape.</summary>
    public Tensor Apply(Tensor input)
    {
        int layer = _weights.Count - 1;
        if (layer == 0)
            return input.mul(Held(_weights[0]));
        using (Tensor factors = _inverseRootDegrees.mul(Held(_weights[layer])))
            _hop.Rows.copy_(input).mul_(factors);
        while (true)
        {
            layer--;
            Tensor sums = _graph.SumNeighbours(_hop);
            if (layer == 0)
                return sums.mul_(_inverseRootDegrees).add_(input, Held(_weights[0]));
            using (sums)
            using (Tensor factors = _inverseRootDegrees.mul(Held(_weights[layer])))
                _hop.Rows.copy_(sums.mul_(_inverseDegrees).addcmul_(input, factors, One));
        }
    }
}
