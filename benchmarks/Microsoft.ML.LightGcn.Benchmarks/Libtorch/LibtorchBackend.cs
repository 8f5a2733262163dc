using TorchSharp;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Whether TorchSharp's native library loads on this machine.</summary>
internal static class LibtorchBackend
{
    /// <summary>The category of the benchmarks that need it.</summary>
    public const string Category = "libtorch";

    /// <summary>Loads the library, and says why that fails; null where it does not.</summary>
    public static string? Failure()
    {
        try
        {
            using torch.Tensor probe = torch.zeros(1);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException)
        {
            return (error.InnerException ?? error).Message;
        }
    }
}
