using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>The tensors that a training session keeps on the device for its whole life, and their owner.</summary>
internal sealed class DeviceTensors(Device device) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public Device Device { get; } = device;

    /// <summary>Bytes of all tensors.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Takes a tensor of any device over, to keep it on this one.</summary>
    public Tensor Keep(Tensor tensor)
    {
        Tensor kept = tensor.to(Device).DetachFromDisposeScope();
        if (!ReferenceEquals(kept, tensor))
            tensor.Dispose();
        ByteCount += kept.NumberOfElements * kept.ElementSize;
        _owned.Add(kept);
        return kept;
    }

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(ScalarType type, params long[] shape) => Keep(zeros(shape, type, Device));

    /// <summary>A table of zeros whose rows can be summed in bags.</summary>
    public GatherTable Table(long rowCount, int dimension)
    {
        GatherTable table = new(Zeros(ScalarType.Float32, rowCount, dimension));
        _owned.Add(table);
        return table;
    }

    public void Dispose()
    {
        foreach (IDisposable owned in Enumerable.Reverse(_owned))
            owned.Dispose();
        _owned.Clear();
    }
}
