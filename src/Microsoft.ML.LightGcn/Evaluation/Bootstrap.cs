using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>Resampling statistics of one value a user. Each resample has its own random stream, so results depend on the seed alone.</summary>
internal static class Bootstrap
{
    private const int MinimumResamples = 100, MaximumResamples = 1_000_000;

    /// <summary>The percentile interval of the mean.</summary>
    public static ConfidenceInterval Interval(double[] values, double level, int resamples, int seed)
    {
        if (!(level > 0 && level < 1))
            throw Expect.Argument(nameof(level), "above 0 and below 1", level);
        Expect.ArgumentBetween(MinimumResamples, MaximumResamples, resamples);
        double[] means = new double[resamples];
        Parallel.For(0, resamples, resample =>
        {
            RandomStream random = new(seed, RandomPurpose.Bootstrap, resample);
            double sum = 0;
            for (int draw = 0; draw < values.Length; draw++)
                sum += values[random.Next(values.Length)];
            means[resample] = sum / values.Length;
        });
        Array.Sort(means);
        return new ConfidenceInterval(Quantile(means, (1 - level) / 2), Quantile(means, (1 + level) / 2));
    }

    /// <summary>The two-sided p-value of the mean difference when the sign of every difference is a coin toss.</summary>
    public static double SignFlipPValue(double[] differences, int resamples, int seed)
    {
        Expect.ArgumentBetween(MinimumResamples, MaximumResamples, resamples);
        double observed = Math.Abs(differences.Sum());
        // Rounding must not turn an equal sum into a smaller one.
        double bound = observed - 1e-12 * differences.Sum(Math.Abs);
        int asGreat = 0;
        Parallel.For(0, resamples, resample =>
        {
            RandomStream random = new(seed, RandomPurpose.SignFlip, resample);
            double sum = 0;
            ulong signs = 0;
            for (int user = 0; user < differences.Length; user++, signs >>= 1)
            {
                if (user % 64 == 0)
                    signs = random.NextUInt64();
                sum += (signs & 1) == 0 ? differences[user] : -differences[user];
            }
            if (Math.Abs(sum) >= bound)
                Interlocked.Increment(ref asGreat);
        });
        // The observed assignment is one of the possible ones, so the p-value is never 0.
        return (asGreat + 1.0) / (resamples + 1.0);
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
