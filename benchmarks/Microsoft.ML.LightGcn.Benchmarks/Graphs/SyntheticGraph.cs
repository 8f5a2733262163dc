using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>
/// Seeded long-tailed graphs. The user of rank r out of n has a share of all interactions that falls as r^(-1/3), and items are
/// drawn with probability falling as r^(-1/2), without repetition for a user. Ranks are dealt to indices at random, so that
/// neighbours in popularity are no neighbours in memory.
/// </summary>
internal static class SyntheticGraph
{
    /// <summary>Makes a graph with exactly the given number of distinct interactions.</summary>
    public static BipartiteGraph Create(int userCount, int itemCount, int interactionCount, int seed)
    {
        int[] users = Shuffled(userCount, seed), items = Shuffled(itemCount, seed + 1);
        int[] lastUserOf = new int[itemCount];
        Array.Fill(lastUserOf, -1);
        BipartiteGraphBuilder builder = new(userCount, itemCount);
        RandomStream random = new(seed, RandomPurpose.Sample, 0);
        for (int rank = 0; rank < userCount; rank++)
        {
            long degree = Before(rank + 1) - Before(rank);
            if (degree > itemCount / 2)
                throw new ArgumentException($"The most active user would have {degree} of {itemCount} items: expected a graph with at most half of them.");
            while (degree > 0)
            {
                double u = random.NextDouble();
                int item = items[(int)(u * u * itemCount)];
                if (lastUserOf[item] == rank)
                    continue;
                lastUserOf[item] = rank;
                builder.Add(users[rank], item);
                degree--;
            }
        }
        return builder.Build();

        // Interactions of the users before a rank: the integral of r^(-1/3), scaled, so that the degrees add up exactly.
        long Before(int rank)
        {
            double root = Math.Cbrt((double)rank / userCount);
            return rank == userCount ? interactionCount : (long)(interactionCount * root * root);
        }
    }

    private static int[] Shuffled(int count, int seed)
    {
        int[] values = new int[count];
        RandomStream random = new(seed, RandomPurpose.Pass, 0);
        for (int k = 0; k < count; k++)
        {
            int other = random.Next(k + 1);
            values[k] = values[other];
            values[other] = k;
        }
        return values;
    }
}
