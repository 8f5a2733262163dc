namespace Leaderboard;

/// <summary>A setting and the values that are tried, ascending.</summary>
/// <param name="Name">What the setting is called.</param>
/// <param name="Values">The values.</param>
/// <param name="Start">The value to start from, one of them.</param>
internal sealed record GridAxis(string Name, float[] Values, float Start);

/// <summary>
/// Climbs on a grid: one setting after another goes to its next greater or next smaller value as long as that is better, and all take turns until none
/// is better any more. No point is measured twice, and far fewer are than there are.
/// </summary>
internal static class GridSearch
{
    /// <summary>The best values found, in the order of the axes.</summary>
    /// <param name="axes">The grid.</param>
    /// <param name="measure">What to maximise; a NaN is never better.</param>
    public static float[] Maximise(IReadOnlyList<GridAxis> axes, Func<float[], double> measure)
    {
        int[] best = [.. axes.Select(axis => Array.IndexOf(axis.Values, axis.Start))];
        Dictionary<string, double> measured = [];
        double greatest = Measure(best);
        for (bool isBetter = true; isBetter;)
        {
            isBetter = false;
            for (int axis = 0; axis < axes.Count; axis++)
            {
                bool goesUp = Climb(axis, 1);
                isBetter |= goesUp || Climb(axis, -1);
            }
        }
        return ValuesAt(best);

        bool Climb(int axis, int step)
        {
            bool isMoved = false;
            for (int place = best[axis] + step; place >= 0 && place < axes[axis].Values.Length; place += step, isMoved = true)
            {
                int[] next = [.. best];
                next[axis] = place;
                double value = Measure(next);
                if (!(value > greatest))
                    break;
                (best, greatest) = (next, value);
            }
            return isMoved;
        }

        double Measure(int[] places)
        {
            string key = string.Join(' ', places);
            if (!measured.TryGetValue(key, out double value))
                measured.Add(key, value = measure(ValuesAt(places)));
            return value;
        }

        float[] ValuesAt(int[] places) => [.. places.Select((place, axis) => axes[axis].Values[place])];
    }
}
