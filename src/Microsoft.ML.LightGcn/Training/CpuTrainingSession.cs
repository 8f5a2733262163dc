using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Runs the steps of the managed engine on tables of all components of the embeddings, or of some.</summary>
internal sealed class CpuTrainingSession : ITrainingSession
{
    private readonly TrainingPlan _plan;
    private readonly ThreadTeam _team;
    private readonly Matrix _propagated;
    private Matrix _embeddings;
    private Matrix? _best;
    private readonly ItemScale? _itemScale;
    private readonly Action<int, int> _updateRows;
    // What ends with training.
    // Steps propagate in the precision asked for; what scores is propagated in float32, as new users and reasons are.
    private Propagation _propagation, _exactPropagation;
    private Matrix _scratch, _firstMoment, _secondMoment;
    private BatchGradient _gradient;
    private BatchLoss _batch;
    private Adam.Step _step;

    /// <param name="plan">Graph and settings.</param>
    /// <param name="embeddings">The layer-0 embeddings to start with; the session takes the matrix over.</param>
    /// <param name="createLoss">Makes the loss for a team of threads, and the gradient that it fills: of as many components as the embeddings.</param>
    public CpuTrainingSession(TrainingPlan plan, Matrix embeddings, Func<ThreadTeam, (BatchLoss Loss, BatchGradient Gradient)> createLoss)
    {
        _plan = plan;
        TrainingSettings settings = plan.Settings;
        int nodes = plan.Layout.NodeCount, dimension = embeddings.ColumnCount;
        _embeddings = embeddings;
        _propagated = new Matrix(nodes, dimension);
        _firstMoment = new Matrix(nodes, dimension);
        _secondMoment = new Matrix(nodes, dimension);
        _team = new ThreadTeam(settings.ThreadCount);
        try
        {
            _scratch = new Matrix(nodes, dimension);
            _exactPropagation = new Propagation(plan.Graph, settings.LayerWeights, _scratch, _team);
            _propagation = settings.PropagationPrecision == PropagationPrecision.Float32
                ? _exactPropagation
                : new Propagation(plan.Graph, settings.LayerWeights, _scratch, _team, settings.PropagationPrecision);
            (_batch, _gradient) = createLoss(_team);
            _itemScale = ItemScale.Create(plan.Graph, settings.Objective);
            _updateRows = UpdateRows;
        }
        catch
        {
            _team.Dispose();
            throw;
        }
    }

    public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
    {
        for (long ran = 0; ran < count; ran++)
        {
            if (stop.IsCancellationRequested)
                return ran;
            (long sample, int samples) = _plan.SamplesOf(first + ran);
            _batch.Draw(sample, samples);
            _propagation.Forward(_embeddings, _propagated, _gradient);
            lossSum += _batch.Compute(_embeddings, _propagated);
            _step = _plan.AdamStep(first + ran);
            // The propagated embeddings are no longer needed: their table takes the gradient.
            _propagation.Backward(_gradient, _propagated, _updateRows);
        }
        return count;
    }

    public IItemScorer Propagate(int[] users)
    {
        PropagateToScore();
        // Between steps nobody needs the scratch table.
        return new FactorScorer(_propagated, _plan.Layout, _scratch);
    }

    public void KeepBest() => _embeddings.Padded.CopyTo(TableOf(TrainingTable.Best).Padded);

    public void RestoreBest() => (_embeddings, _best) = (_best!, null);

    /// <summary>Propagates the current embeddings, without the scale of items: valid until the next call of this session.</summary>
    public Matrix PropagateComponents()
    {
        _exactPropagation.Forward(_embeddings, _propagated);
        return _propagated;
    }

    /// <summary>Gives back what ends with the steps. The embeddings stay, and can be propagated once more.</summary>
    public void EndSteps() => (_firstMoment, _secondMoment, _gradient, _batch) = (null!, null!, null!, null!);

    public (NodeTable Base, NodeTable Final) Finish()
    {
        EndSteps();
        PropagateToScore();
        (_propagation, _exactPropagation, _scratch) = (null!, null!, null!);
        UnusedMemory.GiveBack(3L * _embeddings.Padded.Length * sizeof(float));
        int dimension = _embeddings.ColumnCount;
        NodeLayout entities = _plan.Layout.WithoutAttributes;
        // No copies: at the end of training memory is at its fullest.
        return (
            new NodeTable(_plan.Layout, dimension, _embeddings.Compact()),
            new NodeTable(entities, dimension, _propagated.Compact()[..(entities.NodeCount * dimension)]));
    }

    public void FinishInPlace()
    {
        EndSteps();
        UnusedMemory.GiveBack(2L * _embeddings.Padded.Length * sizeof(float));
        PropagateToScore();
    }

    public void ReadRows(TrainingTable table, int firstNode, Span<float> rows)
    {
        Matrix source = TableOf(table);
        int dimension = source.ColumnCount;
        for (int row = 0; row < rows.Length / dimension; row++)
            source.Row(firstNode + row).CopyTo(rows[(row * dimension)..]);
    }

    public void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows)
    {
        Matrix target = TableOf(table);
        int dimension = target.ColumnCount;
        for (int row = 0; row < rows.Length / dimension; row++)
            rows.Slice(row * dimension, dimension).CopyTo(target.Row(firstNode + row));
    }

    public void Dispose() => _team.Dispose();

    private Matrix TableOf(TrainingTable table) => table switch
    {
        TrainingTable.Embeddings => _embeddings,
        TrainingTable.FirstMoment => _firstMoment,
        TrainingTable.SecondMoment => _secondMoment,
        TrainingTable.Best => _best ??= new Matrix(_embeddings.RowCount, _embeddings.ColumnCount),
        _ => _propagated,
    };

    private void PropagateToScore()
    {
        PropagateComponents();
        _itemScale?.Apply(_propagated, _plan.Layout);
    }

    /// <summary>Adam on a chunk of nodes whose layer-0 gradient has just been written.</summary>
    private void UpdateRows(int start, int end)
    {
        if (_gradient.BaseRows is { } baseRows)
        {
            ReadOnlySpan<int> slotOf = _gradient.SlotOf;
            for (int node = start; node < end; node++)
            {
                if (slotOf[node] >= 0)
                    TensorPrimitives.Add(_propagated.Row(node), baseRows.Row(slotOf[node]), _propagated.Row(node));
            }
        }
        int count = end - start;
        Adam.Update(
            _embeddings.PaddedRows(start, count),
            _propagated.PaddedRows(start, count),
            _firstMoment.PaddedRows(start, count),
            _secondMoment.PaddedRows(start, count),
            _step);
    }
}