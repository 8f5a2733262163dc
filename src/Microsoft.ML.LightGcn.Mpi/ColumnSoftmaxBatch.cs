using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// <see cref="SampledSoftmaxBatch"/> where every process has some columns of the tables. Each gets whole rows of its groups of samples and of all
/// negatives, and compares them; gradients of rows go back as columns.
/// </summary>
/// <remarks>
/// The groups are those of a single process, and their parts of a negative's gradient are added in their order: the result has the same bits for any number
/// of processes. A positive's gradient needs no row: it is a sum of two unit rows, which each process has its columns of, times four numbers.
/// </remarks>
internal sealed class ColumnSoftmaxBatch : BatchLoss
{
    private const int RowsPerChunk = 64;

    private readonly ProcessGroup _processes;
    private readonly ColumnExchange _exchange;
    private readonly BatchGradient _gradient;
    private readonly BatchEntries _entries;
    private readonly ThreadTeam _team;
    private readonly double _l2;
    private readonly int _dimension;
    private readonly SoftmaxSamples _samples;
    private readonly SoftmaxComparer _comparer;
    // Of this process's samples: users, positives, then all negatives; layer-0 embeddings of users and positives where there is L2.
    private readonly Matrix _rows;
    private readonly Matrix? _baseRows;
    // Gradients of users' rows and of negatives, own columns, those of process 0 first.
    private readonly Matrix _gradientColumns;
    // This process's negatives: an item's gradient each.
    private readonly Matrix _negativeRows;
    private readonly SampleTerms[] _terms;
    private readonly int[] _listed, _counts, _termCounts, _firstRows;
    // The slots of negatives, ascending, and for each slot its place among them; -1 for one that is no negative.
    private readonly int[] _negativeSlots, _negativeOf;
    private int _negativeSlotCount;
    private float[] _partsToSend = [], _parts = [];

    public ColumnSoftmaxBatch(
        SampleSource source, BatchGradient gradient, TrainingPlan plan, ProcessGroup processes, ColumnExchange exchange, ThreadTeam team)
    {
        SampledSoftmaxObjective objective = (SampledSoftmaxObjective)plan.Settings.Objective;
        _processes = processes;
        _exchange = exchange;
        _gradient = gradient;
        _team = team;
        _l2 = plan.Settings.BatchL2;
        _dimension = plan.Settings.EmbeddingDimension;
        _samples = new SoftmaxSamples(source, plan, team);
        int share = ShareCapacity(plan, processes.Count), capacity = plan.BatchCapacity, negatives = plan.NegativeCount;
        _comparer = new SoftmaxComparer(_samples, objective, _dimension, share, GroupCapacity(processes.Count));
        _entries = new BatchEntries(gradient, 2 * capacity + negatives);
        _rows = new Matrix(2 * share + negatives, _dimension);
        _baseRows = _l2 > 0 ? new Matrix(2 * share, _dimension) : null;
        _gradientColumns = new Matrix(capacity + negatives, gradient.Rows.ColumnCount);
        _negativeRows = new Matrix((negatives + processes.Count - 1) / processes.Count, _dimension);
        _terms = new SampleTerms[capacity];
        _listed = new int[2 * capacity + processes.Count * negatives];
        _counts = new int[processes.Count];
        _termCounts = new int[processes.Count];
        _firstRows = new int[processes.Count];
        _negativeSlots = new int[negatives];
        _negativeOf = new int[gradient.Rows.RowCount];
    }

    /// <summary>The maximum number of samples that a process compares.</summary>
    public static int ShareCapacity(TrainingPlan plan, int processCount)
    {
        int capacity = plan.BatchCapacity, groups = SoftmaxSamples.GroupCountOf(capacity);
        // A smaller batch may have fewer and larger groups, of at most a tile.
        return Math.Min(capacity, (groups + processCount - 1) / processCount * Math.Max(SoftmaxSamples.SamplesPerTile, (capacity + groups - 1) / groups));
    }

