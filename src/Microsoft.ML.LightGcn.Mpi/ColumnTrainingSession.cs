using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// A training session of which every process has some columns of all tables. Propagation and Adam work on each column by itself, so that steps of theirs
/// need no messages; losses do (<see cref="ColumnSoftmaxBatch"/>, <see cref="ColumnBprBatch"/>). Every method is called by all processes.
/// </summary>
internal sealed class ColumnTrainingSession : ITrainingSession
{
    // Rows that pass between processes at once: about 16 MB.
    private const int PartLength = 1 << 22;

    private readonly TrainingPlan _plan;
    private readonly ProcessGroup _processes;
    private readonly ColumnLayout _columns;
    private readonly CpuTrainingSession _own;
    private readonly ItemScale? _itemScale;
    private readonly int[] _counts;
    private readonly float[] _ownPart, _part;

    /// <param name="plan">Graph and settings.</param>
    /// <param name="embeddings">This process's columns of the layer-0 embeddings to start with; taken over.</param>
    /// <param name="columns">Whose columns are whose.</param>
    /// <param name="processes">The processes.</param>
    public ColumnTrainingSession(TrainingPlan plan, Matrix embeddings, ColumnLayout columns, ProcessGroup processes)
    {
        _plan = plan;
        _processes = processes;
        _columns = columns;
        _counts = new int[processes.Count];
        _ownPart = new float[RowsPerPart * embeddings.ColumnCount];
        _part = new float[RowsPerPart * columns.Dimension];
        _itemScale = ItemScale.Create(plan.Graph, plan.Settings.Objective);
        _own = new CpuTrainingSession(plan, embeddings, (team, _) => CreateLoss(team), batchBytes: 0);
    }

    /// <summary>Bytes that rows take while they pass.</summary>
    public static long PartBytes(TrainingPlan plan, int ownColumns)
    {
        int dimension = plan.Settings.EmbeddingDimension;
        return sizeof(float) * Math.Min(plan.Layout.NodeCount, (long)PartLength / dimension) * (dimension + ownColumns);
    }

    private int RowsPerPart => Math.Max(1, Math.Min(_plan.Layout.NodeCount, PartLength / _columns.Dimension));

    private int OwnColumns => _columns.Count(_processes.Rank);

    public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
    {
        for (long ran = 0; ran < count; ran++)
        {
            if (_processes.Any(stop.IsCancellationRequested))
                return ran;
            _own.RunSteps(first + ran, 1, ref lossSum, CancellationToken.None);
        }
        return count;
    }

    public IItemScorer Propagate(int[] users)
    {
        _own.PropagateComponents();
        NodeLayout layout = _plan.Layout;
        Matrix userRows = new(users.Length, _columns.Dimension), itemRow = new(1, _columns.Dimension);
        RowPanels items = new(layout.ItemCount, _columns.Dimension);
        int next = 0;
        for (int start = 0, end = layout.WithoutAttributes.NodeCount, part; start < end; start += part)
        {
            part = Math.Min(RowsPerPart, end - start);
            GatherRows(TrainingTable.Propagated, start, part);
            for (int row = 0; row < part; row++)
            {
                int node = start + row;
                if (node >= layout.FirstItem)
                {
                    CopyRow(row, part, itemRow.Row(0));
                    _itemScale?.Apply(layout.ItemOf(node), itemRow.PaddedRow(0));
                    items.Set(layout.ItemOf(node), itemRow.Row(0));
                }
                else if (next < users.Length && users[next] == node)
                {
                    CopyRow(row, part, userRows.Row(next++));
                }
            }
        }
        return new FactorScorer(layout.UserCount, users, userRows, items);
    }

    public void KeepBest() => _own.KeepBest();

    public void RestoreBest() => _own.RestoreBest();

    public (NodeTable Base, NodeTable Final) Finish()
    {
        _own.EndSteps();
        UnusedMemory.GiveBack(2 * TrainingMemory.TableBytes(_plan) / _processes.Count);
        _own.PropagateComponents();
        Matrix propagated = new(_plan.Layout.WithoutAttributes.NodeCount, _columns.Dimension);
        ReadWhole(TrainingTable.Propagated, propagated);
        _itemScale?.Apply(propagated, _plan.Layout);
        NodeTable final = new(_plan.Layout.WithoutAttributes, _columns.Dimension, propagated.Compact());
        Matrix layer0 = new(_plan.Layout.NodeCount, _columns.Dimension);
        ReadWhole(TrainingTable.Embeddings, layer0);
        return (new NodeTable(_plan.Layout, _columns.Dimension, layer0.Compact()), final);
    }

