using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// One batch of sampled softmax: loss = mean over the samples of -log(exp(z_up) / (exp(z_up) + sum over the batch's negatives j
/// that are not the user's own of exp(z_uj))), z_ui = c_ui / t - a log n_i, c the cosine of two propagated embeddings, t the
/// temperature, n_i how often the item was chosen and a the frequency correction; plus l2 / 2 times the mean of
/// |E0_u|^2 + |E0_p|^2; and its gradient with respect to the propagated embeddings.
/// </summary>
/// <remarks>
/// The batch shares its negatives, so that scores and both halves of the gradient are dense products. Samples are cut into
/// groups, whose number follows from theirs alone; a group sums its part of the negatives' gradient in order, and the groups' parts are summed in
/// order: results do not depend on the number of threads.
/// </remarks>
internal sealed class SampledSoftmaxBatch : BatchLoss
{
    private const int MaximumGroupCount = 16;
    private const int SamplesPerTile = 32;
    private const int RowsPerChunk = 64;
    private const int PanelWidth = 32;
    private const int LookAhead = 8;

    private readonly SampleSource _source;
    private readonly BatchGradient _gradient;
    private readonly BatchEntries _entries;
    private readonly BipartiteGraph _graph;
    private readonly NodeLayout _layout;
    private readonly ThreadTeam _team;
    private readonly int _negativeCount, _stride;
    private readonly double _l2;
    private readonly float _inverseTemperature;

    // Entries: a user and a positive for each sample, then the negatives.
    private readonly int[] _nodes;
    // For each item and for each negative, what is taken off its logit.
    private readonly float[] _corrections;
    private readonly Matrix _negativeCorrections;
    // For each sample, the positive's cosine, and its slope: the derivative of the loss in that cosine.
    private readonly float[] _positiveCosines, _positiveSlopes;
    private readonly double[] _losses;
    // 1 / |e| for each sample's user and positive and for each negative; 0 for the zero embedding, which has no direction: its
    // cosines are 0 and nothing moves it.
    private readonly float[] _userInverseNorms, _positiveInverseNorms, _negativeInverseNorms;
    // For each item, the first place among the negatives that it was drawn to, and for each place the next one of the same item.
    private readonly int[] _firstPlace, _nextPlace, _drawn;
    // Unit rows of each sample's user and positive; of the negatives by place, and over the temperature in panels of neighbouring
    // places, component by component, for products with users.
    private readonly Matrix _users, _positives, _negatives, _negativePanels;
    // The gradient with respect to each sample's user row, and each group's part for the negatives' unit rows.
    private readonly Matrix _userGradients, _negativeGradients;
    // Scores of a tile of samples, one for each thread at work. A cache line more than a row takes: rows that a power of two lies between
    // share few lines of the cache.
    private readonly ConcurrentBag<Matrix> _scores = [];
    private readonly Action<int> _draw, _normalize, _normalizeNegatives, _compare, _gather;

    private Matrix? _base, _embeddings;
    private long _firstSample;
    private int _count;

    /// <param name="source">Draws the samples.</param>
    /// <param name="gradient">Receives the gradient; room for 2 nodes a sample and the negatives.</param>
    /// <param name="plan">Graph, batch size, objective and L2.</param>
    /// <param name="team">The threads.</param>
    public SampledSoftmaxBatch(SampleSource source, BatchGradient gradient, TrainingPlan plan, ThreadTeam team)
    {
        SampledSoftmaxObjective objective = (SampledSoftmaxObjective)plan.Settings.Objective;
        BipartiteGraph graph = plan.Interactions;
        int capacity = plan.BatchCapacity;
        _source = source;
        _gradient = gradient;
        _graph = graph;
        _layout = plan.Layout;
        _team = team;
        _l2 = plan.Settings.BatchL2;
        _inverseTemperature = 1 / objective.Temperature!.Value;
        _negativeCount = plan.NegativeCount;
        int dimension = gradient.Rows.ColumnCount;
        _stride = gradient.Rows.Stride;
        _nodes = new int[2 * capacity + _negativeCount];
        _entries = new BatchEntries(gradient, _nodes.Length);
        _corrections = Corrections(graph, objective);
        _negativeCorrections = new Matrix(1, _negativeCount);
        _positiveCosines = new float[capacity];
        _positiveSlopes = new float[capacity];
        _userInverseNorms = new float[capacity];
        _positiveInverseNorms = new float[capacity];
        _negativeInverseNorms = new float[_negativeCount];
        _losses = new double[capacity];
        _firstPlace = new int[graph.ItemCount];
        Array.Fill(_firstPlace, -1);
        _nextPlace = new int[_negativeCount];
        _drawn = new int[_negativeCount];
        _users = new Matrix(capacity, dimension);
        _positives = new Matrix(capacity, dimension);
        _negatives = new Matrix(_negativeCount, dimension);
        _negativePanels = new Matrix((_negativeCount + PanelWidth - 1) / PanelWidth, PanelWidth * _stride);
        _userGradients = new Matrix(capacity, dimension);
        _negativeGradients = new Matrix(MaximumGroupCount * _negativeCount, dimension);
        _draw = Draw;
        _normalize = Normalize;
        _normalizeNegatives = NormalizeNegatives;
        _compare = Compare;
        _gather = Gather;
    }

