using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// Training on a device of libtorch. Graph, embeddings, moments, samples, losses and gradients stay there; the host hears of the loss once
/// an epoch and gets the embeddings once, in the end.
/// </summary>
internal sealed class TorchTrainingSession : IResumableTrainingSession
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
    private readonly int _threadsBefore;
    private Tensor? _best;
    private long _stepCount;

    public TorchTrainingSession(TrainingPlan plan, Device device)
    {
        if (plan.Options.PropagationPrecision != PropagationPrecision.Float32)
            throw new NotSupportedException($"Option PropagationPrecision: the TorchSharp engine propagates in Float32 only, found {plan.Options.PropagationPrecision}; the CPU engine knows it.");
        _plan = plan;
        _memory = new DeviceMemoryPlan(plan);
        _itemScale = ItemScale.Create(plan.PropagationGraph, plan.Options.Objective);
        _tensors = new DeviceTensors(device);
        _threadsBefore = get_num_threads();
        if (device.type == DeviceType.CPU)
            set_num_threads(plan.ThreadCount);
        using DisposeScope scope = NewDisposeScope();
        try
        {
            int nodes = plan.NodeCount, dimension = plan.Options.EmbeddingDimension;
            _embeddings = _tensors.Keep(tensor(InitialEmbeddings(plan, nodes, dimension)).reshape(nodes, dimension));
            DeviceGraph graph = new(plan.PropagationGraph, dimension, _tensors);
            _propagation = new DevicePropagation(plan.PropagationGraph, graph, plan.LayerWeights, dimension, _tensors);
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

    public double RunEpoch(int epoch, CancellationToken cancellationToken) => WithinMemory(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        int batchSize = _plan.BatchSize;
        long firstStep = epoch * _plan.StepsPerEpoch, firstSample = epoch * _plan.SamplesPerEpoch, end = firstSample + _plan.SamplesPerEpoch;
        if (_stepCount == firstStep)
            _lossSum.zero_();
        while (_stepCount < firstStep + _plan.StepsPerEpoch)
        {
            long sample = firstSample + (_stepCount - firstStep) * batchSize;
            using DisposeScope blockScope = NewDisposeScope();
            int count = (int)Math.Min(BlockSize(batchSize), end - sample);
            SampleBlock block = _source.Draw(sample, count);
            for (int start = 0; start < count; start += batchSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                RunStep(block.Slice(start, Math.Min(batchSize, count - start)), sample + start);
            }
        }
        return _lossSum.cpu().item<double>() / _plan.StepsPerEpoch;
    });

    public IItemScorer GetScorer() => WithinMemory(() =>
    {
        PropagateToScore(_embeddings);
        return new DeviceScorer(_propagated.Rows, _plan.Graph.UserCount, _plan.Graph.ItemCount);
    });

    public void KeepBest() => WithinMemory(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        _best ??= _tensors.Zeros(ScalarType.Float32, _embeddings.shape);
        return _best.copy_(_embeddings);
    });

    public TrainedEmbeddings GetEmbeddings() => WithinMemory(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor final = _best ?? _embeddings;
        PropagateToScore(final);
        int users = _plan.Graph.UserCount, items = _plan.Graph.ItemCount;
        Tensor propagated = _propagated.Rows.cpu(), layer0 = final.cpu();
        return new TrainedEmbeddings(Rows(propagated, 0, users), Rows(propagated, users, items), Rows(layer0, 0, users), Rows(layer0, users, items))
        {
            BaseAttributes = Rows(layer0, users + items, _plan.NodeCount - users - items),
        };
    });

    public void SaveState(TrainingStateWriter writer)
    {
        using DisposeScope scope = NewDisposeScope();
        writer.Write("steps", _stepCount);
        writer.Write("loss sum", _lossSum.cpu().item<double>());
        foreach ((string name, Tensor table) in StateTables())
            writer.Write<float>(name, table.cpu().data<float>().ToArray());
        writer.Write<float>("best embeddings", _best is null ? default : _best.cpu().data<float>().ToArray());
    }

    public void LoadState(TrainingStateReader reader)
    {
        using DisposeScope scope = NewDisposeScope();
        _stepCount = reader.Read<long>("steps");
        _lossSum.fill_(Held(reader.Read<double>("loss sum")));
        foreach ((string name, Tensor table) in StateTables())
            Load(name, table);
        if (reader.Count("best embeddings") == 0)
            return;
        KeepBest();
        Load("best embeddings", _best!);

        void Load(string name, Tensor table)
        {
            float[] rows = new float[table.NumberOfElements];
            reader.Read(name, rows.AsSpan());
            table.copy_(tensor(rows).reshape(table.shape));
        }
    }

    public void Dispose()
    {
        _tensors.Dispose();
        set_num_threads(_threadsBefore);
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

    private (string Name, Tensor Table)[] StateTables() =>
        [("embeddings", _embeddings), ("first moment", _adam.FirstMoment), ("second moment", _adam.SecondMoment)];

    private void RunStep(SampleBlock samples, long firstSample)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor loss, Tensor gradient) = ComputeGradient(samples, firstSample);
        _lossSum.add_(loss, One);
        _adam.Update(_embeddings, gradient, new Adam.Step(_stepCount + 1, _plan.LearningRateAt(_stepCount), _plan.Options.WeightDecay));
        _stepCount++;
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
        Tensor items = _propagated.Rows.narrow(0, _plan.Graph.UserCount, _plan.Graph.ItemCount);
        Tensor lengths = items.square().sum(1, keepdim: true).sqrt_();
        Tensor reliabilities = tensor(_itemScale.Reliabilities).reshape(-1, 1).to(lengths.device);
        items.mul_(where(lengths.gt(Held(0)), lengths.pow(Held(_itemScale.Exponent - 1)).mul_(reliabilities), zeros_like(lengths)));
    }

    private static float[] InitialEmbeddings(TrainingPlan plan, int nodes, int dimension)
    {
        float[] rows = new float[(long)nodes * dimension];
        plan.InitializeEmbeddings(node => rows.AsSpan(node * dimension, dimension));
        return rows;
    }

    private static float[] Rows(Tensor table, int first, int count)
    {
        // TorchSharp gives no data of an empty tensor.
        if (count == 0)
            return [];
        using Tensor rows = table.narrow(0, first, count);
        return rows.data<float>().ToArray();
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
