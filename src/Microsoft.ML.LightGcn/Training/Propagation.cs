using System.Buffers;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The LightGCN operator P(A) = sum over layers l of w_l A^l, A = D^-1/2 [0 R; R^T 0] D^-1/2 (He et al., 2020), by
/// Horner's rule: P(A) E = w_0 E + A (w_1 E + A (... + A w_L E)). A is symmetric, so the same operator takes gradients
/// back: dLoss/dE0 = P(A) dLoss/dE.
/// </summary>
/// <remarks>
/// Between hops rows are kept multiplied by d^-1/2, so that a hop is a plain sum of neighbours followed by one factor a
/// row, and the graph needs no edge values. Every row is written by one thread and its neighbours are added in ascending
/// order: results do not depend on the number of threads. A node without interactions has A-row zero. The rows kept between hops
/// are what neighbour sums gather; in bfloat16 they take half the bytes, while input, output and sums stay float32.
/// </remarks>
internal sealed unsafe class Propagation
{
    private readonly BipartiteGraph _graph;
    private readonly ThreadTeam _team;
    private readonly RowChunks _chunks;
    private readonly float[] _weights;
    private readonly float[] _inverseRootDegrees;
    private readonly EmbeddingTable _scratch;
    private readonly int _stride;
    private readonly bool _bfloat16;
    private readonly int _greatestDegree;

    private readonly Action<int> _scaleGradient, _weighGradient;
    private readonly Steps _steps;

    // The hop in progress; chunks read these.
    private int _layer;
    private EmbeddingTable _base;
    private void* _input, _output;
    private BatchGradient? _batch, _gradient;
    private Action<int, int>? _rowsDone;

    /// <param name="graph">The graph.</param>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="scratch">A table of (users + items) rows that every call overwrites; unused for L = 0.</param>
    /// <param name="team">The threads.</param>
    /// <param name="precision">Of the rows kept between hops.</param>
    public Propagation(BipartiteGraph graph, float[] weights, EmbeddingTable scratch, ThreadTeam team, PropagationPrecision precision = PropagationPrecision.Float32)
    {
        _graph = graph;
        _weights = weights;
        _team = team;
        _scratch = _base = scratch;
        _stride = scratch.Stride;
        _bfloat16 = precision == PropagationPrecision.Bfloat16 && LayerCount > 0;
        _chunks = new RowChunks(graph);
        _inverseRootDegrees = new float[graph.UserCount + graph.ItemCount];
        for (int node = 0; node < _inverseRootDegrees.Length; node++)
        {
            int degree = Degree(node);
            _inverseRootDegrees[node] = degree == 0 ? 0 : (float)(1 / Math.Sqrt(degree));
            _greatestDegree = Math.Max(_greatestDegree, degree);
        }
        _steps = _bfloat16 ? StepsBetween<Bfloat16>() : StepsBetween<float>();
        _scaleGradient = ScaleGradient;
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
    public void Forward(EmbeddingTable embeddings, EmbeddingTable output, BatchGradient? batch = null)
    {
        _base = embeddings;
        _batch = batch;
        _layer = LayerCount;
        _output = RowsOf(_layer, output);
        _team.Run(_chunks.Count, _steps.ScaleInput);
        while (_layer-- > 0)
        {
            _input = _output;
            _output = RowsOf(_layer, output);
            _team.Run(_chunks.Count, _layer == 0 ? _steps.LastForwardHop : _steps.ForwardHop);
        }
        GC.KeepAlive(output);
    }

    /// <summary>
    /// output = P(A) gradient, where the gradient is zero outside the batch's nodes. As soon as the final rows of a chunk of
    /// nodes are written, rowsDone(first node, one past the last) is called on the same thread, while they are in its cache.
    /// </summary>
    public void Backward(BatchGradient gradient, EmbeddingTable output, Action<int, int> rowsDone)
    {
        _gradient = gradient;
        _rowsDone = rowsDone;
        _layer = LayerCount;
        if (LayerCount == 0)
        {
            _output = output.Pointer;
            _team.Run(_chunks.Count, _weighGradient);
            GC.KeepAlive(output);
            return;
        }
        _team.Run((gradient.Count + SlotsPerChunk - 1) / SlotsPerChunk, _scaleGradient);
        while (_layer-- > 0)
        {
            _input = _output;
            _output = RowsOf(_layer, output);
            _team.Run(_chunks.Count, _layer == LayerCount - 1 ? _steps.FirstBackwardHop : _layer == 0 ? _steps.LastBackwardHop : _steps.BackwardHop);
        }
        GC.KeepAlive(output);
    }

    private const int SlotsPerChunk = 256;

    private int Degree(int node) => node < _graph.UserCount
        ? _graph.UserOffsets[node + 1] - _graph.UserOffsets[node]
        : _graph.ItemOffsets[node - _graph.UserCount + 1] - _graph.ItemOffsets[node - _graph.UserCount];

    /// <summary>
    /// Where the rows of a layer are written, the last in the output. Layers one after the other alternate between two places: the scratch
    /// table and the output, or, in bfloat16, the halves of the scratch table.
    /// </summary>
    private void* RowsOf(int layer, EmbeddingTable output) =>
        layer % 2 == 1 ? _scratch.Pointer
        : _bfloat16 && layer > 0 ? (Bfloat16*)_scratch.Pointer + (nint)_scratch.RowCount * _stride
        : output.Pointer;

    /// <summary>The steps that keep rows of T between hops and write the output as floats.</summary>
    private Steps StepsBetween<T>()
        where T : unmanaged => new(
            ScaleInput<T>, ForwardHop<T, T>, ForwardHop<T, float>, LayerCount == 1 ? FirstBackwardHop<float> : FirstBackwardHop<T>, BackwardHop<T, T>, BackwardHop<T, float>);

    /// <summary>The factor of the neighbour sum in hop l, and of the row that is carried in.</summary>
    private (float Sum, float Carry) Factors(int node)
    {
        float s = _inverseRootDegrees[node];
        return _layer == 0 ? (s, _weights[0]) : (s * s, _weights[_layer] * s);
    }

    private void ScaleInput<TOutput>(int chunk)
        where TOutput : unmanaged
    {
        int stride = _stride;
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
        {
            (_, float factor) = Factors(node);
            NeighbourSum.Compute<float, TOutput>(null, 0, null, stride, 0, _base.Pointer + (nint)node * stride, factor, (TOutput*)_output + (nint)node * stride);
        }
    }

    private void ForwardHop<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int stride = _stride;
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        bool users = start < _graph.UserCount;
        int firstNode = users ? 0 : _graph.UserCount;
        TInput* neighbours = (TInput*)_input + (users ? (nint)_graph.UserCount * stride : 0);
        ReadOnlySpan<int> slotOf = _layer == 0 && _batch is not null ? _batch.SlotOf : default;
        fixed (int* offsets = users ? _graph.UserOffsets : _graph.ItemOffsets)
        fixed (int* indices = users ? _graph.UserItems : _graph.ItemUsers)
        {
            for (int node = start; node < end; node++)
            {
                if (!slotOf.IsEmpty && slotOf[node] < 0)
                    continue;
                int row = node - firstNode;
                (float sum, float carry) = Factors(node);
                NeighbourSum.Compute(indices + offsets[row], offsets[row + 1] - offsets[row], neighbours, stride,
                    sum, _base.Pointer + (nint)node * stride, carry, (TOutput*)_output + (nint)node * stride);
            }
        }
    }

