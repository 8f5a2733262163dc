using System.Collections.Concurrent;
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
/// A step of training needs no table for results: the last hop forward writes the batch's rows alone, and the last hop back hands its rows on by chunks.
/// </remarks>
internal sealed class Propagation
{
    /// <summary>What is done with rows start to end - 1 of a result, padding included, when they have just been written.</summary>
    public delegate void RowsAction(int start, int end, Span<float> rows);

    private const int SlotsPerChunk = 256;

    private readonly HeterogeneousGraph _graph;
    private readonly ThreadTeam _team;
    private readonly RowChunks _chunks;
    private readonly float[] _weights;
    private readonly Matrix _scratch;
    private readonly Matrix? _second;
    private readonly Dictionary<NodeRange, GatherBlock[]> _blocks = [];
    private readonly Action<int> _scaleInput, _hop, _lastHop, _firstHopBack, _scaleGradient, _weighBatch, _weighGradient;
    private readonly Action _forward, _backward;
    // Results of the last hop back, one for each thread at work.
    private readonly ConcurrentBag<Matrix> _chunkRows = [];

    // The pass in progress; chunks read these.
    private int _layer;
    private Matrix _base;
    private Matrix? _output;
    private BatchGradient? _batch, _gradient;
    private RowsAction? _rowsDone;

    /// <param name="graph">The graph.</param>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="scratch">A matrix of a row for each node that every call overwrites; unused for L = 0.</param>
    /// <param name="team">The threads.</param>
    /// <param name="precision">Of the rows kept between hops.</param>
    /// <param name="second">Another such matrix; steps of training need it where <see cref="NeedsSecond"/> says so.</param>
    public Propagation(
        HeterogeneousGraph graph,
        float[] weights,
        Matrix scratch,
        ThreadTeam team,
        PropagationPrecision precision = PropagationPrecision.Float32,
        Matrix? second = null)
    {
        _graph = graph;
        _weights = weights;
        _team = team;
        _scratch = _base = scratch;
        _second = second;
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
        _weighBatch = WeighBatch;
        _weighGradient = WeighGradient;
        _forward = RunForward;
        _backward = RunBackward;
    }

    /// <summary>Bytes that the rows of chunks take in a pass back.</summary>
    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="threadCount">Number of threads.</param>
    public static long ChunkBytes(int dimension, int threadCount) =>
        (long)threadCount * RowChunks.MaximumRowCount * Matrix.StrideOf(dimension) * sizeof(float);

    /// <summary>Number of layers L.</summary>
    public int LayerCount => _weights.Length - 1;

    /// <summary>Whether two layers of a step lie in float32 at once: one matrix has room for one, or for two in bfloat16.</summary>
    /// <param name="weights">Layer weights w_0..w_L.</param>
    /// <param name="precision">Of the rows kept between hops.</param>
    public static bool NeedsSecond(float[] weights, PropagationPrecision precision) => precision == PropagationPrecision.Float32 && weights.Length > 2;

    /// <summary>output = P(A) embeddings.</summary>
    /// <param name="embeddings">Layer-0 embeddings.</param>
    /// <param name="output">Receives the propagated embeddings.</param>
    public void Forward(Matrix embeddings, Matrix output)
    {
        (_base, _output) = (embeddings, output);
        Run(_forward);
    }

    /// <summary>The rows of P(A) embeddings that belong to a batch's nodes.</summary>
    /// <param name="embeddings">Layer-0 embeddings.</param>
    /// <param name="batch">Receives them, by slot, in <see cref="BatchGradient.Embeddings"/>.</param>
    public void Forward(Matrix embeddings, BatchGradient batch)
    {
        (_base, _batch) = (embeddings, batch);
        Run(_forward);
    }

    /// <summary>
    /// P(A) gradient, where the gradient is zero outside the batch's nodes. As soon as the rows of a chunk of nodes are written, rowsDone is called on the
    /// same thread, while they are in its cache; they are kept no longer.
    /// </summary>
    public void Backward(BatchGradient gradient, RowsAction rowsDone)
    {
        (_base, _gradient, _rowsDone) = (gradient.Rows, gradient, rowsDone);
        Run(_backward);
    }

    /// <summary>Runs a pass, and keeps none of its tables afterwards: they can be freed while this object lives.</summary>
    private void Run(Action pass)
    {
        _layer = LayerCount;
        try
        {
            pass();
        }
        finally
        {
            (_base, _output, _batch, _gradient, _rowsDone) = (_scratch, null, null, null, null);
        }
    }

