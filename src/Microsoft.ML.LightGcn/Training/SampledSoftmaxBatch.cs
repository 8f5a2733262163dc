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
/// <remarks>The groups' parts of the negatives' gradient are summed in order: results do not depend on the number of threads.</remarks>
internal sealed class SampledSoftmaxBatch : BatchLoss
{
    private const int RowsPerChunk = 64;
    private const int LookAhead = 8;

    private readonly BatchGradient _gradient;
    private readonly BatchEntries _entries;
    private readonly ThreadTeam _team;
    private readonly double _l2;
    private readonly SoftmaxSamples _samples;
    private readonly SoftmaxComparer _comparer;
    private readonly Action<int> _takeSamples, _takeNegatives, _compare, _gather;
    private Matrix? _base;

    /// <param name="source">Draws the samples.</param>
    /// <param name="gradient">Receives the gradient; room for 2 nodes a sample and the negatives.</param>
    /// <param name="plan">Graph, batch size, objective and L2.</param>
    /// <param name="team">The threads.</param>
    /// <param name="room">Where what is compared lies; null for memory of its own.</param>
    public SampledSoftmaxBatch(SampleSource source, BatchGradient gradient, TrainingPlan plan, ThreadTeam team, MatrixRoom? room = null)
    {
        _gradient = gradient;
        _team = team;
        _l2 = plan.Settings.BatchL2;
        _samples = new SoftmaxSamples(source, plan, team);
        _comparer = new SoftmaxComparer(
            _samples, (SampledSoftmaxObjective)plan.Settings.Objective, gradient.Rows.ColumnCount, plan.BatchCapacity, SoftmaxSamples.MaximumGroupCount,
            room);
        _entries = new BatchEntries(gradient, 2 * plan.BatchCapacity + plan.NegativeCount);
        _takeSamples = TakeSamples;
        _takeNegatives = TakeNegatives;
        _compare = _comparer.Compare;
        _gather = Gather;
    }

    public override void Draw(long firstSample, int count)
    {
        _samples.Draw(firstSample, count);
        _entries.Assign(_samples.Nodes);
    }

    public override double Compute(Matrix embeddings)
    {
        _base = embeddings;
        _comparer.Begin(0);
        _team.Run(Chunks(_samples.Count), _takeSamples);
        _team.Run(Chunks(_samples.NegativeCount), _takeNegatives);
        _team.Run(_samples.GroupCount, _compare);
        _team.Run(Chunks(_gradient.Count), _gather);
        double sum = 0;
        foreach (double loss in _comparer.Losses[.._samples.Count])
            sum += loss;
        return sum / _samples.Count;
    }

    private static int Chunks(int rows) => (rows + RowsPerChunk - 1) / RowsPerChunk;

    private void TakeSamples(int chunk)
    {
        int end = Math.Min(_samples.Count, (chunk + 1) * RowsPerChunk);
        for (int s = chunk * RowsPerChunk; s < end; s++)
        {
            // Rows lie far apart: those of one of the next samples are asked for.
            int ahead = Math.Min(s + LookAhead, end - 1);
            CacheLines.Fetch<float>(_gradient.EmbeddingOf(_samples.User(ahead)));
            CacheLines.Fetch<float>(_gradient.EmbeddingOf(_samples.Positive(ahead)));
            int user = _samples.User(s), positive = _samples.Positive(s);
            double penalty = _l2 > 0 ? Penalty(_l2, _base!.Row(user), _base.Row(positive)) : 0;
            _comparer.TakeSample(s, _gradient.EmbeddingOf(user), _gradient.EmbeddingOf(positive), penalty);
        }
    }

    /// <summary>l2 / 2 times the squared lengths of a sample's layer-0 embeddings, without padding.</summary>
    public static double Penalty(double l2, ReadOnlySpan<float> user, ReadOnlySpan<float> positive) =>
        l2 / 2 * (TensorPrimitives.SumOfSquares(user) + TensorPrimitives.SumOfSquares(positive));

    private void TakeNegatives(int chunk)
    {
        int end = Math.Min(_samples.NegativeCount, (chunk + 1) * RowsPerChunk);
        for (int place = chunk * RowsPerChunk; place < end; place++)
            _comparer.TakeNegative(place, _gradient.EmbeddingOf(_samples.Negative(place)));
    }

    /// <summary>Sums each node's gradient: its parts as a negative, then as a user or a positive.</summary>
    private void Gather(int chunk)
    {
        int count = _samples.Count, end = Math.Min(_gradient.Count, (chunk + 1) * RowsPerChunk);
        for (int slot = chunk * RowsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.PaddedRow(slot);
            row.Clear();
            ReadOnlySpan<int> entries = _entries.Of(slot);
            int asSample = entries.Length;
            while (asSample > 0 && entries[asSample - 1] >= 2 * count)
                asSample--;
            GatherNegatives(entries[asSample..], row);
            foreach (int entry in entries[..asSample])
            {
                if (entry < count)
                    TensorPrimitives.Add(_comparer.UserGradient(entry), row, row);
                else
                    _comparer.AddPositive(entry - count, row);
            }
            if (_gradient.BaseRows is { } baseRows)
                TensorPrimitives.Multiply(_base!.PaddedRow(_gradient.Nodes[slot]), (float)(_l2 * asSample / count), baseRows.PaddedRow(slot));
        }
    }

    private void GatherNegatives(ReadOnlySpan<int> entries, Span<float> row)
    {
        if (entries.IsEmpty)
            return;
        int firstNegative = 2 * _samples.Count;
        foreach (int entry in entries)
        {
            for (int group = 0; group < _samples.GroupCount; group++)
                TensorPrimitives.Add(row, _comparer.NegativeGradient(group, entry - firstNegative), row);
        }
        // All places of an item have the same unit row.
        _comparer.NegativeToEmbedding(entries[0] - firstNegative, row);
    }
}
