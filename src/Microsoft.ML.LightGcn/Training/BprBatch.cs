using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// One batch of Bayesian personalised ranking: loss = mean of softplus(-(e_u . e_p - e_u . e_n)) over the samples, plus
/// l2 / 2 times the mean of |E0_u|^2 + |E0_p|^2 + |E0_n|^2, and its gradient with respect to the propagated embeddings.
/// </summary>
/// <remarks>
/// Samples are computed independently, then each touched node sums its own contributions in sample order: no atomics, and
/// results do not depend on the number of threads. A sample without a negative (its user has every item) counts as zero.
/// </remarks>
internal class BprBatch : BatchLoss
{
    private const int SamplesPerChunk = 128;
    private const int SlotsPerChunk = 64;
    private const int NodesPerSample = 3;

    private readonly SampleSource _source;
    private readonly BatchGradient _gradient;
    private readonly ThreadTeam _team;
    private readonly NodeLayout _layout;
    private readonly double _l2;

    // Entries: the users of all samples, then their positives, then their negatives. -1 in all three for a sample that counts as zero.
    private readonly int[] _nodes;
    private readonly BatchEntries _entries;
    private readonly float[] _slopes;
    private readonly double[] _losses;
    private readonly Action<int> _draw, _compare, _gather;

    private Matrix? _base;
    private long _firstSample;
    private int _count;

    /// <summary>The users of all samples, then their positives, then their negatives; -1 in all three for a sample that counts as zero.</summary>
    protected ReadOnlySpan<int> Nodes => _nodes.AsSpan(0, NodesPerSample * _count);

    /// <summary>For each sample the derivative of the loss in the difference of its two scores.</summary>
    protected Span<float> Slopes => _slopes.AsSpan(0, _count);

    /// <summary>The loss of each sample.</summary>
    protected Span<double> Losses => _losses.AsSpan(0, _count);

    /// <param name="source">Draws the samples.</param>
    /// <param name="gradient">Receives the gradient; room for 3 nodes a sample.</param>
    /// <param name="plan">Layout, batch size and L2.</param>
    /// <param name="team">The threads.</param>
    public BprBatch(SampleSource source, BatchGradient gradient, TrainingPlan plan, ThreadTeam team)
    {
        _source = source;
        _gradient = gradient;
        _team = team;
        _layout = plan.Layout;
        _l2 = plan.Settings.BatchL2;
        int capacity = plan.BatchCapacity;
        _nodes = new int[NodesPerSample * capacity];
        _entries = new BatchEntries(gradient, _nodes.Length);
        _slopes = new float[capacity];
        _losses = new double[capacity];
        _draw = Draw;
        _compare = Compare;
        _gather = Gather;
    }

    public override void Draw(long firstSample, int count)
    {
        (_firstSample, _count) = (firstSample, count);
        _team.Run(SampleChunks, _draw);
        _entries.Assign(_nodes.AsSpan(0, NodesPerSample * count));
    }

    public override double Compute(Matrix embeddings)
    {
        _base = embeddings;
        Compare(embeddings);
        _team.Run((_gradient.Count + SlotsPerChunk - 1) / SlotsPerChunk, _gather);
        double sum = 0;
        foreach (double loss in _losses.AsSpan(0, _count))
            sum += loss;
        return sum / _count;
    }

    /// <summary>Fills losses and slopes.</summary>
    /// <param name="embeddings">Layer-0 embeddings, for the L2.</param>
    protected virtual void Compare(Matrix embeddings) => _team.Run(SampleChunks, _compare);

    /// <summary>The loss of a sample, and its slope in the difference of the two scores.</summary>
    /// <param name="user">The user's embedding, without padding, as are the others.</param>
    /// <param name="positive">The positive's.</param>
    /// <param name="negative">The negative's.</param>
    /// <param name="count">Number of samples.</param>
    protected static (double Loss, float Slope) Terms(ReadOnlySpan<float> user, ReadOnlySpan<float> positive, ReadOnlySpan<float> negative, int count)
    {
        double difference = TensorPrimitives.Dot(user, positive) - (double)TensorPrimitives.Dot(user, negative);
        // softplus(-x) and its slope -sigmoid(-x), both without overflow.
        double tail = Math.Exp(-Math.Abs(difference));
        return (Math.Max(-difference, 0) + Math.Log(1 + tail), (float)(-(difference >= 0 ? tail : 1) / (1 + tail) / count));
    }

    /// <summary>l2 / 2 times the squared lengths of a sample's layer-0 embeddings, without padding.</summary>
    protected static double Penalty(double l2, ReadOnlySpan<float> user, ReadOnlySpan<float> positive, ReadOnlySpan<float> negative) =>
        l2 / 2 * ((double)TensorPrimitives.SumOfSquares(user) + TensorPrimitives.SumOfSquares(positive) + TensorPrimitives.SumOfSquares(negative));

    private ReadOnlySpan<float> EmbeddingOf(int node) => _gradient.Embeddings.Row(_gradient.SlotOf[node]);

    private int SampleChunks => (_count + SamplesPerChunk - 1) / SamplesPerChunk;

    private void Draw(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * SamplesPerChunk);
        for (int s = chunk * SamplesPerChunk; s < end; s++)
        {
            (int user, int positive, int negative) = _source.Draw(_firstSample + s);
            _nodes[s] = negative < 0 ? -1 : user;
            _nodes[_count + s] = negative < 0 ? -1 : _layout.ItemNode(positive);
            _nodes[2 * _count + s] = negative < 0 ? -1 : _layout.ItemNode(negative);
        }
    }

    private void Compare(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * SamplesPerChunk);
        for (int s = chunk * SamplesPerChunk; s < end; s++)
        {
            (int user, int positive, int negative) = (_nodes[s], _nodes[_count + s], _nodes[2 * _count + s]);
            if (user < 0)
            {
                _losses[s] = 0;
                continue;
            }
            (_losses[s], _slopes[s]) = Terms(EmbeddingOf(user), EmbeddingOf(positive), EmbeddingOf(negative), _count);
            if (_l2 > 0)
                _losses[s] += Penalty(_l2, _base!.Row(user), _base.Row(positive), _base.Row(negative));
        }
    }

    private void Gather(int chunk)
    {
        int end = Math.Min(_gradient.Count, (chunk + 1) * SlotsPerChunk);
        for (int slot = chunk * SlotsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.Row(slot);
            row.Clear();
            ReadOnlySpan<int> entries = _entries.Of(slot);
            foreach (int entry in entries)
            {
                (int role, int s) = Math.DivRem(entry, _count);
                float slope = _slopes[s];
                if (role == 0)
                {
                    TensorPrimitives.MultiplyAdd(EmbeddingOf(_nodes[_count + s]), slope, row, row);
                    TensorPrimitives.MultiplyAdd(EmbeddingOf(_nodes[2 * _count + s]), -slope, row, row);
                }
                else
                {
                    TensorPrimitives.MultiplyAdd(EmbeddingOf(_nodes[s]), role == 1 ? slope : -slope, row, row);
                }
            }
            if (_gradient.BaseRows is { } baseRows)
                TensorPrimitives.Multiply(_base!.Row(_gradient.Nodes[slot]), (float)(_l2 * entries.Length / _count), baseRows.Row(slot));
        }
    }
}
