using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>Whether TorchSharp's native libraries are there, asked in a way that ends in a sentence and not in a failed type initializer.</summary>
internal static class TorchBackend
{
    // In the order in which they need each other; the package with CUDA has both too.
    private static readonly string[] Libraries = ["torch_cpu", "LibTorchSharp"];

    private static readonly Lazy<string?> LoadProblem = new(Load);

    /// <summary>Why nothing of TorchSharp can run; null if it can.</summary>
    public static string? Problem => LoadProblem.Value;

    /// <summary>TorchSharp's version, which is also that of the packages with its native libraries.</summary>
    public static string Version { get; } = typeof(torch).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Why a CUDA device cannot be used; null if it can. Only to be asked when there is no <see cref="Problem"/>.</summary>
    public static string? CudaProblem(int index)
    {
        string? missing = LoadLibrary("torch_cuda");
        if (missing is not null)
            return $"{missing} A GPU needs the package TorchSharp-cuda-windows or TorchSharp-cuda-linux {Version} in the application, "
                + "in the place of TorchSharp-cpu.";
        if (!torch.cuda.is_available())
            return $"TorchSharp {Version} finds no CUDA device: it needs an NVIDIA GPU and its driver.";
        int count = torch.cuda.device_count();
        return index < count ? null : $"There is no CUDA device {index}: expected an index from 0 to {count - 1}.";
    }

    /// <summary>The sentence about a library that does not load.</summary>
    /// <param name="library">The library asked for.</param>
    /// <param name="loaderMessage">What the loader says: on Unix a line for every path that it tried.</param>
    internal static string Describe(string library, string loaderMessage)
    {
        string[] lines = loaderMessage.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // Lines without a path of the library itself tell what it depends on and does not find.
        string? cause = lines.FirstOrDefault(line => line.Contains("version `", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => line.Contains("cannot open shared object file", StringComparison.Ordinal) && !line.StartsWith('/'))
            ?? lines.FirstOrDefault(line => !line.Contains(library, StringComparison.Ordinal)
                && line.StartsWith("Library not loaded", StringComparison.Ordinal));
        return $"The native library '{library}' of TorchSharp {Version} does not load: {cause ?? "it, or a library that it needs, is not in the application"}.";
    }

    private static string? Load()
    {
        foreach (string library in Libraries)
        {
            if (LoadLibrary(library) is { } problem)
                return $"{problem} The application needs one of the packages TorchSharp-cpu, TorchSharp-cuda-windows and TorchSharp-cuda-linux, "
                    + $"version {Version}; on Linux also a libstdc++ with GLIBCXX_3.4.32 (GCC 13.2).";
        }
        return null;
    }

    private static string? LoadLibrary(string library)
    {
        try
        {
            // Never unloaded: TorchSharp finds it loaded.
            NativeLibrary.Load(library, typeof(torch).Assembly, null);
            return null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            return Describe(library, failure.Message);
        }
    }
}
