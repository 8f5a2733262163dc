using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Runs the steps of the managed engine on tables of all components of the embeddings, or of some.</summary>
internal sealed class CpuTrainingSession : ITrainingSession
{
    private readonly TrainingPlan _plan;
    private readonly ThreadTeam _team;
    private readonly Func<ThreadTeam, MatrixRoom?, (BatchLoss Loss, BatchGradient Gradient)> _createLoss;
    private readonly ItemScale? _itemScale;
    private readonly Propagation.RowsAction _updateRows;
    private Matrix _embeddings;
    private Matrix? _best;
    // All propagated embeddings. Steps need no such table, unless they propagate several layers in float32.
    private Matrix? _propagated;
    // What ends with training.
    // Steps propagate in the precision asked for; what scores is propagated in float32, as new users and reasons are.
    private Propagation _propagation, _exactPropagation;
    private Matrix _scratch, _firstMoment, _secondMoment;
    private Adam.Step _step;
    // What a step fills. In the steps it lies in the room; between the epochs the propagated embeddings do.
    private (BatchLoss Loss, BatchGradient Gradient)? _batch;
    private MatrixRoom? _room;

    /// <param name="plan">Graph and settings.</param>
    /// <param name="embeddings">The layer-0 embeddings to start with; the session takes the matrix over.</param>
    /// <param name="createLoss">
    /// Makes the loss for a team of threads, and the gradient that it fills: of as many components as the embeddings. With a room it is called again after
    /// each validation.
    /// </param>
    /// <param name="batchBytes">
    /// What a batch's matrices take of a room, where the propagated embeddings lie between the epochs; 0 where each has memory of its own.
    /// </param>
    public CpuTrainingSession(
        TrainingPlan plan,
        Matrix embeddings,
        Func<ThreadTeam, MatrixRoom?, (BatchLoss Loss, BatchGradient Gradient)> createLoss,
        long batchBytes)
    {
        _plan = plan;
        _createLoss = createLoss;
        _room = batchBytes > 0 ? new MatrixRoom(batchBytes / sizeof(float) + MatrixRoom.Rounding) : null;
        TrainingSettings settings = plan.Settings;
        int nodes = plan.Layout.NodeCount, dimension = embeddings.ColumnCount;
        _embeddings = embeddings;
        _firstMoment = new Matrix(nodes, dimension);
        _secondMoment = new Matrix(nodes, dimension);
        _team = new ThreadTeam(settings.ThreadCount);
        try
        {
            _scratch = new Matrix(nodes, dimension);
            _propagated = StepsNeedTable(settings) ? new Matrix(nodes, dimension) : null;
            _exactPropagation = new Propagation(plan.Graph, settings.LayerWeights, _scratch, _team, PropagationPrecision.Float32, _propagated);
            _propagation = settings.PropagationPrecision == PropagationPrecision.Float32
                ? _exactPropagation
                : new Propagation(plan.Graph, settings.LayerWeights, _scratch, _team, settings.PropagationPrecision);
            _batch = createLoss(_team, _room);
            _itemScale = ItemScale.Create(plan.Graph, settings.Objective);
            _updateRows = UpdateRows;
        }
        catch
        {
            _team.Dispose();
            throw;
        }
    }

    /// <summary>Tables in the steps: embeddings, scratch and two moments; and propagated embeddings, where steps need all of them.</summary>
    public static int TableCountOf(TrainingSettings settings) => StepsNeedTable(settings) ? 5 : 4;

    /// <summary>Whether there is a table for propagated embeddings in the steps too: where they propagate several layers in float32.</summary>
    public static bool StepsNeedTable(TrainingSettings settings) => Propagation.NeedsSecond(settings.LayerWeights, settings.PropagationPrecision);

    public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
    {
        (BatchLoss loss, BatchGradient gradient) = _batch ??= StartEpoch();
        for (long ran = 0; ran < count; ran++)
        {
            if (stop.IsCancellationRequested)
                return ran;
            (long sample, int samples) = _plan.SamplesOf(first + ran);
            loss.Draw(sample, samples);
            _propagation.Forward(_embeddings, gradient);
            lossSum += loss.Compute(_embeddings);
            _step = _plan.AdamStep(first + ran);
            _propagation.Backward(gradient, _updateRows);
        }
        return count;
    }