    /// <summary>What is taken off each item's logit: the frequency correction times the logarithm of how often it was chosen.</summary>
    public static float[] Corrections(BipartiteGraph graph, SampledSoftmaxObjective objective)
    {
        float[] corrections = new float[graph.ItemCount];
        // An item that was never chosen is neither a positive nor a negative.
        for (int item = 0; item < corrections.Length; item++)
            corrections[item] = objective.FrequencyCorrection!.Value * MathF.Log(Math.Max(1, graph.UsersOf(item).Length));
        return corrections;
    }

    /// <summary>As many negatives as the tables of their gradient have room for: one table for each group of samples, in one array.</summary>
    public static int MaximumNegativeCount(int dimension) =>
        (int)(Matrix.MaxLength / Matrix.StrideOf(dimension) / MaximumGroupCount / Matrix.ComponentBlock * Matrix.ComponentBlock);

    /// <summary>Rows kept beside those of the gradient: three a sample, two a negative, and a gradient of every negative for each group.</summary>
    public static long RowCount(long capacity, long negativeCount) => 3 * capacity + (2 + MaximumGroupCount) * negativeCount;

    public override void Draw(long firstSample, int count)
    {
        (_firstSample, _count) = (firstSample, count);
        _team.Run(Chunks(count), _draw);
        DrawNegatives();
        _entries.Assign(_nodes.AsSpan(0, 2 * count + _negativeCount));
    }

    public override double Compute(Matrix embeddings, Matrix propagated)
    {
        (_base, _embeddings) = (embeddings, propagated);
        _team.Run(Chunks(_count), _normalize);
        _team.Run(Chunks(_negativeCount), _normalizeNegatives);
        _team.Run(GroupCount, _compare);
        _team.Run(Chunks(_gradient.Count), _gather);
        double sum = 0;
        foreach (double loss in _losses.AsSpan(0, _count))
            sum += loss;
        return sum / _count;
    }

    /// <summary>
    /// As many groups as there are tiles, up to a limit: each group fills a table of all negatives. None is empty, as a tile has more samples than
    /// there are groups.
    /// </summary>
    private int GroupCount => Math.Clamp((_count + SamplesPerTile - 1) / SamplesPerTile, 1, MaximumGroupCount);

    private static int Chunks(int rows) => (rows + RowsPerChunk - 1) / RowsPerChunk;

