using Microsoft.ML.LightGcn.Torch;
using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>The devices that tests run on.</summary>
internal static class TorchDevices
{
    /// <summary>The CPU, and the first CUDA device where there is one.</summary>
    public static DeviceType[] Available { get; } = TorchBackend.Problem is null && TorchBackend.CudaProblem(0) is null ? [DeviceType.CPU, DeviceType.CUDA] : [DeviceType.CPU];

    /// <summary>The device; skips the test with the reason where it is not there.</summary>
    public static torch.Device GetOrSkip(DeviceType type)
    {
        string? problem = TorchBackend.Problem ?? (type == DeviceType.CUDA ? TorchBackend.CudaProblem(0) : null);
        Assert.SkipWhen(problem is not null, problem ?? "");
        return Create(type);
    }

    // On its own: nothing of TorchSharp may be touched before its libraries are known to load.
    private static torch.Device Create(DeviceType type) => new(type, type == DeviceType.CUDA ? 0 : -1);
}