    public IItemScorer Propagate(int[] users)
    {
        PropagateToScore();
        // Between steps nobody needs the scratch table.
        return new FactorScorer(_propagated!, _plan.Layout, _scratch);
    }

    public void KeepBest() => _embeddings.Padded.CopyTo(TableOf(TrainingTable.Best).Padded);

    public void RestoreBest() => (_embeddings, _best) = (_best!, null);

    /// <summary>Propagates the current embeddings, without the scale of items: valid until the next call of this session.</summary>
    public Matrix PropagateComponents()
    {
        _propagated ??= CreateTable();
        _exactPropagation.Forward(_embeddings, _propagated);
        return _propagated;
    }

    /// <summary>Gives back what ends with the steps. The embeddings stay, and can be propagated once more.</summary>
    public void EndSteps()
    {
        (_firstMoment, _secondMoment, _batch) = (null!, null!, null);
        // The propagated embeddings become the model, which would keep all of a larger room.
        if (_room?.Length > TableLength)
            (_room, _propagated) = (null, null);
    }

    public (NodeTable Base, NodeTable Final) Finish()
    {
        FinishInPlace();
        (_propagation, _exactPropagation, _scratch) = (null!, null!, null!);
        UnusedMemory.GiveBack(TableBytes);
        int dimension = _embeddings.ColumnCount;
        NodeLayout entities = _plan.Layout.WithoutAttributes;
        // No copies: at the end of training memory is at its fullest.
        return (
            new NodeTable(_plan.Layout, dimension, _embeddings.Compact()),
            new NodeTable(entities, dimension, _propagated!.Compact()[..(entities.NodeCount * dimension)]));
    }

    public void FinishInPlace()
    {
        EndSteps();
        UnusedMemory.GiveBack(2L * TableBytes);
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
        _ => _propagated!,
    };

    private long TableLength => Matrix.PaddedLength(_embeddings.RowCount, _embeddings.ColumnCount);

    private long TableBytes => TableLength * sizeof(float);

    private (BatchLoss Loss, BatchGradient Gradient) StartEpoch()
    {
        _propagated = null;
        _room!.Clear();
        return _createLoss(_team, _room);
    }

    private Matrix CreateTable()
    {
        if (EndBatchInSmallRoom())
        {
            UnusedMemory.GiveBack(BatchLoss.Bytes(_plan));
            _room = new MatrixRoom(TableLength);
        }
        return Matrix.In(_room, _embeddings.RowCount, _embeddings.ColumnCount);
    }

    /// <summary>Makes room where a batch lies; returns whether there must be a larger one, and drops the room if so.</summary>
    // A method of its own: as long as one runs, the runtime may keep what its variables held.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool EndBatchInSmallRoom()
    {
        if (_room is null)
            return false;
        _batch = null;
        _room.Clear();
        bool isSmall = _room.Length < TableLength;
        if (isSmall)
            _room = null;
        return isSmall;
    }

    private void PropagateToScore()
    {
        PropagateComponents();
        _itemScale?.Apply(_propagated!, _plan.Layout);
    }

    /// <summary>Adam on a chunk of nodes whose layer-0 gradient has just been written.</summary>
    private void UpdateRows(int start, int end, Span<float> gradients)
    {
        BatchGradient gradient = _batch!.Value.Gradient;
        if (gradient.BaseRows is { } baseRows)
        {
            ReadOnlySpan<int> slotOf = gradient.SlotOf;
            for (int node = start; node < end; node++)
            {
                if (slotOf[node] < 0)
                    continue;
                Span<float> row = gradients.Slice((node - start) * baseRows.Stride, baseRows.ColumnCount);
                TensorPrimitives.Add(row, baseRows.Row(slotOf[node]), row);
            }
        }
        int count = end - start;
        Adam.Update(
            _embeddings.PaddedRows(start, count), gradients, _firstMoment.PaddedRows(start, count), _secondMoment.PaddedRows(start, count), _step);
    }
}