    private void ScaleGradient(int chunk)
    {
        BatchGradient gradient = _gradient!;
        int stride = gradient.Rows.Stride;
        int end = Math.Min(gradient.Count, (chunk + 1) * SlotsPerChunk);
        for (int slot = chunk * SlotsPerChunk; slot < end; slot++)
        {
            float factor = _weights[LayerCount] * _inverseRootDegrees[gradient.Nodes[slot]];
            NeighbourSum.Compute<float, float>(null, 0, null, stride, 0, gradient.Rows.Pointer + (nint)slot * stride, factor, gradient.Scaled.Pointer + (nint)slot * stride);
        }
    }

    /// <summary>The first hop gathers only from the batch's nodes: other neighbours are zero.</summary>
    private void FirstBackwardHop<TOutput>(int chunk)
        where TOutput : unmanaged
    {
        BatchGradient gradient = _gradient!;
        int stride = _stride;
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        bool users = start < _graph.UserCount;
        int firstNode = users ? 0 : _graph.UserCount;
        ReadOnlySpan<int> slotOf = gradient.SlotOf;
        ReadOnlySpan<int> slotOfNeighbour = slotOf[(users ? _graph.UserCount : 0)..];
        int[] rented = ArrayPool<int>.Shared.Rent(Math.Max(1, _greatestDegree));
        fixed (int* slots = rented)
        {
            for (int node = start; node < end; node++)
            {
                int row = node - firstNode;
                int count = 0;
                foreach (int neighbour in users ? _graph.ItemsOf(row) : _graph.UsersOf(row))
                {
                    // Written always and kept only if there is a slot: no branch to mispredict.
                    int slot = slotOfNeighbour[neighbour];
                    slots[count] = slot;
                    count += slot >= 0 ? 1 : 0;
                }
                (float sum, float carry) = Factors(node);
                NeighbourSum.Compute(slots, count, gradient.Scaled.Pointer, stride, sum, GradientRow(slotOf[node]), carry, (TOutput*)_output + (nint)node * stride);
            }
        }
        ArrayPool<int>.Shared.Return(rented);
        if (_layer == 0)
            _rowsDone!(start, end);
    }

    private void BackwardHop<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        BatchGradient gradient = _gradient!;
        int stride = _stride;
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        bool users = start < _graph.UserCount;
        int firstNode = users ? 0 : _graph.UserCount;
        ReadOnlySpan<int> slotOf = gradient.SlotOf;
        TInput* neighbours = (TInput*)_input + (users ? (nint)_graph.UserCount * stride : 0);
        fixed (int* offsets = users ? _graph.UserOffsets : _graph.ItemOffsets)
        fixed (int* indices = users ? _graph.UserItems : _graph.ItemUsers)
        {
            for (int node = start; node < end; node++)
            {
                int row = node - firstNode;
                (float sum, float carry) = Factors(node);
                NeighbourSum.Compute(indices + offsets[row], offsets[row + 1] - offsets[row], neighbours, stride,
                    sum, GradientRow(slotOf[node]), carry, (TOutput*)_output + (nint)node * stride);
            }
        }
        if (_layer == 0)
            _rowsDone!(start, end);
    }

    /// <summary>Without layers the operator is w_0 times the identity.</summary>
    private void WeighGradient(int chunk)
    {
        int stride = _stride;
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
            NeighbourSum.Compute<float, float>(null, 0, null, stride, 0, GradientRow(_gradient!.SlotOf[node]), _weights[0], (float*)_output + (nint)node * stride);
        _rowsDone!(_chunks.Start(chunk), _chunks.End(chunk));
    }

    private float* GradientRow(int slot) => slot < 0 ? null : _gradient!.Rows.Pointer + (nint)slot * _gradient.Rows.Stride;

    private sealed record Steps(
        Action<int> ScaleInput, Action<int> ForwardHop, Action<int> LastForwardHop, Action<int> FirstBackwardHop, Action<int> BackwardHop, Action<int> LastBackwardHop);
}
