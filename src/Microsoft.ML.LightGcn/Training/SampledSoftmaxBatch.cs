using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// One batch of sampled softmax: loss = mean over the samples of -log(exp(c_up / t) / (exp(c_up / t) + sum over the batch's
/// negatives j that are not the user's own of exp(c_uj / t))), c the cosine of two propagated embeddings and t the temperature,
/// plus l2 / 2 times the mean of |E0_u|^2 + |E0_p|^2; and its gradient with respect to the propagated embeddings.
/// </summary>
/// <remarks>
/// The batch shares its negatives, so that scores and both halves of the gradient are dense products. Samples are cut into a
/// fixed number of groups; a group sums its part of the negatives' gradient in order, and the groups' parts are summed in
/// order: results do not depend on the number of threads.
/// </remarks>
internal sealed unsafe class SampledSoftmaxBatch : BatchLoss
{
    private const int GroupCount = 16;
    private const int SamplesPerTile = 32;
    private const int RowsPerChunk = 64;

    private readonly SampleSource _source;
    private readonly BatchGradient _gradient;
    private readonly BatchEntries _entries;
    private readonly BipartiteGraph _graph;
    private readonly ThreadTeam _team;
    private readonly int _negativeCount, _stride;
    private readonly double _l2;
    private readonly float _inverseTemperature;

    // Entries: a user and a positive for each sample, then the negatives.
    private readonly int[] _nodes;
    private readonly float[] _positiveSlopes, _inverseNorms;
    private readonly double[] _losses;
    // For each item, the first place among the negatives that it was drawn to, and for each place the next one of the same item.
    private readonly int[] _firstPlace, _nextPlace, _drawn;
    // Unit rows of the batch's nodes by slot; of the negatives by place, and transposed.
    private readonly EmbeddingTable _units, _negatives, _negativesTransposed;
    // The gradient with respect to each sample's unit user row, and each group's part for the negatives' unit rows.
    private readonly EmbeddingTable _sampleGradients, _negativeGradients;
    private readonly Action<int> _draw, _normalize, _transpose, _compare, _gather;

    private EmbeddingTable? _base, _embeddings;
    private long _firstSample;
    private int _count;

    public SampledSoftmaxBatch(SampleSource source, BatchGradient gradient, BipartiteGraph graph, SampledSoftmaxObjective objective, int capacity, double l2, ThreadTeam team)
    {
        _source = source;
        _gradient = gradient;
        _graph = graph;
        _team = team;
        _l2 = l2;
        _inverseTemperature = 1 / objective.Temperature;
        // Whole cache lines of scores.
        _negativeCount = EmbeddingTable.StrideOf(objective.NegativeCount);
        int dimension = gradient.Rows.Dimension;
        _stride = gradient.Rows.Stride;
        _nodes = new int[2 * capacity + _negativeCount];
        _entries = new BatchEntries(gradient, _nodes.Length);
        _positiveSlopes = new float[capacity];
        _inverseNorms = new float[gradient.Rows.RowCount];
        _losses = new double[capacity];
        _firstPlace = new int[graph.ItemCount];
        Array.Fill(_firstPlace, -1);
        _nextPlace = new int[_negativeCount];
        _drawn = new int[_negativeCount];
        _units = new EmbeddingTable(gradient.Rows.RowCount, dimension);
        _negatives = new EmbeddingTable(_negativeCount, dimension);
        _negativesTransposed = new EmbeddingTable(_stride, _negativeCount);
        _sampleGradients = new EmbeddingTable(capacity, dimension);
        _negativeGradients = new EmbeddingTable(GroupCount * _negativeCount, dimension);
        _draw = Draw;
        _normalize = Normalize;
        _transpose = Transpose;
        _compare = Compare;
        _gather = Gather;
    }

    public override double Compute(EmbeddingTable embeddings, EmbeddingTable propagated, long firstSample, int count)
    {
        (_base, _embeddings, _firstSample, _count) = (embeddings, propagated, firstSample, count);
        _team.Run(Chunks(count), _draw);
        DrawNegatives();
        _entries.Assign(_nodes.AsSpan(0, 2 * count + _negativeCount));
        _team.Run(Chunks(_gradient.Count), _normalize);
        _team.Run(Chunks(_negativeCount), _transpose);
        _team.Run(GroupCount, _compare);
        _team.Run(Chunks(_gradient.Count), _gather);
        double sum = 0;
        foreach (double loss in _losses.AsSpan(0, count))
            sum += loss;
        return sum / count;
    }

