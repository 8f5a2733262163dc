namespace Leaderboard;

/// <summary>A setting and the values that are tried.</summary>
/// <param name="Name">What the setting is called.</param>
/// <param name="Values">The values.</param>
/// <param name="Start">The value to start from, one of them.</param>
internal sealed record GridAxis(string Name, float[] Values, float Start);

/// <summary>
/// Searches a grid by coordinates: one setting after another takes its best value, the others staying as they are, and all take turns until none
/// changes any more. No point is measured twice.
/// </summary>
internal static class GridSearch
{
    /// <summary>The best values found, in the order of the axes.</summary>
    /// <param name="axes">The grid.</param>
    /// <param name="measure">What to maximise; a NaN is never better.</param>
    public static float[] Maximise(IReadOnlyList<GridAxis> axes, Func<float[], double> measure)
    {
        Dictionary<string, double> measured = [];
        float[] best = [.. axes.Select(axis => axis.Start)];
        double greatest = Measure(best);
        for (bool isBetter = true; isBetter;)
        {
            isBetter = false;
            for (int axis = 0; axis < axes.Count; axis++)
            {
                foreach (float value in axes[axis].Values)
                {
                    float[] next = [.. best];
                    next[axis] = value;
                    double reached = Measure(next);
                    if (reached > greatest)
                        (best, greatest, isBetter) = (next, reached, true);
                }
            }
        }
        return best;

        double Measure(float[] values)
        {
            string key = string.Join(' ', values);
            if (!measured.TryGetValue(key, out double value))
                measured.Add(key, value = measure(values));
            return value;
        }
    }
}
