using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The LightGCN operator P(A) = sum over layers l of w_l A^l, A = D^-1/2 W D^-1/2 (He et al., 2020; without relations W is
/// [0 R; R^T 0]), by Horner's rule: P(A) E = w_0 E + A (w_1 E + A (... + A w_L E)). A is symmetric, so the same operator takes
/// gradients back: dLoss/dE0 = P(A) dLoss/dE.
/// </summary>
/// <remarks>
/// Between hops rows are kept multiplied by d^-1/2, so that a hop is a plain sum of neighbours followed by one factor a
/// row, and edges have values only where a relation has weights (<see cref="GatherHop"/>). A node's blocks of edges are summed one after
/// the other, its interactions last. Every row is written by one thread and its neighbours are added in ascending order: results do not
/// depend on the number of threads. A node without edges has A-row zero. The rows kept between hops are what sums gather; in bfloat16
/// they take half the bytes, while input, output and sums stay float32.
/// </remarks>
internal sealed class Propagation
{
    private const int SlotsPerChunk = 256;

    private readonly HeterogeneousGraph _graph;
    private readonly ThreadTeam _team;
    private readonly RowChunks _chunks;
    private readonly float[] _weights;
    private readonly Matrix _scratch;
    private readonly Dictionary<NodeRange, GatherBlock[]> _blocks = [];
    private readonly Action<int> _scaleInput, _hop, _lastHop, _firstHopBack, _scaleGradient, _weighGradient;

    // The pass in progress; chunks read these.
    private int _layer;
    private Matrix _base, _output;
    private BatchGradient? _batch, _gradient;
    private Action<int, int>? _rowsDone;

    /// <param name="graph">The graph.</param>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="scratch">A matrix of a row for each node that every call overwrites; unused for L = 0.</param>
    /// <param name="team">The threads.</param>
    /// <param name="precision">Of the rows kept between hops.</param>
    public Propagation(
        HeterogeneousGraph graph, float[] weights, Matrix scratch, ThreadTeam team, PropagationPrecision precision = PropagationPrecision.Float32)
    {
        _graph = graph;
        _weights = weights;
        _team = team;
        _scratch = _base = _output = scratch;
        _chunks = new RowChunks(graph);
        foreach (NodeRange range in graph.Ranges)
            _blocks.Add(range, Array.ConvertAll(range.Blocks, block =>
                new GatherBlock(block.Rows.Offsets, block.Rows.Indices, block.Rows.Weights, block.Rows.Count, block.FirstNeighbour, block.Strength)));
        bool bfloat16 = precision == PropagationPrecision.Bfloat16 && LayerCount > 0;
        _scaleInput = bfloat16 ? ScaleInput<Bfloat16> : ScaleInput<float>;
        _hop = bfloat16 ? Hop<Bfloat16, Bfloat16> : Hop<float, float>;
        _lastHop = bfloat16 ? Hop<Bfloat16, float> : Hop<float, float>;
        _firstHopBack = !bfloat16 ? FirstHopBack<float, float> : LayerCount > 1 ? FirstHopBack<Bfloat16, Bfloat16> : FirstHopBack<Bfloat16, float>;
        _scaleGradient = bfloat16 ? ScaleGradient<Bfloat16> : ScaleGradient<float>;
        _weighGradient = WeighGradient;
    }

    /// <summary>Number of layers L.</summary>
    public int LayerCount => _weights.Length - 1;

    /// <summary>output = P(A) embeddings.</summary>
    /// <param name="embeddings">Layer-0 embeddings.</param>
    /// <param name="output">Receives the propagated embeddings.</param>
    /// <param name="batch">
    /// If given, only the rows of its nodes are propagated: the last hop leaves the others out, which then hold something else.
    /// </param>
    public void Forward(Matrix embeddings, Matrix output, BatchGradient? batch = null)
    {
        (_base, _output, _batch, _gradient) = (embeddings, output, batch, null);
        _layer = LayerCount;
        _team.Run(_chunks.Count, _scaleInput);
        while (_layer-- > 0)
            _team.Run(_chunks.Count, _layer == 0 ? _lastHop : _hop);
    }

    /// <summary>
    /// output = P(A) gradient, where the gradient is zero outside the batch's nodes. As soon as the final rows of a chunk of
    /// nodes are written, rowsDone(first node, one past the last) is called on the same thread, while they are in its cache.
    /// </summary>
    public void Backward(BatchGradient gradient, Matrix output, Action<int, int> rowsDone)
    {
        (_base, _output, _batch, _gradient, _rowsDone) = (gradient.Rows, output, null, gradient, rowsDone);
        _layer = LayerCount;
        if (LayerCount == 0)
        {
            _team.Run(_chunks.Count, _weighGradient);
            return;
        }
        _team.Run((gradient.Count + SlotsPerChunk - 1) / SlotsPerChunk, _scaleGradient);
        while (_layer-- > 0)
            _team.Run(_chunks.Count, _layer == LayerCount - 1 ? _firstHopBack : _layer == 0 ? _lastHop : _hop);
    }

    /// <summary>
    /// Where the rows of a layer are written, the last in the output. Layers one after the other alternate between two places: the scratch
    /// matrix and the output, or, in bfloat16, the halves of the scratch matrix.
    /// </summary>
    private Span<T> RowsOf<T>(int layer)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return MemoryMarshal.Cast<float, T>((layer % 2 == 1 ? _scratch : _output).Padded);
        int half = _scratch.Padded.Length / 2;
        return MemoryMarshal.Cast<float, T>(_scratch.Padded.Slice(layer % 2 == 1 ? 0 : half, half));
    }

    /// <summary>Layer L's rows: the embeddings times w_L, and d^-1/2 where a hop follows.</summary>
    private void ScaleInput<T>(int chunk)
        where T : unmanaged
    {
        int stride = _base.Stride;
        Span<T> output = RowsOf<T>(_layer);
        float weight = _weights[_layer];
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
            GatherSum.Scale(_base.PaddedRow(node), _layer == 0 ? weight : weight * _graph.InverseRootDegrees[node], output.Slice(node * stride, stride));
    }

    /// <summary>One hop, forward or back: they differ in the rows that are carried in.</summary>
    private void Hop<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        NodeRange range = _chunks.RangeOf(chunk);
        Compute(chunk, _blocks[range], range.First, RowsOf<TInput>(_layer + 1), RowsOf<TOutput>(_layer));
    }

    /// <summary>The first hop back gathers from the batch's own rows, which lie by slot where layer L's rows would.</summary>
    private void FirstHopBack<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int start = _chunks.Start(chunk);
        using BatchNeighbours neighbours = new(_chunks.RangeOf(chunk), start, _chunks.End(chunk), _gradient!.SlotOf);
        Compute(chunk, neighbours.Blocks, start, RowsOf<TInput>(LayerCount), RowsOf<TOutput>(_layer));
    }

    private void Compute<TInput, TOutput>(int chunk, ReadOnlySpan<GatherBlock> blocks, int firstListed, ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        new GatherHop
        {
            Blocks = blocks,
            FirstListed = firstListed,
            Stride = _base.Stride,
            InverseRootDegrees = _graph.InverseRootDegrees,
            LayerWeight = _weights[_layer],
            IsLast = _layer == 0,
            Carry = _base.Padded,
            CarryRowOf = _gradient is null ? default : _gradient.SlotOf,
            Wanted = _layer == 0 && _batch is not null ? _batch.SlotOf : default,
        }.Compute(start, end, input, output);
        if (_layer == 0 && _gradient is not null)
            _rowsDone!(start, end);
    }

    /// <summary>Layer L's rows of a gradient: of the batch's nodes alone.</summary>
    private void ScaleGradient<T>(int chunk)
        where T : unmanaged
    {
        BatchGradient gradient = _gradient!;
        int stride = gradient.Rows.Stride, end = Math.Min(gradient.Count, (chunk + 1) * SlotsPerChunk);
        Span<T> output = RowsOf<T>(LayerCount);
        for (int slot = chunk * SlotsPerChunk; slot < end; slot++)
            GatherSum.Scale(
                gradient.Rows.PaddedRow(slot), _weights[LayerCount] * _graph.InverseRootDegrees[gradient.Nodes[slot]],
                output.Slice(slot * stride, stride));
    }

    /// <summary>Without layers the operator is w_0 times the identity.</summary>
    private void WeighGradient(int chunk)
    {
        ReadOnlySpan<int> slotOf = _gradient!.SlotOf;
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
            GatherSum.Scale(slotOf[node] < 0 ? default : _gradient.Rows.PaddedRow(slotOf[node]), _weights[0], _output.PaddedRow(node));
        _rowsDone!(_chunks.Start(chunk), _chunks.End(chunk));
    }
}