    private static int Chunks(int rows) => (rows + RowsPerChunk - 1) / RowsPerChunk;

    private void Draw(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * RowsPerChunk);
        for (int s = chunk * RowsPerChunk; s < end; s++)
        {
            (_nodes[s], int positive) = _source.DrawPositive(_firstSample + s);
            _nodes[_count + s] = _graph.UserCount + positive;
        }
    }

    /// <summary>Draws the items of random interactions: each item in proportion to how often it was chosen.</summary>
    private void DrawNegatives()
    {
        ClearPlaces();
        RandomStream random = _source.NegativesStream(_firstSample);
        Span<int> nodes = _nodes.AsSpan(2 * _count, _negativeCount);
        for (int place = 0; place < nodes.Length; place++)
        {
            int item = _graph.UserItems[random.Next(_graph.InteractionCount)];
            nodes[place] = _graph.UserCount + item;
            _nextPlace[place] = _firstPlace[item];
            _firstPlace[item] = place;
            _drawn[place] = item;
        }
    }

    private void ClearPlaces()
    {
        foreach (int item in _drawn)
            _firstPlace[item] = -1;
    }

    /// <summary>Unit rows of the batch's nodes.</summary>
    private void Normalize(int chunk)
    {
        int end = Math.Min(_gradient.Count, (chunk + 1) * RowsPerChunk);
        for (int slot = chunk * RowsPerChunk; slot < end; slot++)
        {
            ReadOnlySpan<float> row = _embeddings!.Row(_gradient.Nodes[slot]);
            float norm = TensorPrimitives.Norm(row);
            // The zero embedding has no direction: its cosines are 0 and nothing moves it.
            _inverseNorms[slot] = norm > 0 ? 1 / norm : 0;
            TensorPrimitives.Multiply(row, _inverseNorms[slot], _units.Row(slot));
        }
    }

    /// <summary>Copies the negatives' unit rows to their places, and transposed, over the temperature, for the logits.</summary>
    private void Transpose(int chunk)
    {
        int end = Math.Min(_negativeCount, (chunk + 1) * RowsPerChunk);
        Span<float> transposed = _negativesTransposed.Padded;
        for (int place = chunk * RowsPerChunk; place < end; place++)
        {
            ReadOnlySpan<float> unit = _units.Row(_gradient.SlotOf[_graph.UserCount + _drawn[place]]);
            unit.CopyTo(_negatives.Row(place));
            for (int k = 0; k < unit.Length; k++)
                transposed[k * _negativesTransposed.Stride + place] = unit[k] * _inverseTemperature;
        }
    }

    /// <summary>Scores, losses and gradients with respect to unit rows, for one group of samples.</summary>
    private void Compare(int group)
    {
        int perGroup = (_count + GroupCount - 1) / GroupCount;
        int start = Math.Min(_count, group * perGroup), end = Math.Min(_count, start + perGroup);
        float* negativeGradients = _negativeGradients.Pointer + (nint)group * _negativeCount * _stride;
        new Span<float>(negativeGradients, _negativeCount * _stride).Clear();
        float[] users = ArrayPool<float>.Shared.Rent(SamplesPerTile * _stride);
        float[] scores = ArrayPool<float>.Shared.Rent(SamplesPerTile * _negativeCount);
        fixed (float* u = users, z = scores)
        {
            for (int first = start; first < end; first += SamplesPerTile)
            {
                int count = Math.Min(SamplesPerTile, end - first);
                for (int s = 0; s < count; s++)
                    PaddedUnit(_nodes[first + s]).CopyTo(users.AsSpan(s * _stride, _stride));
                MatrixProduct.Multiply(u, _stride, 1, _negativesTransposed.Pointer, _negativesTransposed.Stride, z, _negativeCount, count, _negativeCount, _stride, accumulate: false);
                for (int s = 0; s < count; s++)
                    ToSlopes(first + s, scores.AsSpan(s * _negativeCount, _negativeCount));
                float* sampleGradients = _sampleGradients.Pointer + (nint)first * _stride;
                MatrixProduct.Multiply(z, _negativeCount, 1, _negatives.Pointer, _stride, sampleGradients, _stride, count, _stride, _negativeCount, accumulate: false);
                for (int s = first; s < first + count; s++)
                    TensorPrimitives.MultiplyAdd(PaddedUnit(_nodes[_count + s]), _positiveSlopes[s], _sampleGradients.PaddedRow(s), _sampleGradients.PaddedRow(s));
                MatrixProduct.Multiply(z, 1, _negativeCount, u, _stride, negativeGradients, _stride, _negativeCount, _stride, count, accumulate: true);
            }
        }
        ArrayPool<float>.Shared.Return(scores);
        ArrayPool<float>.Shared.Return(users);
    }

    /// <summary>Turns a sample's logits (cosine over temperature) of the negatives into the slopes of the loss in their cosines, and keeps the positive's slope and the loss.</summary>
    private void ToSlopes(int sample, Span<float> logits)
    {
        int user = _nodes[sample], positive = _nodes[_count + sample];
        foreach (int item in _graph.ItemsOf(user))
        {
            for (int place = _firstPlace[item]; place >= 0; place = _nextPlace[place])
                logits[place] = float.NegativeInfinity;
        }
        double positiveLogit = TensorPrimitives.Dot(PaddedUnit(user), PaddedUnit(positive)) * (double)_inverseTemperature;
        // Taking the greatest off, nothing overflows and not everything underflows.
        float greatest = Math.Max((float)positiveLogit, TensorPrimitives.Max<float>(logits));
        TensorPrimitives.Subtract(logits, greatest, logits);
        TensorPrimitives.Exp(logits, logits);
        positiveLogit -= greatest;
        double positiveTerm = Math.Exp(positiveLogit), total = positiveTerm + TensorPrimitives.Sum<float>(logits);
        _losses[sample] = Math.Log(total) - positiveLogit;
        if (_l2 > 0)
            _losses[sample] += _l2 / 2 * (TensorPrimitives.SumOfSquares<float>(_base!.Row(user)) + TensorPrimitives.SumOfSquares<float>(_base.Row(positive)));
        double scale = _inverseTemperature / (total * _count);
        _positiveSlopes[sample] = (float)((positiveTerm - total) * scale);
        TensorPrimitives.Multiply(logits, (float)scale, logits);
    }

    /// <summary>Sums each node's gradient with respect to its unit row, and takes it back to the embedding: (g - x (x . g)) / |e|.</summary>
    private void Gather(int chunk)
    {
        int end = Math.Min(_gradient.Count, (chunk + 1) * RowsPerChunk);
        for (int slot = chunk * RowsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.PaddedRow(slot);
            row.Clear();
            int positives = 0;
            foreach (int entry in _entries.Of(slot))
            {
                if (entry < _count)
                {
                    TensorPrimitives.Add(row, _sampleGradients.PaddedRow(entry), row);
                    positives++;
                }
                else if (entry < 2 * _count)
                {
                    int sample = entry - _count;
                    TensorPrimitives.MultiplyAdd(PaddedUnit(_nodes[sample]), _positiveSlopes[sample], row, row);
                    positives++;
                }
                else
                {
                    for (int group = 0; group < GroupCount; group++)
                        TensorPrimitives.Add(row, _negativeGradients.PaddedRow(group * _negativeCount + entry - 2 * _count), row);
                }
            }
            _gradient.BaseDecay[slot] = (float)(_l2 * positives / _count);
            ReadOnlySpan<float> unit = _units.PaddedRow(slot);
            TensorPrimitives.MultiplyAdd(unit, -TensorPrimitives.Dot(unit, row), row, row);
            TensorPrimitives.Multiply(row, _inverseNorms[slot], row);
        }
    }

    private ReadOnlySpan<float> PaddedUnit(int node) => _units.PaddedRow(_gradient.SlotOf[node]);
}
