using System.Globalization;

namespace WebRecommender.Load;

/// <summary>What a load measured.</summary>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Milliseconds">The time of each request, ascending.</param>
/// <param name="Failures">Why requests failed: those without an answer, or with another status than 200.</param>
/// <param name="Models">Versions of models that answered, ascending.</param>
internal sealed record LoadReport(TimeSpan Elapsed, IReadOnlyList<double> Milliseconds, IReadOnlyList<string> Failures, IReadOnlyList<int> Models)
{
    public int Failed => Failures.Count;

    public override string ToString()
    {
        string figures = string.Create(CultureInfo.InvariantCulture,
            $"requests {Milliseconds.Count}, failed {Failed}, {Milliseconds.Count / Elapsed.TotalSeconds:F0}/s, p50 {Quantile(0.5):F2} ms, p95 {Quantile(0.95):F2} ms, p99 {Quantile(0.99):F2} ms, longest {Quantile(1):F2} ms, models {string.Join(' ', Models)}");
        return string.Join(Environment.NewLine, Failures.Distinct().Take(5).Select(reason => $"failed: {reason}").Prepend(figures));
    }

    private double Quantile(double share) => Milliseconds.Count == 0 ? 0 : Milliseconds[(int)Math.Ceiling(share * (Milliseconds.Count - 1))];
}
