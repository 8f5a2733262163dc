using System.Runtime.CompilerServices;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Checks of the spans that kernels are given: their loops have none.</summary>
internal static class Spans
{
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static void CheckLength(ReadOnlySpan<float> span, int expected, [CallerArgumentExpression(nameof(span))] string? name = null)
    {
        if (span.Length != expected)
            throw new ArgumentException($"Expected {expected:N0} numbers, found {span.Length:N0}.", name);
    }

    /// <exception cref="ArgumentException">The span is shorter.</exception>
    public static void CheckRoom(ReadOnlySpan<float> span, long expected, [CallerArgumentExpression(nameof(span))] string? name = null)
    {
        if (span.Length < expected)
            throw new ArgumentException($"Expected at least {expected:N0} numbers, found {span.Length:N0}.", name);
    }
}
