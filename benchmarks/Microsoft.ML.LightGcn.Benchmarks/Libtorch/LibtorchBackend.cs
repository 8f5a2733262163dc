using Microsoft.ML.LightGcn.Torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Whether TorchSharp's native library loads on this machine.</summary>
internal static class LibtorchBackend
{
    /// <summary>The category of the benchmarks that need it.</summary>
    public const string Category = "libtorch";

    /// <summary>Loads the library, and says why that fails; null where it does not.</summary>
    public static string? Failure() => TorchBackend.Problem;
}
