using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// Trains with TorchSharp, on an NVIDIA GPU or on libtorch's CPU device: set it in <see cref="LightGcnTrainer.Options.Engine"/>. Options, the batches of
/// a seed, and model files are those of the CPU engine, except that propagation is in <see cref="PropagationPrecision.Float32"/> only. Results agree with
/// the CPU engine's to rounding.
/// </summary>
/// <remarks>
/// <para>
/// The application adds the native libraries itself: the package TorchSharp-cuda-windows, TorchSharp-cuda-linux or TorchSharp-cpu, in the version of
/// TorchSharp. The engine writes the device to the log.
/// </para>
/// <para>
/// If a device that was asked for by its index, here or in MLContext.GpuDeviceId, or its native libraries are not there, MLContext.FallbackToCpu decides:
/// true trains on the CPU and logs a warning; false, the default, makes Fit throw an <see cref="InvalidOperationException"/>. So does a device without
/// enough memory. The same seed, data and options give the same embeddings on the same device, with the same version of TorchSharp and number of threads.
/// </para>
/// </remarks>
public sealed class TorchEngine : TrainingEngine
{
    private readonly bool _cpu;
    private readonly int? _index;

    private TorchEngine(string name, bool cpu, int? index)
    {
        Name = name;
        _cpu = cpu;
        _index = index;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>
    /// The CUDA device that MLContext.GpuDeviceId names. If that is not set, the first CUDA device or, without one, the CPU, with a warning in the log.
    /// </summary>
    public static TorchEngine Auto() => new("torch", cpu: false, null);

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Index of the device, 0 to 127, as libtorch counts devices.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public static TorchEngine Cuda(int index = 0)
    {
        Expect.ArgumentBetween(0, sbyte.MaxValue, index);
        return new TorchEngine($"torch-cuda:{index}", cpu: false, index);
    }

    /// <summary>
    /// Libtorch's CPU device, to test without a GPU what will run on one. Fit throws an <see cref="InvalidOperationException"/> if libtorch does not
    /// load.
    /// </summary>
    public static TorchEngine Cpu() => new("torch-cpu", cpu: true, null);

    /// <exception cref="InvalidOperationException">
    /// The native libraries or the device are not there, and there is no falling back; or the device is out of memory.
    /// </exception>
    /// <exception cref="NotSupportedException">The engine does not know the objective or the precision of propagation.</exception>
    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (int? gpu, bool fallsBack) = plan.Host.Gpu();
        int? wanted = _index ?? gpu;
        string? problem = TorchBackend.Problem;
        if (problem is null && _cpu)
            return StartOn(plan, embeddings, DeviceType.CPU, -1);
        if (problem is null)
        {
            int index = wanted ?? 0;
            problem = TorchBackend.CudaProblem(index);
            if (problem is null)
                return StartOn(plan, embeddings, DeviceType.CUDA, index);
        }
        if (_cpu || (wanted is not null && !fallsBack))
            throw new InvalidOperationException(problem);
        plan.Host.Warn($"{problem} Training goes on on the CPU.");
        return TorchBackend.Problem is null ? StartOn(plan, embeddings, DeviceType.CPU, -1) : new CpuTrainingEngine().Start(plan, embeddings);
    }

    private static TorchTrainingSession StartOn(TrainingPlan plan, Matrix embeddings, DeviceType type, int index)
    {
        Device device = new(type, index);
        plan.Host.Info($"TorchSharp {TorchBackend.Version} trains on device {device}.");
        return new TorchTrainingSession(plan, embeddings, device);
    }
}
