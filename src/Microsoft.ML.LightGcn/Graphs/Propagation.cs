using System.Buffers;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The LightGCN operator P(A) = sum over layers l of w_l A^l, A = D^-1/2 W D^-1/2 (He et al., 2020; without relations W is
/// [0 R; R^T 0]), by Horner's rule: P(A) E = w_0 E + A (w_1 E + A (... + A w_L E)). A is symmetric, so the same operator takes
/// gradients back: dLoss/dE0 = P(A) dLoss/dE.
/// </summary>
/// <remarks>
/// Between hops rows are kept multiplied by d^-1/2, so that a hop is a plain sum of neighbours followed by one factor a
/// row, and edges have values only where a relation has weights. A node's blocks of edges are summed one after the other, its
/// interactions last, each sum added to the one before as its carry. Every row is written by one thread and its neighbours are added
/// in ascending order: results do not depend on the number of threads. A node without edges has A-row zero. The rows kept between
/// hops are what neighbour sums gather; in bfloat16 they take half the bytes, while input, output and sums stay float32.
/// </remarks>
internal sealed unsafe class Propagation
{
    private readonly HeterogeneousGraph _graph;
    private readonly ThreadTeam _team;
    private readonly RowChunks _chunks;
    private readonly float[] _weights;
    private readonly Matrix _scratch;
    private readonly int _stride;
    private readonly bool _bfloat16;
    private readonly int _maximumCount;

    private readonly Action<int> _scaleGradient, _weighGradient;
    private readonly Steps _steps;

    // The hop in progress; chunks read these.
    private int _layer;
    private Matrix _base;
    private void* _input, _output;
    private BatchGradient? _batch, _gradient;
    private Action<int, int>? _rowsDone;

    /// <param name="graph">The graph.</param>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="scratch">A table of a row for each node that every call overwrites; unused for L = 0.</param>
    /// <param name="team">The threads.</param>
    /// <param name="precision">Of the rows kept between hops.</param>
    public Propagation(HeterogeneousGraph graph, float[] weights, Matrix scratch, ThreadTeam team, PropagationPrecision precision = PropagationPrecision.Float32)
    {
        _graph = graph;
        _weights = weights;
        _team = team;
        _scratch = _base = scratch;
        _stride = scratch.Stride;
        _bfloat16 = precision == PropagationPrecision.Bfloat16 && LayerCount > 0;
        _chunks = new RowChunks(graph);
        foreach (NodeRange range in graph.Ranges)
        {
            foreach (AdjacencyBlock block in range.Blocks)
            {
                for (int row = 0; row < range.Count; row++)
                    _maximumCount = Math.Max(_maximumCount, block.Rows.CountOf(row));
            }
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
    public void Forward(Matrix embeddings, Matrix output, BatchGradient? batch = null)
    {
        _base = embeddings;
        _batch = batch;
        _gradient = null;
        _layer = LayerCount;
        _output = RowsOf(_layer, output);
        _team.Run(_chunks.Count, _steps.ScaleInput);
        while (_layer-- > 0)
        {
            _input = _output;
            _output = RowsOf(_layer, output);
            _team.Run(_chunks.Count, _layer == 0 ? _steps.LastHop : _steps.Hop);
        }
        GC.KeepAlive(output);
    }

    /// <summary>
    /// output = P(A) gradient, where the gradient is zero outside the batch's nodes. As soon as the final rows of a chunk of
    /// nodes are written, rowsDone(first node, one past the last) is called on the same thread, while they are in its cache.
    /// </summary>
    public void Backward(BatchGradient gradient, Matrix output, Action<int, int> rowsDone)
    {
        _batch = null;
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
            _team.Run(_chunks.Count, _layer == LayerCount - 1 ? _steps.FirstBackwardHop : _layer == 0 ? _steps.LastHop : _steps.Hop);
        }
        GC.KeepAlive(output);
    }

    private const int SlotsPerChunk = 256;
    private const int BatchLookAhead = 32;

    /// <summary>
    /// Where the rows of a layer are written, the last in the output. Layers one after the other alternate between two places: the scratch
    /// table and the output, or, in bfloat16, the halves of the scratch table.
    /// </summary>
    private void* RowsOf(int layer, Matrix output) =>
        layer % 2 == 1 ? _scratch.Pointer
        : _bfloat16 && layer > 0 ? (Bfloat16*)_scratch.Pointer + (nint)_scratch.RowCount * _stride
        : output.Pointer;

    /// <summary>The steps that keep rows of T between hops and write the output as floats.</summary>
    private Steps StepsBetween<T>()
        where T : unmanaged => new(ScaleInput<T>, LayerCount == 1 ? Hop<BatchRow, float> : Hop<BatchRow, T>, Hop<T, T>, Hop<T, float>);

    /// <summary>The factor of the neighbour sum in hop l, and of the row that is carried in.</summary>
    private (float Sum, float Carry) Factors(float inverseRootDegree) =>
        _layer == 0 ? (inverseRootDegree, _weights[0]) : (inverseRootDegree * inverseRootDegree, _weights[_layer] * inverseRootDegree);

    private void ScaleInput<TOutput>(int chunk)
        where TOutput : unmanaged
    {
        int stride = _stride;
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
        {
            (_, float factor) = Factors(_graph.InverseRootDegrees[node]);
            GatherSum.Scale(_base.Pointer + (nint)node * stride, factor, stride, (TOutput*)_output + (nint)node * stride);
        }
    }

    /// <summary>One hop, forward or back: they differ in the rows that are carried in.</summary>
    private void Hop<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        NodeRange range = _chunks.RangeOf(chunk);
        AdjacencyBlock[] blocks = range.Blocks;
        int start = _chunks.Start(chunk), end = _chunks.End(chunk), stride = _stride;
        float[] partialRow = ArrayPool<float>.Shared.Rent(stride);
        ReadOnlySpan<int> slotOf = _layer == 0 && _batch is not null ? _batch.SlotOf : default;
        // The first block is most of the work: its lists are looked up, or collected, for the whole chunk.
        AdjacencyBlock first = blocks[0];
        SparseRows rows = first.Rows;
        TInput* input = (TInput*)_input + (nint)first.FirstNeighbour * stride;
        int firstRow = range.First;
        BatchNeighbours ofChunk = default, ofRow = default;
        if (typeof(TInput) == typeof(BatchRow))
        {
            ofChunk = new BatchNeighbours(end - start, rows.Offsets[end - firstRow] - rows.Offsets[start - firstRow]);
            ofChunk.Collect(first, start - firstRow, end - firstRow, _gradient!.SlotOf);
            ofRow = new BatchNeighbours(1, blocks.Length > 1 ? _maximumCount : 0);
            firstRow = start;
        }
        ReadOnlySpan<float> inverseRootDegrees = _graph.InverseRootDegrees;
        fixed (float* partial = partialRow)
        fixed (int* offsets = ofChunk.Offsets ?? rows.Offsets)
        fixed (int* indices = ofChunk.Slots ?? rows.Indices)
        fixed (float* weights = rows.Weights is null ? null : ofChunk.Weights ?? rows.Weights)
        {
            int listed = typeof(TInput) == typeof(BatchRow) ? offsets[end - start] : rows.Count;
            for (int node = start; node < end; node++)
            {
                if (!slotOf.IsEmpty)
                {
                    // A batch's nodes lie far apart: the first of what one of the next takes is asked for.
                    int ahead = node + BatchLookAhead;
                    if (ahead < end && slotOf[ahead] >= 0)
                    {
                        CacheLines.Fetch(_base.Pointer + (nint)ahead * stride, (nint)stride * sizeof(float));
                        CacheLines.Fetch(indices + offsets[ahead - firstRow], CacheLines.Size);
                    }
                    if (slotOf[node] < 0)
                        continue;
                }
                (float sum, float carryScale) = Factors(inverseRootDegrees[node]);
                float* carry = _gradient is { } gradient ? GradientRow(gradient.SlotOf[node]) : _base.Pointer + (nint)node * stride;
                for (int b = blocks.Length - 1; b > 0; b--)
                {
                    Sum<TInput>(blocks[b], node - range.First, sum, carry, carryScale, partial, ofRow);
                    carry = partial;
                    carryScale = 1;
                }
                TOutput* output = (TOutput*)_output + (nint)node * stride;
                int* list = indices + offsets[node - firstRow];
                float* listWeights = weights == null ? null : weights + offsets[node - firstRow];
                int count = offsets[node - firstRow + 1] - offsets[node - firstRow], readable = listed - offsets[node - firstRow];
                if (typeof(TInput) == typeof(BatchRow))
                    GatherSum.Compute(list, listWeights, count, readable, _gradient!.Scaled.Pointer, stride, sum * first.Strength, carry, carryScale, output);
                else
                    GatherSum.Compute(list, listWeights, count, readable, input, stride, sum * first.Strength, carry, carryScale, output);
            }
        }
        ofChunk.Return();
        ofRow.Return();
        ArrayPool<float>.Shared.Return(partialRow);
        if (_layer == 0 && _gradient is not null)
            _rowsDone!(start, end);
    }

    /// <summary>output = scale * (sum over a row of a block) + carryScale * carry.</summary>
    private void Sum<TInput>(AdjacencyBlock block, int row, float scale, float* carry, float carryScale, float* output, BatchNeighbours batch)
        where TInput : unmanaged
    {
        if (typeof(TInput) == typeof(BatchRow))
        {
            batch.Collect(block, row, row + 1, _gradient!.SlotOf);
            fixed (int* slots = batch.Slots)
            fixed (float* slotWeights = block.Rows.Weights is null ? null : batch.Weights)
                GatherSum.Compute(slots, slotWeights, batch.Offsets[1], _gradient.Scaled.Pointer, _stride, scale * block.Strength, carry, carryScale, output);
            return;
        }
        SparseRows rows = block.Rows;
        int first = rows.Offsets[row], count = rows.Offsets[row + 1] - first;
        fixed (int* indices = rows.Indices)
        fixed (float* weights = rows.Weights)
            GatherSum.Compute(indices + first, weights == null ? null : weights + first, count, rows.Count - first, (TInput*)_input + (nint)block.FirstNeighbour * _stride, _stride, scale * block.Strength, carry, carryScale, output);
    }

    private void ScaleGradient(int chunk)
    {
        BatchGradient gradient = _gradient!;
        int stride = gradient.Rows.Stride;
        int end = Math.Min(gradient.Count, (chunk + 1) * SlotsPerChunk);
        for (int slot = chunk * SlotsPerChunk; slot < end; slot++)
        {
            float factor = _weights[LayerCount] * _graph.InverseRootDegrees[gradient.Nodes[slot]];
            GatherSum.Scale(gradient.Rows.Pointer + (nint)slot * stride, factor, stride, gradient.Scaled.Pointer + (nint)slot * stride);
        }
    }

    /// <summary>Without layers the operator is w_0 times the identity.</summary>
    private void WeighGradient(int chunk)
    {
        int stride = _stride;
        for (int node = _chunks.Start(chunk); node < _chunks.End(chunk); node++)
            GatherSum.Scale(GradientRow(_gradient!.SlotOf[node]), _weights[0], stride, (float*)_output + (nint)node * stride);
        _rowsDone!(_chunks.Start(chunk), _chunks.End(chunk));
    }

    private float* GradientRow(int slot) => slot < 0 ? null : _gradient!.Rows.Pointer + (nint)slot * _gradient.Rows.Stride;

    /// <summary>Stands for the type of the batch's own rows, which are not in the table that other hops gather from.</summary>
    private readonly struct BatchRow;

    /// <summary>The first hop back gathers only from the batch's nodes, as other neighbours are zero: lists of their slots, in compressed rows.</summary>
    private readonly struct BatchNeighbours(int rowCount, int capacity)
    {
        public readonly int[] Offsets = ArrayPool<int>.Shared.Rent(rowCount + 1);

        // One more than is needed: a place is written always, and kept only if there is a slot.
        public readonly int[] Slots = ArrayPool<int>.Shared.Rent(capacity + 1);
        public readonly float[] Weights = ArrayPool<float>.Shared.Rent(capacity + 1);

        /// <summary>Collects the slots, and the weights where there are some, of the neighbours of rows start to end-1.</summary>
        public void Collect(AdjacencyBlock block, int start, int end, ReadOnlySpan<int> slotOf)
        {
            SparseRows rows = block.Rows;
            slotOf = slotOf[block.FirstNeighbour..];
            int count = 0;
            for (int row = start; row < end; row++)
            {
                Offsets[row - start] = count;
                ReadOnlySpan<int> neighbours = rows[row];
                ReadOnlySpan<float> weights = rows.WeightsOf(row);
                // No branch to mispredict.
                if (weights.IsEmpty)
                {
                    foreach (int neighbour in neighbours)
                    {
                        int slot = slotOf[neighbour];
                        Slots[count] = slot;
                        count += slot >= 0 ? 1 : 0;
                    }
                    continue;
                }
                for (int n = 0; n < neighbours.Length; n++)
                {
                    int slot = slotOf[neighbours[n]];
                    (Slots[count], Weights[count]) = (slot, weights[n]);
                    count += slot >= 0 ? 1 : 0;
                }
            }
            Offsets[end - start] = count;
        }

        public void Return()
        {
            if (Slots is null)
                return;
            ArrayPool<int>.Shared.Return(Offsets);
            ArrayPool<int>.Shared.Return(Slots);
            ArrayPool<float>.Shared.Return(Weights);
        }
    }

    private sealed record Steps(Action<int> ScaleInput, Action<int> FirstBackwardHop, Action<int> Hop, Action<int> LastHop);
}