    /// <summary>The maximum number of groups that a process compares.</summary>
    public static int GroupCapacity(int processCount) => (SoftmaxSamples.MaximumGroupCount + processCount - 1) / processCount;

    private int OwnColumns => _gradient.Rows.ColumnCount;

    public override void Draw(long firstSample, int count)
    {
        _samples.Draw(firstSample, count);
        _entries.Assign(_samples.Nodes);
        FindNegatives();
    }

    public override double Compute(Matrix embeddings)
    {
        (int firstGroup, int endGroup) = _processes.OwnShareOf(_samples.GroupCount);
        (int first, int end) = SamplesOf(_processes.Rank);
        TakeRows(embeddings, first, end, firstGroup);
        _team.Run(endGroup - firstGroup, group => _comparer.Compare(firstGroup + group));
        SumNegatives(firstGroup, endGroup);
        ShareTerms(first, end);
        ShareGradients(first, end);
        _team.Run(Chunks(_gradient.Count), chunk => Gather(chunk, embeddings));
        double sum = 0;
        foreach (ref readonly SampleTerms terms in _terms.AsSpan(0, _samples.Count))
            sum += terms.Loss;
        return sum / _samples.Count;
    }

    private static int Chunks(int rows) => (rows + RowsPerChunk - 1) / RowsPerChunk;

    /// <summary>The samples that a process compares.</summary>
    private (int First, int End) SamplesOf(int rank)
    {
        (int firstGroup, int endGroup) = _processes.ShareOf(_samples.GroupCount, rank);
        return (_samples.FirstOf(firstGroup), _samples.FirstOf(endGroup));
    }

    /// <summary>The entries of a slot as a negative: its places among the negatives come after all samples.</summary>
    private ReadOnlySpan<int> NegativeEntries(int slot)
    {
        ReadOnlySpan<int> entries = _entries.Of(slot);
        int asSample = entries.Length;
        while (asSample > 0 && entries[asSample - 1] >= 2 * _samples.Count)
            asSample--;
        return entries[asSample..];
    }

    private void FindNegatives()
    {
        _negativeSlotCount = 0;
        for (int slot = 0; slot < _gradient.Count; slot++)
        {
            bool isNegative = !NegativeEntries(slot).IsEmpty;
            _negativeOf[slot] = isNegative ? _negativeSlotCount : -1;
            if (isNegative)
                _negativeSlots[_negativeSlotCount++] = slot;
        }
    }

    private void TakeRows(Matrix embeddings, int first, int end, int firstGroup)
    {
        ReadOnlySpan<int> nodes = _samples.Nodes, slotOf = _gradient.SlotOf;
        foreach (ref int row in ListRows(nodes[(2 * _samples.Count)..]))
            row = slotOf[row];
        _exchange.ToRows(_gradient.Embeddings, _listed, _counts, _rows);
        if (_baseRows is not null)
        {
            ListRows([]);
            _exchange.ToRows(embeddings, _listed, _counts, _baseRows);
        }
        _comparer.Begin(firstGroup);
        int own = end - first;
        _team.Run(Chunks(own), chunk =>
        {
            for (int s = chunk * RowsPerChunk; s < Math.Min(own, (chunk + 1) * RowsPerChunk); s++)
            {
                double penalty = _baseRows is null ? 0 : SampledSoftmaxBatch.Penalty(_l2, _baseRows.Row(s), _baseRows.Row(own + s));
                _comparer.TakeSample(first + s, _rows.PaddedRow(s), _rows.PaddedRow(own + s), penalty);
            }
        });
        _team.Run(Chunks(_samples.NegativeCount), chunk =>
        {
            for (int place = chunk * RowsPerChunk; place < Math.Min(_samples.NegativeCount, (chunk + 1) * RowsPerChunk); place++)
                _comparer.TakeNegative(place, _rows.PaddedRow(2 * own + place));
        });
    }

