using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// Training on a device of libtorch. Graph, embeddings, moments, samples, losses and gradients stay there; the host hears of the loss
/// after many steps, and of rows where it asks for them.
/// </summary>
internal sealed class TorchTrainingSession : ITrainingSession
{
    /// <summary>Samples are drawn for many batches at once, so that the many small operations of random numbers cost little for each.</summary>
    public const int MinimumBlock = 1 << 18;

    private readonly TrainingPlan _plan;
    private readonly DeviceMemoryPlan _memory;
    private readonly DeviceTensors _tensors;
    private readonly Tensor _embeddings, _lossSum;
    private readonly GatherTable _propagated;
    private readonly DevicePropagation _propagation;
    private readonly DeviceSampleSource _source;
    private readonly DeviceBatchLoss _loss;
    private readonly DeviceAdam _adam;
    private readonly ItemScale? _itemScale;
    private readonly IDisposable? _threads;
    private float[]? _best;

    public TorchTrainingSession(TrainingPlan plan, Matrix embeddings, Device device)
    {
        if (plan.Settings.PropagationPrecision != PropagationPrecision.Float32)
            throw new NotSupportedException(
                "Option PropagationPrecision: the TorchSharp engine propagates in Float32 only, "
                + $"found {plan.Settings.PropagationPrecision}; the CPU engine knows it.");
        _plan = plan;
        _memory = new DeviceMemoryPlan(plan);
        _itemScale = ItemScale.Create(plan.Graph, plan.Settings.Objective);
        _tensors = new DeviceTensors(device);
        _threads = device.type == DeviceType.CPU ? TorchThreads.Use(plan.Settings.ThreadCount, plan.Host.Warn) : null;
        using DisposeScope scope = NewDisposeScope();
        try
        {
            int nodes = plan.Layout.NodeCount, dimension = plan.Settings.EmbeddingDimension;
            _embeddings = _tensors.Keep(tensor(embeddings.ToArray(0, nodes)).reshape(nodes, dimension));
            DeviceGraph graph = new(plan.Graph, dimension, _tensors);
            _propagation = new DevicePropagation(plan.Graph, graph, plan.Settings.LayerWeights, dimension, _tensors);
            _propagated = _tensors.Table(nodes, dimension);
            _adam = new DeviceAdam(_tensors, nodes, dimension);
            (_loss, _source) = DeviceBatchLoss.Create(plan, graph, _tensors);
            _lossSum = _tensors.Zeros(ScalarType.Float64);
        }
        catch (Exception failure)
        {
            Dispose();
            if (DeviceMemoryPlan.IsOutOfMemory(failure))
                throw _memory.OutOfMemory(device, failure);
            throw;
        }
    }

    /// <summary>Bytes that the session keeps on the device.</summary>
    public long ByteCount => _tensors.ByteCount;

    public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
    {
        double before = lossSum;
        (long ran, lossSum) = WithinMemory(() =>
        {
            using DisposeScope scope = NewDisposeScope();
            // The sum goes on from where it was, so that a run in parts adds up as a whole one does.
            _lossSum.fill_(Held(before));
            long done = RunSteps(first, count, stop);
            return (done, _lossSum.cpu().item<double>());
        });
        return ran;
    }

    public IItemScorer Propagate(int[] users) => WithinMemory(() =>
    {
        PropagateToScore(_embeddings);
        return new DeviceScorer(_propagated.Rows, _plan.Layout);
    });

    // On the host: a device has less memory, and rows are copied once an epoch at most.
    public void KeepBest() => ReadRows(TrainingTable.Embeddings, 0, Best);

    public void RestoreBest()
    {
        WriteRows(TrainingTable.Embeddings, 0, Best);
        _best = null;
    }

    public (NodeTable Base, NodeTable Final) Finish()
    {
        Propagate([]);
        NodeTable layer0 = new(_plan.Layout, _plan.Settings.EmbeddingDimension), final = new(_plan.Layout.WithoutAttributes, layer0.Dimension);
        ReadRows(TrainingTable.Embeddings, 0, layer0.Values);
        ReadRows(TrainingTable.Propagated, 0, final.Values);
        _tensors.Dispose();
        return (layer0, final);
    }

    public void FinishInPlace() => Propagate([]);

    public void ReadRows(TrainingTable table, int firstNode, Span<float> rows)
    {
        int count = rows.Length / _plan.Settings.EmbeddingDimension;
        // TorchSharp gives no data of an empty tensor.
        if (count == 0)
            return;
        if (table == TrainingTable.Best)
        {
            Best.Slice(firstNode * _plan.Settings.EmbeddingDimension, rows.Length).CopyTo(rows);
            return;
        }
        using DisposeScope scope = NewDisposeScope();
        TableOf(table).narrow(0, firstNode, count).cpu().contiguous().data<float>().CopyTo(rows);
    }

