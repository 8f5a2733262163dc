using System.Runtime.InteropServices;
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
            return LoaderMessage() ?? (error.InnerException ?? error).Message;
        }
    }

    /// <summary>What the system's loader says. TorchSharp tells at length where it looked, and leaves this out.</summary>
    private static string? LoaderMessage()
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null));
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            // A line for each place tried. Where the file was found but did not load is the one that tells.
            string[] lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return lines.Skip(1).FirstOrDefault(line => !line.Contains("No such file", StringComparison.Ordinal)) ?? lines[0];
        }
    }
}