    /// <summary>Lists the nodes of each process's users and positives, and some that all need.</summary>
    private Span<int> ListRows(ReadOnlySpan<int> ofAll)
    {
        ReadOnlySpan<int> nodes = _samples.Nodes;
        int next = 0;
        for (int rank = 0; rank < _counts.Length; rank++)
        {
            (int first, int end) = SamplesOf(rank);
            nodes[first..end].CopyTo(_listed.AsSpan(next));
            nodes[(_samples.Count + first)..(_samples.Count + end)].CopyTo(_listed.AsSpan(next + end - first));
            ofAll.CopyTo(_listed.AsSpan(next + 2 * (end - first)));
            _counts[rank] = 2 * (end - first) + ofAll.Length;
            next += _counts[rank];
        }
        return _listed.AsSpan(0, next);
    }

    /// <summary>Gives each process all groups' parts of its share of the negatives, and adds up this process's.</summary>
    private void SumNegatives(int firstGroup, int endGroup)
    {
        int groups = endGroup - firstGroup, firstPlace = 2 * _samples.Count, sent = 0;
        int[] sendCounts = new int[_processes.Count], receiveCounts = new int[_processes.Count];
        (int ownFirst, int ownEnd) = _processes.OwnShareOf(_negativeSlotCount);
        int ownPlaces = PlacesOf(ownFirst, ownEnd);
        if (_partsToSend.Length < groups * _samples.NegativeCount * _dimension)
            _partsToSend = GC.AllocateUninitializedArray<float>(groups * _samples.NegativeCount * _dimension);
        if (_parts.Length < _samples.GroupCount * ownPlaces * _dimension)
            _parts = GC.AllocateUninitializedArray<float>(_samples.GroupCount * ownPlaces * _dimension);
        for (int rank = 0; rank < sendCounts.Length; rank++)
        {
            (int first, int end) = _processes.ShareOf(_negativeSlotCount, rank);
            int start = sent;
            for (int group = firstGroup; group < endGroup; group++)
            {
                for (int n = first; n < end; n++)
                {
                    foreach (int entry in NegativeEntries(_negativeSlots[n]))
                    {
                        _comparer.NegativeGradient(group, entry - firstPlace)[.._dimension].CopyTo(_partsToSend.AsSpan(sent));
                        sent += _dimension;
                    }
                }
            }
            (int firstOfRank, int endOfRank) = _processes.ShareOf(_samples.GroupCount, rank);
            (sendCounts[rank], receiveCounts[rank]) = (sent - start, (endOfRank - firstOfRank) * ownPlaces * _dimension);
        }
        int received = _samples.GroupCount * ownPlaces * _dimension;
        _processes.Exchange<float>(_partsToSend.AsSpan(0, sent), sendCounts, _parts.AsSpan(0, received), receiveCounts);

        for (int n = ownFirst, place = 0; n < ownEnd; n++)
        {
            Span<float> row = _negativeRows.PaddedRow(n - ownFirst);
            row.Clear();
            ReadOnlySpan<int> entries = NegativeEntries(_negativeSlots[n]);
            for (int e = 0; e < entries.Length; e++, place++)
            {
                for (int group = 0; group < _samples.GroupCount; group++)
                    TensorPrimitives.Add(row[.._dimension], _parts.AsSpan((group * ownPlaces + place) * _dimension, _dimension), row[.._dimension]);
            }
            _comparer.NegativeToEmbedding(entries[0] - firstPlace, row);
        }
    }

    private int PlacesOf(int first, int end)
    {
        int places = 0;
        for (int n = first; n < end; n++)
            places += NegativeEntries(_negativeSlots[n]).Length;
        return places;
    }

