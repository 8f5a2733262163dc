namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

/// <summary>For tests that need libtorch.</summary>
internal static class LibtorchTest
{
    private static readonly Lazy<string?> Failure = new(LibtorchBackend.Failure);

    /// <summary>Skips the running test where libtorch does not load.</summary>
    public static void Require() => Assert.SkipWhen(Failure.Value is not null, $"libtorch does not load here: {Failure.Value}");
}