    private void RunBackward()
    {
        _team.Run(LayerCount == 0 ? _chunks.Count : SlotChunks(_gradient!), LayerCount == 0 ? _weighGradient : _scaleGradient);
        while (_layer-- > 0)
            _team.Run(_chunks.Count, _layer == LayerCount - 1 ? _firstHopBack : _layer == 0 ? _lastHop : _hop);
    }

    private void RunForward()
    {
        if (LayerCount == 0 && _batch is not null)
        {
            _team.Run(SlotChunks(_batch), _weighBatch);
            return;
        }
        _team.Run(_chunks.Count, _scaleInput);
        while (_layer-- > 0)
            _team.Run(_chunks.Count, _layer == 0 ? _lastHop : _hop);
    }

    private static int SlotChunks(BatchGradient batch) => (batch.Count + SlotsPerChunk - 1) / SlotsPerChunk;

    /// <summary>
    /// Where the rows of a layer are written. Layers one after the other alternate between two places: the scratch matrix, and the output or the second
    /// one; in bfloat16, the halves of the scratch matrix.
    /// </summary>
    private Span<T> RowsOf<T>(int layer)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return MemoryMarshal.Cast<float, T>((layer % 2 == 1 ? _scratch : (_output ?? _second)!).Padded);
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
        Compute<TInput, TOutput>(chunk, _blocks[range], range.First, RowsOf<TInput>(_layer + 1));
    }

    /// <summary>The first hop back gathers from the batch's own rows, which lie by slot where layer L's rows would.</summary>
    private void FirstHopBack<TInput, TOutput>(int chunk)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int start = _chunks.Start(chunk);
        using BatchNeighbours neighbours = new(_chunks.RangeOf(chunk), start, _chunks.End(chunk), _gradient!.SlotOf);
        Compute<TInput, TOutput>(chunk, neighbours.Blocks, start, RowsOf<TInput>(LayerCount));
    }

    private void Compute<TInput, TOutput>(int chunk, ReadOnlySpan<GatherBlock> blocks, int firstListed, ReadOnlySpan<TInput> input)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        bool isLast = _layer == 0;
        GatherHop hop = new()
        {
            Blocks = blocks,
            FirstListed = firstListed,
            Stride = _base.Stride,
            InverseRootDegrees = _graph.InverseRootDegrees,
            LayerWeight = _weights[_layer],
            IsLast = isLast,
            Carry = _base.Padded,
            CarryRowOf = _gradient is null ? default : _gradient.SlotOf,
            OutputRowOf = isLast && _batch is not null ? _batch.SlotOf : default,
            FirstOutput = isLast && _gradient is not null ? start : 0,
        };
        if (isLast && _batch is not null)
        {
            hop.Compute(start, end, input, _batch.Embeddings.Padded);
        }
        else if (isLast && _gradient is not null)
        {
            Matrix rows = TakeChunkRows();
            hop.Compute(start, end, input, rows.Padded);
            HandOn(start, end, rows);
        }
        else
        {
            hop.Compute(start, end, input, RowsOf<TOutput>(_layer));
        }
    }

    private Matrix TakeChunkRows() => _chunkRows.TryTake(out Matrix? rows) ? rows : new Matrix(RowChunks.MaximumRowCount, _base.ColumnCount);

    private void HandOn(int start, int end, Matrix rows)
    {
        _rowsDone!(start, end, rows.PaddedRows(0, end - start));
        _chunkRows.Add(rows);
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
    private void WeighBatch(int chunk)
    {
        BatchGradient batch = _batch!;
        for (int slot = chunk * SlotsPerChunk; slot < Math.Min(batch.Count, (chunk + 1) * SlotsPerChunk); slot++)
            GatherSum.Scale(_base.PaddedRow(batch.Nodes[slot]), _weights[0], batch.Embeddings.PaddedRow(slot));
    }

    /// <inheritdoc cref="WeighBatch"/>
    private void WeighGradient(int chunk)
    {
        ReadOnlySpan<int> slotOf = _gradient!.SlotOf;
        Matrix rows = TakeChunkRows();
        int start = _chunks.Start(chunk), end = _chunks.End(chunk);
        for (int node = start; node < end; node++)
            GatherSum.Scale(slotOf[node] < 0 ? default : _gradient.Rows.PaddedRow(slotOf[node]), _weights[0], rows.PaddedRow(node - start));
        HandOn(start, end, rows);
    }
}
