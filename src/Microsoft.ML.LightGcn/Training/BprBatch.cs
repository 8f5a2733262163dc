using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// One batch of Bayesian personalised ranking: loss = mean of softplus(-(e_u . e_p - e_u . e_n)) over the samples, plus
/// l2 / 2 times the mean of |E0_u|^2 + |E0_p|^2 + |E0_n|^2, and its gradient with respect to the propagated embeddings.
/// </summary>
/// <remarks>
/// Samples are computed independently, then each touched node sums its own contributions in sample order: no atomics, and
/// results do not depend on the number of threads. A sample without a negative (its user has every item) counts as zero.
/// </remarks>
internal sealed class BprBatch
{
    private const int SamplesPerChunk = 128;
    private const int SlotsPerChunk = 64;

    private readonly SampleSource _source;
    private readonly BatchGradient _gradient;
    private readonly ThreadTeam _team;
    private readonly int _userCount;
    private readonly double _l2;

    private readonly int[] _users, _positives, _negatives;
    private readonly float[] _slopes;
    private readonly double[] _losses;
    private readonly int[] _slotOffsets, _slotEntries;
    private readonly Action<int> _draw, _compare, _gather;

    private EmbeddingTable? _base, _embeddings;
    private long _firstSample;
    private int _count;

    /// <param name="source">Draws the samples.</param>
    /// <param name="gradient">Receives the gradient; room for 3 nodes a sample.</param>
    /// <param name="userCount">Item i is node userCount + i.</param>
    /// <param name="capacity">The greatest number of samples.</param>
    /// <param name="l2">L2 on the batch's layer-0 embeddings.</param>
    /// <param name="team">The threads.</param>
    public BprBatch(SampleSource source, BatchGradient gradient, int userCount, int capacity, double l2, ThreadTeam team)
    {
        _source = source;
        _gradient = gradient;
        _team = team;
        _userCount = userCount;
        _l2 = l2;
        _users = new int[capacity];
        _positives = new int[capacity];
        _negatives = new int[capacity];
        _slopes = new float[capacity];
        _losses = new double[capacity];
        _slotOffsets = new int[gradient.Rows.RowCount + 1];
        _slotEntries = new int[3 * capacity];
        _draw = Draw;
        _compare = Compare;
        _gather = Gather;
    }

    /// <summary>Draws samples firstSample to firstSample + count - 1, fills the gradient and returns the loss.</summary>
    /// <param name="embeddings">Layer-0 embeddings, for the L2.</param>
    /// <param name="propagated">Propagated embeddings.</param>
    /// <param name="firstSample">Number of the first sample, from the start of training.</param>
    /// <param name="count">Number of samples.</param>
    public double Compute(EmbeddingTable embeddings, EmbeddingTable propagated, long firstSample, int count)
    {
        (_base, _embeddings, _firstSample, _count) = (embeddings, propagated, firstSample, count);
        int chunks = (count + SamplesPerChunk - 1) / SamplesPerChunk;
        _team.Run(chunks, _draw);
        AssignSlots();
        _team.Run(chunks, _compare);
        _team.Run((_gradient.Count + SlotsPerChunk - 1) / SlotsPerChunk, _gather);
        double sum = 0;
        foreach (double loss in _losses.AsSpan(0, count))
            sum += loss;
        return sum / count;
    }

    private void Draw(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * SamplesPerChunk);
        for (int s = chunk * SamplesPerChunk; s < end; s++)
        {
            (int user, int positive, int negative) = _source.Draw(_firstSample + s);
            _users[s] = user;
            _positives[s] = _userCount + positive;
            _negatives[s] = negative < 0 ? -1 : _userCount + negative;
        }
    }

    /// <summary>Gives every touched node a slot and sorts the batch's entries (3 s + role) by slot, in sample order.</summary>
    private void AssignSlots()
    {
        _gradient.Clear();
        Array.Clear(_slotOffsets);
        for (int s = 0; s < _count; s++)
        {
            if (_negatives[s] < 0)
                continue;
            _slotOffsets[_gradient.AddNode(_users[s])]++;
            _slotOffsets[_gradient.AddNode(_positives[s])]++;
            _slotOffsets[_gradient.AddNode(_negatives[s])]++;
        }
        int start = 0;
        for (int slot = 0; slot < _gradient.Count; slot++)
        {
            int entries = _slotOffsets[slot];
            _gradient.BaseDecay[slot] = (float)(_l2 * entries / _count);
            start += entries;
            _slotOffsets[slot] = start;
        }
        _slotOffsets[_gradient.Count] = start;
        // Filled from the back, so that the ends become the starts and each slot keeps sample order.
        ReadOnlySpan<int> slotOf = _gradient.SlotOf;
        for (int s = _count - 1; s >= 0; s--)
        {
            if (_negatives[s] < 0)
                continue;
            _slotEntries[--_slotOffsets[slotOf[_negatives[s]]]] = 3 * s + 2;
            _slotEntries[--_slotOffsets[slotOf[_positives[s]]]] = 3 * s + 1;
            _slotEntries[--_slotOffsets[slotOf[_users[s]]]] = 3 * s;
        }
    }

    private void Compare(int chunk)
    {
        int end = Math.Min(_count, (chunk + 1) * SamplesPerChunk);
        for (int s = chunk * SamplesPerChunk; s < end; s++)
        {
            if (_negatives[s] < 0)
            {
                _losses[s] = 0;
                continue;
            }
            ReadOnlySpan<float> user = _embeddings!.Row(_users[s]);
            double difference = TensorPrimitives.Dot(user, _embeddings.Row(_positives[s])) - (double)TensorPrimitives.Dot(user, _embeddings.Row(_negatives[s]));
            // softplus(-x) and its slope -sigmoid(-x), both without overflow.
            double tail = Math.Exp(-Math.Abs(difference));
            _losses[s] = Math.Max(-difference, 0) + Math.Log(1 + tail);
            _slopes[s] = (float)(-(difference >= 0 ? tail : 1) / (1 + tail) / _count);
            if (_l2 > 0)
                _losses[s] += _l2 / 2 * (SquaredNorm(_users[s]) + SquaredNorm(_positives[s]) + SquaredNorm(_negatives[s]));
        }
    }

    private double SquaredNorm(int node) => TensorPrimitives.SumOfSquares<float>(_base!.Row(node));

    private void Gather(int chunk)
    {
        int end = Math.Min(_gradient.Count, (chunk + 1) * SlotsPerChunk);
        for (int slot = chunk * SlotsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.Row(slot);
            row.Clear();
            foreach (int entry in _slotEntries.AsSpan(_slotOffsets[slot].._slotOffsets[slot + 1]))
            {
                (int s, int role) = Math.DivRem(entry, 3);
                float slope = _slopes[s];
                if (role == 0)
                {
                    TensorPrimitives.MultiplyAdd(_embeddings!.Row(_positives[s]), slope, row, row);
                    TensorPrimitives.MultiplyAdd(_embeddings.Row(_negatives[s]), -slope, row, row);
                }
                else
                {
                    TensorPrimitives.MultiplyAdd(_embeddings!.Row(_users[s]), role == 1 ? slope : -slope, row, row);
                }
            }
        }
    }
}
