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

    private HeldOutInteractions(int totalUserCount, int[] users, int[] offsets, int[] items, int[] excludedItems, int dropped)
    {
        TotalUserCount = totalUserCount;
        _users = users;
        _offsets = offsets;
        _items = items;
        _excludedItems = excludedItems;
        DroppedCount = dropped;
    }

    /// <summary>Number of users that there are, evaluated or not.</summary>
    public int TotalUserCount { get; }

    /// <summary>Number of users with at least one held-out item.</summary>
    public int UserCount => _users.Length;

    /// <summary>Number of held-out interactions.</summary>
    public int InteractionCount => _items.Length;

    /// <summary>Number of held-out interactions that were dropped because they are among the seen ones, which are never recommended.</summary>
    public int DroppedCount { get; }

    /// <summary>User indices, ascending.</summary>
    public ReadOnlySpan<int> Users => _users;

    /// <summary>Where the items of each user start among all held-out interactions; one more than there are users.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>Items that are ranked for nobody, ascending; none unless <see cref="WithoutItems"/> was asked for.</summary>
    public ReadOnlySpan<int> ExcludedItems => _excludedItems;

    /// <summary>The held-out items of the user at a position in <see cref="Users"/>.</summary>
    public ReadOnlySpan<int> ItemsOf(int position) => _items.AsSpan(_offsets[position].._offsets[position + 1]);

    /// <summary>The interactions of a graph, less those that are in <paramref name="seen"/>.</summary>
    public static HeldOutInteractions FromGraph(BipartiteGraph graph, BipartiteGraph? seen)
    {
        List<int> users = [], offsets = [0], items = new(graph.InteractionCount);
        for (int user = 0; user < graph.UserCount; user++)
        {
            ReadOnlySpan<int> own = seen is null ? default : seen.ItemsOf(user);
            foreach (int item in graph.ItemsOf(user))
            {
                if (own.BinarySearch(item) < 0)
                    items.Add(item);
            }
            if (items.Count > offsets[^1])
            {
                users.Add(user);
                offsets.Add(items.Count);
            }
        }
        return new HeldOutInteractions(graph.UserCount, [.. users], [.. offsets], [.. items], [], graph.InteractionCount - items.Count);
    }

    /// <summary>Whether both hold out the same items for the same users and exclude the same items.</summary>
    public bool SameAs(HeldOutInteractions other) =>
        Users.SequenceEqual(other.Users) && Offsets.SequenceEqual(other.Offsets)
            && _items.AsSpan().SequenceEqual(other._items) && ExcludedItems.SequenceEqual(other.ExcludedItems);

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
        for (int position = 0; position < UserCount; position++)
        {
            if (!takes(position))
                continue;
            foreach (int item in ItemsOf(position))
            {
                if (Array.BinarySearch(excluded, item) < 0)
                    items.Add(item);
            }
            if (items.Count > offsets[^1])
            {
                users.Add(_users[position]);
                offsets.Add(items.Count);
            }
        }
        return new HeldOutInteractions(TotalUserCount, [.. users], [.. offsets], [.. items], excluded, DroppedCount);
    }
}