    private void ShareTerms(int first, int end)
    {
        for (int rank = 0; rank < _termCounts.Length; rank++)
        {
            (int start, int stop) = SamplesOf(rank);
            _termCounts[rank] = stop - start;
        }
        for (int s = 0; s < end - first; s++)
            _terms[first + s] = new SampleTerms(
                _comparer.Losses[s], _comparer.UserInverseNorms[s], _comparer.PositiveInverseNorms[s], _comparer.PositiveCosines[s],
                _comparer.PositiveSlopes[s]);
        _processes.Gather<SampleTerms>(_terms.AsSpan(first..end), _terms.AsSpan(0, _samples.Count), _termCounts);
    }

    /// <summary>Takes the gradients of users' rows and of negatives from rows to columns.</summary>
    private void ShareGradients(int first, int end)
    {
        int next = 0;
        for (int rank = 0; rank < _counts.Length; rank++)
        {
            (int firstNegative, int endNegative) = _processes.ShareOf(_negativeSlotCount, rank);
            _firstRows[rank] = next;
            _counts[rank] = _termCounts[rank] + endNegative - firstNegative;
            next += _counts[rank];
        }
        int own = end - first;
        _exchange.ToColumns(n => n < own ? _comparer.UserGradient(first + n) : _negativeRows.Row(n - own), _counts, _gradientColumns);
    }

    /// <summary>Sums each node's gradient in the order of a single process: its parts as a negative, then as a user or a positive.</summary>
    private void Gather(int chunk, Matrix embeddings)
    {
        int count = _samples.Count, end = Math.Min(_gradient.Count, (chunk + 1) * RowsPerChunk);
        Span<float> user = stackalloc float[_gradient.Rows.Stride], positive = stackalloc float[_gradient.Rows.Stride];
        for (int slot = chunk * RowsPerChunk; slot < end; slot++)
        {
            Span<float> row = _gradient.Rows.PaddedRow(slot);
            if (_negativeOf[slot] is var negative and >= 0)
                _gradientColumns.PaddedRow(RowOfNegative(negative)).CopyTo(row);
            else
                row.Clear();
            ReadOnlySpan<int> entries = _entries.Of(slot);
            int asSample = entries.Length - NegativeEntries(slot).Length;
            foreach (int entry in entries[..asSample])
            {
                if (entry < count)
                {
                    TensorPrimitives.Add(_gradientColumns.PaddedRow(RowOfSample(entry)), row, row);
                    continue;
                }
                int sample = entry - count;
                ref readonly SampleTerms terms = ref _terms[sample];
                TensorPrimitives.Multiply(_gradient.EmbeddingOf(_samples.User(sample)), terms.UserInverseNorm, user);
                TensorPrimitives.Multiply(_gradient.EmbeddingOf(_samples.Positive(sample)), terms.PositiveInverseNorm, positive);
                SoftmaxComparer.AddPositive(user, positive, terms.PositiveSlope, terms.PositiveCosine, terms.PositiveInverseNorm, row);
            }
            if (_gradient.BaseRows is { } baseRows)
                TensorPrimitives.Multiply(embeddings.PaddedRow(_gradient.Nodes[slot]), (float)(_l2 * asSample / count), baseRows.PaddedRow(slot));
        }
    }

    private int RowOfSample(int sample)
    {
        int rank = 0, first = 0;
        while (sample >= first + _termCounts[rank])
            first += _termCounts[rank++];
        return _firstRows[rank] + sample - first;
    }

    private int RowOfNegative(int negative)
    {
        int rank = 0;
        while (negative >= _processes.ShareOf(_negativeSlotCount, rank).End)
            rank++;
        return _firstRows[rank] + _termCounts[rank] + negative - _processes.ShareOf(_negativeSlotCount, rank).First;
    }

    /// <summary>What every process needs of a sample.</summary>
    private readonly record struct SampleTerms(
        double Loss, float UserInverseNorm, float PositiveInverseNorm, float PositiveCosine, float PositiveSlope);
}
