namespace DeviceSteps;

/// <summary>Where TorchSharp runs.</summary>
internal enum StepDevice
{
    /// <summary>Libtorch's CPU device.</summary>
    Cpu,

    /// <summary>The first CUDA device.</summary>
    Cuda,
}
