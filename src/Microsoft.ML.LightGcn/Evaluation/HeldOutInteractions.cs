using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Evaluation;

/// <summary>
/// The held-out items of each evaluated user, and the items that they are not ranked among. Items are distinct and ascending;
/// users ascending, only those with at least one.
/// </summary>
internal sealed class HeldOutInteractions
{
    private readonly int[] _users;
    private readonly int[] _offsets;
    private readonly int[] _items;
    private readonly int[] _excludedItems;
    private readonly float[]? _gains;

    private HeldOutInteractions(HeldOutCounts counts, int totalUserCount, int[] users, int[] offsets, int[] items, float[]? gains, int[] excludedItems)
    {
        Counts = counts;
        TotalUserCount = totalUserCount;
        _users = users;
        _offsets = offsets;
        _items = items;
        _gains = gains;
        _excludedItems = excludedItems;
    }

    /// <summary>Number of users that there are, evaluated or not.</summary>
    public int TotalUserCount { get; }

    /// <summary>Number of users with at least one held-out item.</summary>
    public int UserCount => _users.Length;

    /// <summary>Number of held-out interactions.</summary>
    public int InteractionCount => _items.Length;

    /// <summary>What was left out, and why.</summary>
    public HeldOutCounts Counts { get; }

    /// <summary>User indices, ascending.</summary>
    public ReadOnlySpan<int> Users => _users;

    /// <summary>Where the items of each user start among all held-out interactions; one more than there are users.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>Items that are ranked for nobody, ascending; none unless <see cref="WithoutItems"/> was asked for.</summary>
    public ReadOnlySpan<int> ExcludedItems => _excludedItems;

    /// <summary>The held-out items of the user at a position in <see cref="Users"/>.</summary>
    public ReadOnlySpan<int> ItemsOf(int position) => _items.AsSpan(_offsets[position].._offsets[position + 1]);

    /// <summary>The gains of <see cref="ItemsOf"/>, all positive; empty where every item is as good as any other.</summary>
    public ReadOnlySpan<float> GainsOf(int position) => _gains is null ? default : _gains.AsSpan(_offsets[position].._offsets[position + 1]);

    /// <summary>The interactions of a graph, less those that are in <paramref name="seen"/>.</summary>
    /// <param name="graph">The interactions.</param>
    /// <param name="seen">Interactions that are never recommended; null for none.</param>
    /// <param name="gains">A positive gain for each interaction, in the order of <see cref="BipartiteGraph.ByUser"/>; null for equal ones.</param>
    /// <param name="unknownUserCount">Rows of unknown users that the graph does not have.</param>
    /// <param name="unknownItemCount">Rows of known users and unknown items that the graph does not have.</param>
    public static HeldOutInteractions FromGraph(
        BipartiteGraph graph, BipartiteGraph? seen, float[]? gains = null, long unknownUserCount = 0, long unknownItemCount = 0)
    {
        List<int> users = [], offsets = [0], items = new(graph.InteractionCount);
        List<float>? keptGains = gains is null ? null : new(graph.InteractionCount);
        for (int user = 0, place = 0; user < graph.UserCount; user++)
        {
            ReadOnlySpan<int> own = seen is null ? default : seen.ItemsOf(user);
            foreach (int item in graph.ItemsOf(user))
            {
                if (own.BinarySearch(item) < 0)
                {
                    items.Add(item);
                    keptGains?.Add(gains![place]);
                }
                place++;
            }
            if (items.Count > offsets[^1])
            {
                users.Add(user);
                offsets.Add(items.Count);
            }
        }
        HeldOutCounts counts = new(unknownUserCount, unknownItemCount, graph.InteractionCount - items.Count);
        return new HeldOutInteractions(counts, graph.UserCount, [.. users], [.. offsets], [.. items], keptGains?.ToArray(), []);
    }

    /// <summary>Whether both hold out the same items with the same gains for the same users and exclude the same items.</summary>
    public bool SameAs(HeldOutInteractions other) =>
        Users.SequenceEqual(other.Users) && Offsets.SequenceEqual(other.Offsets)
            && _items.AsSpan().SequenceEqual(other._items) && _gains.AsSpan().SequenceEqual(other._gains) && ExcludedItems.SequenceEqual(other.ExcludedItems);

    /// <summary>Ranks some items for nobody: their held-out interactions go, and users without any left.</summary>
    /// <param name="excluded">Item indices, ascending.</param>
    public HeldOutInteractions WithoutItems(int[] excluded) => Select(_ => true, excluded);

    /// <summary>Only the users that a condition on their index holds for.</summary>
    public HeldOutInteractions WhereUser(Func<int, bool> condition) => Select(position => condition(_users[position]), _excludedItems);

    /// <summary>A seeded sample of users, without replacement; all of them if there are no more than asked for.</summary>
    public HeldOutInteractions Subset(int userCount, int seed)
    {
        if (userCount >= UserCount)
            return this;
        // Selection sampling (Knuth, Algorithm S) keeps the users in order.
        RandomStream random = new(seed, RandomPurpose.ValidationUsers, 0);
        int left = userCount;
        return Select(position =>
        {
            bool drawn = random.Next(UserCount - position) < left;
            left -= drawn ? 1 : 0;
            return drawn;
        }, _excludedItems);
    }

    /// <param name="takes">Whether the user at a position in <see cref="Users"/> stays; asked once for each, in order.</param>
    /// <param name="excluded">Items whose interactions go.</param>
    private HeldOutInteractions Select(Func<int, bool> takes, int[] excluded)
    {
        List<int> users = [], offsets = [0], items = [];
        List<float>? gains = _gains is null ? null : [];
        for (int position = 0; position < UserCount; position++)
        {
            if (!takes(position))
                continue;
            for (int place = _offsets[position]; place < _offsets[position + 1]; place++)
            {
                if (Array.BinarySearch(excluded, _items[place]) >= 0)
                    continue;
                items.Add(_items[place]);
                gains?.Add(_gains![place]);
            }
            if (items.Count > offsets[^1])
            {
                users.Add(_users[position]);
                offsets.Add(items.Count);
            }
        }
        return new HeldOutInteractions(Counts, TotalUserCount, [.. users], [.. offsets], [.. items], gains?.ToArray(), excluded);
    }
}

/// <summary>Held-out interactions that can't be ranked.</summary>
/// <param name="UnknownUsers">Rows of users that the model does not know.</param>
/// <param name="UnknownItems">Rows of known users and of items that the model does not know.</param>
/// <param name="Seen">Distinct interactions that are among the seen ones, which are never recommended.</param>
internal readonly record struct HeldOutCounts(long UnknownUsers, long UnknownItems, int Seen);