    public void FinishInPlace()
    {
        _own.EndSteps();
        UnusedMemory.GiveBack(2 * TrainingMemory.TableBytes(_plan) / _processes.Count);
        _own.PropagateComponents();
    }

    public void ReadRows(TrainingTable table, int firstNode, Span<float> rows)
    {
        int dimension = _columns.Dimension, count = rows.Length / dimension;
        for (int start = 0; start < count; start += RowsPerPart)
        {
            int part = Math.Min(RowsPerPart, count - start);
            GatherRows(table, firstNode + start, part);
            for (int row = 0; row < part; row++)
                CopyRow(row, part, rows.Slice((start + row) * dimension, dimension));
        }
        if (table == TrainingTable.Propagated && _itemScale is not null)
            ScaleItems(firstNode, rows);
    }

    public void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows)
    {
        int dimension = _columns.Dimension, count = rows.Length / dimension, first = _columns.First(_processes.Rank), width = OwnColumns;
        for (int start = 0; start < count; start += RowsPerPart)
        {
            int part = Math.Min(RowsPerPart, count - start);
            for (int row = 0; row < part; row++)
                rows.Slice((start + row) * dimension + first, width).CopyTo(_ownPart.AsSpan(row * width));
            _own.WriteRows(table, firstNode + start, _ownPart.AsSpan(0, part * width));
        }
    }

    public void Dispose() => _own.Dispose();

    private (BatchLoss Loss, BatchGradient Gradient) CreateLoss(ThreadTeam team)
    {
        TrainingSettings settings = _plan.Settings;
        ColumnExchange exchange = new(_processes, _columns, team);
        bool hasBase = settings.BatchL2 > 0;
        switch (settings.Objective)
        {
            case BprObjective bpr:
                BatchGradient gradient = new(_plan.Layout.NodeCount, 3L * _plan.BatchCapacity, OwnColumns, hasBase, replacesEmbeddings: false);
                SampleSource source = new(_plan.Interactions, settings.Positives, bpr.Negatives, settings.Seed);
                return (new ColumnBprBatch(source, gradient, _plan, _processes, exchange, team), gradient);
            case SampledSoftmaxObjective:
                gradient = new BatchGradient(
                    _plan.Layout.NodeCount, 2L * _plan.BatchCapacity + _plan.NegativeCount, OwnColumns, hasBase, replacesEmbeddings: false);
                source = new SampleSource(_plan.Interactions, settings.Positives, NegativeSampling.Uniform, settings.Seed);
                return (new ColumnSoftmaxBatch(source, gradient, _plan, _processes, exchange, team), gradient);
            default:
                throw new NotSupportedException($"The MPI engine does not know the objective {settings.Objective}.");
        }
    }

    private void ReadWhole(TrainingTable table, Matrix target)
    {
        for (int start = 0; start < target.RowCount; start += RowsPerPart)
        {
            int part = Math.Min(RowsPerPart, target.RowCount - start);
            GatherRows(table, start, part);
            for (int row = 0; row < part; row++)
                CopyRow(row, part, target.Row(start + row));
        }
    }

    /// <summary>Scales whole rows of items among others.</summary>
    private void ScaleItems(int firstNode, Span<float> rows)
    {
        int dimension = _columns.Dimension, count = rows.Length / dimension;
        float[] padded = new float[Matrix.StrideOf(dimension)];
        for (int n = Math.Max(0, _plan.Layout.FirstItem - firstNode); n < Math.Min(count, _plan.Layout.FirstAttribute - firstNode); n++)
        {
            Span<float> row = rows.Slice(n * dimension, dimension);
            row.CopyTo(padded);
            _itemScale!.Apply(_plan.Layout.ItemOf(firstNode + n), padded);
            padded.AsSpan(0, dimension).CopyTo(row);
        }
    }

    /// <summary>Gathers all columns of some rows: those of process 0 first.</summary>
    private void GatherRows(TrainingTable table, int firstNode, int count)
    {
        for (int rank = 0; rank < _counts.Length; rank++)
            _counts[rank] = count * _columns.Count(rank);
        Span<float> own = _ownPart.AsSpan(0, count * OwnColumns);
        _own.ReadRows(table, firstNode, own);
        _processes.Gather<float>(own, _part.AsSpan(0, count * _columns.Dimension), _counts);
    }

    private void CopyRow(int row, int count, Span<float> target)
    {
        for (int rank = 0; rank < _counts.Length; rank++)
        {
            int first = _columns.First(rank), width = _columns.Count(rank);
            _part.AsSpan(count * first + row * width, width).CopyTo(target[first..]);
        }
    }
}
