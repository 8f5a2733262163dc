using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// <see cref="BprBatch"/> where every process has some columns of the tables: each compares its share of the samples by whole rows, and all get the
/// slopes. The gradient is a sum of rows times slopes, which each process adds up for its own columns.
/// </summary>
internal sealed class ColumnBprBatch : BprBatch
{
    private const int NodesPerSample = 3;

    private readonly ProcessGroup _processes;
    private readonly ColumnExchange _exchange;
    private readonly BatchGradient _gradient;
    private readonly double _l2;
    private readonly int[] _rows, _counts;
    private readonly Matrix _shareRows;
    private readonly Matrix? _shareBaseRows;

    public ColumnBprBatch(
        SampleSource source, BatchGradient gradient, TrainingPlan plan, ProcessGroup processes, ColumnExchange exchange, ThreadTeam team)
        : base(source, gradient, plan, team)
    {
        _processes = processes;
        _exchange = exchange;
        _gradient = gradient;
        _l2 = plan.Settings.BatchL2;
        _rows = new int[NodesPerSample * plan.BatchCapacity];
        _counts = new int[processes.Count];
        int share = RowCapacity(plan, processes.Count);
        _shareRows = new Matrix(share, plan.Settings.EmbeddingDimension);
        _shareBaseRows = _l2 > 0 ? new Matrix(share, plan.Settings.EmbeddingDimension) : null;
    }

    /// <summary>The maximum number of whole rows that a process gets.</summary>
    public static int RowCapacity(TrainingPlan plan, int processCount) => NodesPerSample * ((plan.BatchCapacity + processCount - 1) / processCount);

    protected override void Compare(Matrix embeddings)
    {
        int count = Slopes.Length, next = 0;
        int[] samples = new int[_processes.Count];
        for (int rank = 0; rank < _counts.Length; rank++)
        {
            (int start, int stop) = _processes.ShareOf(count, rank);
            for (int role = 0; role < NodesPerSample; role++)
            {
                // A sample that counts as zero has no nodes, and any row will do.
                foreach (int node in Nodes[(role * count + start)..(role * count + stop)])
                    _rows[next++] = Math.Max(0, node);
            }
            samples[rank] = stop - start;
            _counts[rank] = NodesPerSample * (stop - start);
        }
        if (_shareBaseRows is not null)
            _exchange.ToRows(embeddings, _rows, _counts, _shareBaseRows);
        ReadOnlySpan<int> slotOf = _gradient.SlotOf;
        foreach (ref int row in _rows.AsSpan(0, next))
            row = Math.Max(0, slotOf[row]);
        _exchange.ToRows(_gradient.Embeddings, _rows, _counts, _shareRows);

        (int first, int end) = _processes.OwnShareOf(count);
        int own = end - first;
        for (int s = 0; s < own; s++)
        {
            if (Nodes[first + s] < 0)
            {
                Losses[first + s] = 0;
                continue;
            }
            (Losses[first + s], Slopes[first + s]) = Terms(_shareRows.Row(s), _shareRows.Row(own + s), _shareRows.Row(2 * own + s), count);
            if (_shareBaseRows is not null)
                Losses[first + s] += Penalty(_l2, _shareBaseRows.Row(s), _shareBaseRows.Row(own + s), _shareBaseRows.Row(2 * own + s));
        }
        _processes.Gather<float>(Slopes[first..end], Slopes, samples);
        _processes.Gather<double>(Losses[first..end], Losses, samples);
    }
}
