using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Draws positive pairs and verified negatives. Every draw depends on the seed and its own number alone.</summary>
internal sealed class SampleSource
{
    /// <summary>Draws from the popular pool before giving up on it; a user who has the whole pool gets any other item.</summary>
    internal const int PoolAttempts = 64;

    private readonly BipartiteGraph _graph;
    private readonly int _seed;
    private readonly PositiveSampling _positives;
    private readonly NegativeSampling _negatives;
    private readonly int[] _activeUsers;
    private readonly int[] _popularItems;

    public SampleSource(BipartiteGraph graph, PositiveSampling positives, NegativeSampling negatives, int seed)
    {
        _graph = graph;
        _seed = seed;
        _positives = positives;
        _negatives = negatives;
        _activeUsers = positives == PositiveSampling.ByUser ? ActiveUsers(graph) : [];
        _popularItems = PopularItems(graph, negatives);
    }

    /// <summary>
    /// Draws sample number n of training (from 0). By interaction, samples kM to (k+1)M-1 are the M interactions in random
    /// order.
    /// </summary>
    /// <returns>User, positive item and negative item; the negative is -1 for a user who has every item.</returns>
    public (int User, int Positive, int Negative) Draw(long n)
    {
        RandomStream random = new(_seed, RandomPurpose.Sample, n);
        (int user, int positive) = DrawPositive(n, ref random);
        return (user, positive, DrawNegative(_graph.ItemsOf(user), ref random));
    }

    /// <summary>Draws the user and the positive item of sample number n: those of <see cref="Draw"/>.</summary>
    public (int User, int Positive) DrawPositive(long n)
    {
        RandomStream random = new(_seed, RandomPurpose.Sample, n);
        return DrawPositive(n, ref random);
    }

    /// <summary>The random numbers of the negatives that a batch shares, from the number of its first sample.</summary>
    public RandomStream NegativesStream(long firstSample) => new(_seed, RandomPurpose.SharedNegatives, firstSample);

    private (int User, int Positive) DrawPositive(long n, ref RandomStream random)
    {
        if (_positives == PositiveSampling.ByUser)
        {
            int active = _activeUsers[random.Next(_activeUsers.Length)];
            ReadOnlySpan<int> own = _graph.ItemsOf(active);
            return (active, own[random.Next(own.Length)]);
        }
        (long pass, long position) = Math.DivRem(n, _graph.InteractionCount);
        ulong key = new RandomStream(_seed, RandomPurpose.Pass, pass).NextUInt64();
        int interaction = new PassPermutation(_graph.InteractionCount, key)[(int)position];
        return (RowOf(_graph.ByUser.Offsets.Span, interaction), _graph.ByUser.Indices.Span[interaction]);
    }

    private int DrawNegative(ReadOnlySpan<int> own, ref RandomStream random)
    {
        if (own.Length == _graph.ItemCount)
            return -1;
        if (_negatives.PopularPoolSize > 0)
        {
            for (int attempt = 0; attempt < PoolAttempts; attempt++)
            {
                int item = random.NextDouble() < _negatives.PopularProbability
                    ? _popularItems[random.Next(_popularItems.Length)]
                    : random.Next(_graph.ItemCount);
                if (own.BinarySearch(item) < 0)
                    return item;
            }
        }
        return OtherItem(own, random.Next(_graph.ItemCount - own.Length));
    }

    /// <summary>The item with the given rank among those not in an ascending list: exact, so nothing is ever drawn again.</summary>
    internal static int OtherItem(ReadOnlySpan<int> own, int rank)
    {
        // own[k] - k items below own[k] are not in the list; find how many of the list lie below the answer.
        int low = 0, high = own.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (own[middle] - middle <= rank)
                low = middle + 1;
            else
                high = middle;
        }
        return rank + low;
    }

    /// <summary>The row that an entry belongs to: the last row that starts at or before it and is not empty.</summary>
    internal static int RowOf(ReadOnlySpan<int> offsets, int entry)
    {
        int low = 0, high = offsets.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (offsets[middle] <= entry)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    internal static int[] ActiveUsers(BipartiteGraph graph)
    {
        List<int> active = new(graph.UserCount);
        for (int user = 0; user < graph.UserCount; user++)
        {
            if (graph.ItemsOf(user).Length > 0)
                active.Add(user);
        }
        return [.. active];
    }

    /// <summary>The pool of popular items; none where sampling is uniform.</summary>
    internal static int[] PopularItems(BipartiteGraph graph, NegativeSampling negatives) =>
        negatives.PopularPoolSize == 0 ? [] : PopularityOrder.Of(graph)[..Math.Min(negatives.PopularPoolSize, graph.ItemCount)];
}