    private void Draw(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * RowsPerChunk);
        for (int s = chunk * RowsPerChunk; s < end; s++)
        {
            (_nodes[s], int positive) = _source.DrawPositive(_firstSample + s);
            _nodes[_count + s] = _layout.ItemNode(positive);
        }
    }

    /// <summary>Draws the items of random interactions: each item in proportion to how often it was chosen.</summary>
    private void DrawNegatives()
    {
        ClearPlaces();
        RandomStream random = _source.NegativesStream(_firstSample);
        Span<int> nodes = _nodes.AsSpan(2 * _count, _negativeCount);
        Span<float> corrections = _negativeCorrections.Padded;
        for (int place = 0; place < nodes.Length; place++)
        {
            int item = _graph.ByUser.Indices.Span[random.Next(_graph.InteractionCount)];
            nodes[place] = _layout.ItemNode(item);
            _nextPlace[place] = _firstPlace[item];
            _firstPlace[item] = place;
            _drawn[place] = item;
            corrections[place] = _corrections[item];
        }
    }

    private void ClearPlaces()
    {
        foreach (int item in _drawn)
            _firstPlace[item] = -1;
    }

    /// <summary>Unit rows of each sample's user and positive.</summary>
    private void Normalize(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * RowsPerChunk);
        for (int s = chunk * RowsPerChunk; s < end; s++)
        {
            // Rows lie far apart: those of one of the next samples are asked for.
            int ahead = Math.Min(s + LookAhead, end - 1);
            FetchRow(_nodes[ahead]);
            FetchRow(_nodes[_count + ahead]);
            _userInverseNorms[s] = Normalize(_nodes[s], _users.PaddedRow(s));
            _positiveInverseNorms[s] = Normalize(_nodes[_count + s], _positives.PaddedRow(s));
        }
    }

    private void FetchRow(int node) => CacheLines.Fetch<float>(_embeddings!.PaddedRow(node));

    /// <summary>unit = the direction of a node's embedding; returns one over its length.</summary>
    private float Normalize(int node, Span<float> unit)
    {
        ReadOnlySpan<float> row = _embeddings!.PaddedRow(node);
        float norm = TensorPrimitives.Norm(row);
        float inverse = norm > 0 ? 1 / norm : 0;
        TensorPrimitives.Multiply(row, inverse, unit);
        return inverse;
    }

    /// <summary>Unit rows of the negatives, and the same over the temperature in panels, for the logits.</summary>
    private void NormalizeNegatives(int chunk)
    {
        int end = Math.Min(_negativeCount, (chunk + 1) * RowsPerChunk);
        for (int place = chunk * RowsPerChunk; place < end; place++)
        {
            Span<float> unit = _negatives.PaddedRow(place);
            _negativeInverseNorms[place] = Normalize(_layout.ItemNode(_drawn[place]), unit);
            (int panel, int column) = Math.DivRem(place, PanelWidth);
            Span<float> packed = _negativePanels.PaddedRow(panel);
            for (int k = 0; k < unit.Length; k++)
                packed[k * PanelWidth + column] = unit[k] * _inverseTemperature;
        }
    }

    /// <summary>Scores, losses and gradients with respect to users' rows and negatives' unit rows, for one group of samples.</summary>
    private void Compare(int group)
    {
        int perGroup = (_count + GroupCount - 1) / GroupCount;
        int start = Math.Min(_count, group * perGroup), end = Math.Min(_count, start + perGroup);
        Span<float> negativeGradients = _negativeGradients.PaddedRows(group * _negativeCount, _negativeCount);
        if (!_scores.TryTake(out Matrix? tile))
            tile = new Matrix(SamplesPerTile, _negativeCount + Matrix.ComponentBlock);
        int scoreStride = tile.Stride;
        Span<float> z = tile.Padded;
        for (int first = start; first < end; first += SamplesPerTile)
        {
            int count = Math.Min(SamplesPerTile, end - first);
            Span<float> u = _users.PaddedRows(first, count);
            for (int place = 0; place < _negativeCount; place += PanelWidth)
                MatrixProduct.Multiply(
                    u, _stride, 1, _negativePanels.PaddedRow(place / PanelWidth), PanelWidth, z[place..], scoreStride,
                    count, Math.Min(PanelWidth, _negativeCount - place), _stride, accumulate: false);
            for (int s = 0; s < count; s++)
                ToSlopes(first + s, z.Slice(s * scoreStride, _negativeCount));
            MatrixProduct.Multiply(
                z, scoreStride, 1, _negatives.Padded, _stride, _userGradients.PaddedRows(first, count), _stride,
                count, _stride, _negativeCount, accumulate: false);
            for (int s = first; s < first + count; s++)
            {
                Span<float> gradient = _userGradients.PaddedRow(s);
                TensorPrimitives.MultiplyAdd(_positives.PaddedRow(s), _positiveSlopes[s], gradient, gradient);
                ToEmbedding(gradient, _users.PaddedRow(s), _userInverseNorms[s]);
            }
            MatrixProduct.Multiply(z, 1, scoreStride, u, _stride, negativeGradients, _stride, _negativeCount, _stride, count, accumulate: first > start);
        }
        _scores.Add(tile);
    }

    /// <summary>
    /// Turns a sample's logits (cosines over the temperature) of the negatives into the slopes of the loss in their cosines, and keeps the positive's
    /// slope and the loss.
    /// </summary>
    private void ToSlopes(int sample, Span<float> logits)
    {
        int user = _nodes[sample], positive = _nodes[_count + sample];
        foreach (int item in _graph.ItemsOf(user))
        {
            for (int place = _firstPlace[item]; place >= 0; place = _nextPlace[place])
                logits[place] = float.NegativeInfinity;
        }
        float cosine = _positiveCosines[sample] = TensorPrimitives.Dot<float>(_users.PaddedRow(sample), _positives.PaddedRow(sample));
        double positiveLogit = cosine * (double)_inverseTemperature - _corrections[_layout.ItemOf(positive)];
        ReadOnlySpan<float> corrections = _negativeCorrections.Padded;
        // Taking the maximum off, nothing overflows and not everything underflows.
        float maximum = Math.Max((float)positiveLogit, SoftmaxTerms.Maximum(logits, corrections));
        positiveLogit -= maximum;
        double positiveTerm = Math.Exp(positiveLogit), total = positiveTerm + SoftmaxTerms.Exponentials(logits, corrections, maximum);
        _losses[sample] = Math.Log(total) - positiveLogit;
        if (_l2 > 0)
            _losses[sample] += _l2 / 2 * (TensorPrimitives.SumOfSquares<float>(_base!.Row(user)) + TensorPrimitives.SumOfSquares<float>(_base.Row(positive)));
        double scale = _inverseTemperature / (total * _count);
        _positiveSlopes[sample] = (float)((positiveTerm - total) * scale);
        TensorPrimitives.Multiply(logits, (float)scale, logits);
    }

    /// <summary>Takes a gradient with respect to a unit row back to the embedding: (g - x (x . g)) / |e|.</summary>
    private static void ToEmbedding(Span<float> gradient, ReadOnlySpan<float> unit, float inverseNorm)
    {
        TensorPrimitives.MultiplyAdd(unit, -TensorPrimitives.Dot(unit, gradient), gradient, gradient);
        TensorPrimitives.Multiply(gradient, inverseNorm, gradient);
    }

    /// <summary>Sums each node's gradient: its parts as a negative, then as a user or a positive.</summary>
    private void Gather(int chunk)
    {
        int end = Math.Min(_gradient.Count, (chunk + 1) * RowsPerChunk);
        for (int slot = chunk * RowsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.PaddedRow(slot);
            row.Clear();
            ReadOnlySpan<int> entries = _entries.Of(slot);
            int asSample = entries.Length;
            while (asSample > 0 && entries[asSample - 1] >= 2 * _count)
                asSample--;
            GatherNegatives(entries[asSample..], row);
            foreach (int entry in entries[..asSample])
            {
                if (entry < _count)
                    TensorPrimitives.Add(_userGradients.PaddedRow(entry), row, row);
                else
                    AddPositive(entry - _count, row);
            }
            if (_gradient.BaseRows is { } baseRows)
                TensorPrimitives.Multiply(_base!.PaddedRow(_gradient.Nodes[slot]), (float)(_l2 * asSample / _count), baseRows.PaddedRow(slot));
        }
    }

    private void GatherNegatives(ReadOnlySpan<int> entries, Span<float> row)
    {
        if (entries.IsEmpty)
            return;
        foreach (int entry in entries)
        {
            for (int group = 0; group < GroupCount; group++)
                TensorPrimitives.Add(row, _negativeGradients.PaddedRow(group * _negativeCount + entry - 2 * _count), row);
        }
        // All places of an item have the same unit row.
        int place = entries[0] - 2 * _count;
        ToEmbedding(row, _negatives.PaddedRow(place), _negativeInverseNorms[place]);
    }

    /// <summary>
    /// row += slope * (x - c y) / |e|: the gradient with respect to the positive's row, x the user's unit row, y the positive's, c their cosine.
    /// </summary>
    private void AddPositive(int sample, Span<float> row)
    {
        float slope = _positiveSlopes[sample] * _positiveInverseNorms[sample];
        TensorPrimitives.MultiplyAdd(_users.PaddedRow(sample), slope, row, row);
        TensorPrimitives.MultiplyAdd(_positives.PaddedRow(sample), -slope * _positiveCosines[sample], row, row);
    }
}