    public void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows)
    {
        int dimension = _plan.Settings.EmbeddingDimension, count = rows.Length / dimension;
        if (count == 0)
            return;
        if (table == TrainingTable.Best)
        {
            rows.CopyTo(Best[(firstNode * dimension)..]);
            return;
        }
        using DisposeScope scope = NewDisposeScope();
        TableOf(table).narrow(0, firstNode, count).copy_(tensor(rows.ToArray()).reshape(count, dimension));
    }

    public void Dispose()
    {
        _tensors.Dispose();
        _threads?.Dispose();
    }

    /// <summary>The loss of a batch at the current embeddings and its gradient with respect to them.</summary>
    internal (Tensor Loss, Tensor Gradient) ComputeGradient(SampleBlock samples, long firstSample)
    {
        Propagate(_embeddings);
        DeviceBatchResult batch = _loss.Compute(_embeddings, _propagated, samples, firstSample);
        Tensor gradient = _propagation.Apply(batch.Gradient);
        if (batch.BaseGradient is { } baseGradient)
            gradient.add_(baseGradient, One);
        return (batch.Loss, gradient);
    }

    /// <summary>Draws samples.</summary>
    internal SampleBlock Draw(long firstSample, int count) => _source.Draw(firstSample, count);

    /// <summary>Samples to draw at once: whole batches.</summary>
    internal static int BlockSize(int batchSize) => (int)Math.Min(int.MaxValue, ((long)MinimumBlock + batchSize - 1) / batchSize * batchSize);

    private Span<float> Best => _best ??= new float[_plan.Layout.NodeCount * _plan.Settings.EmbeddingDimension];

    private Tensor TableOf(TrainingTable table) => table switch
    {
        TrainingTable.Embeddings => _embeddings,
        TrainingTable.FirstMoment => _adam.FirstMoment,
        TrainingTable.SecondMoment => _adam.SecondMoment,
        _ => _propagated.Rows,
    };

    /// <summary>Runs steps whose samples are drawn for many at once.</summary>
    private long RunSteps(long first, long count, CancellationToken stop)
    {
        for (long ran = 0; ran < count;)
        {
            using DisposeScope scope = NewDisposeScope();
            (long sample, _) = _plan.SamplesOf(first + ran);
            // No farther than the epoch, whose last batch may be smaller.
            long left = Math.Min(count - ran, _plan.StepsPerEpoch - (first + ran) % _plan.StepsPerEpoch);
            int samples = 0;
            long steps = 0;
            for (; steps < left && samples < BlockSize(_plan.Settings.BatchSize); steps++)
                samples += _plan.SamplesOf(first + ran + steps).Count;
            SampleBlock block = _source.Draw(sample, samples);
            for (long step = first + ran; step < first + ran + steps; step++)
            {
                if (stop.IsCancellationRequested)
                    return step - first;
                (long start, int size) = _plan.SamplesOf(step);
                RunStep(block.Slice(start - sample, size), step, start);
            }
            ran += steps;
        }
        return count;
    }

    private void RunStep(SampleBlock samples, long step, long firstSample)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor loss, Tensor gradient) = ComputeGradient(samples, firstSample);
        _lossSum.add_(loss, One);
        _adam.Update(_embeddings, gradient, _plan.AdamStep(step));
    }

    private void Propagate(Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        _propagated.Rows.copy_(_propagation.Apply(embeddings));
    }

    /// <summary>The rows that the trained model scores with.</summary>
    private void PropagateToScore(Tensor embeddings)
    {
        Propagate(embeddings);
        if (_itemScale is null)
            return;
        using DisposeScope scope = NewDisposeScope();
        Tensor items = _propagated.Rows.narrow(0, _plan.Layout.FirstItem, _plan.Layout.ItemCount);
        Tensor lengths = items.square().sum(1, keepdim: true).sqrt_();
        Tensor reliabilities = tensor(_itemScale.Reliabilities).reshape(-1, 1).to(lengths.device);
        items.mul_(where(lengths.gt(Held(0)), lengths.pow(Held(_itemScale.Exponent - 1)).mul_(reliabilities), zeros_like(lengths)));
    }

    private T WithinMemory<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (DeviceMemoryPlan.IsOutOfMemory(failure))
        {
            throw _memory.OutOfMemory(_tensors.Device, failure);
        }
    }
}
