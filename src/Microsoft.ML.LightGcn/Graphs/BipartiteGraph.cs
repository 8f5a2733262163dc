namespace Microsoft.ML.LightGcn;

/// <summary>
/// The interaction graph: users on one side, items on the other, one unweighted edge for each distinct (user, item)
/// interaction. Both directions are stored as compressed sparse rows with ascending neighbours: 8 bytes an interaction.
/// </summary>
/// <remarks>
/// Users are 0..<see cref="UserCount"/>-1 and items 0..<see cref="ItemCount"/>-1; an ML.NET key value k is index k-1.
/// Users and items may be without interactions. Instances are immutable and thread-safe.
/// </remarks>
public sealed class BipartiteGraph
{
    /// <summary>Takes ownership of rows that are already valid; the graph builder makes them.</summary>
    internal BipartiteGraph(int[] userOffsets, int[] userItems, int[] itemOffsets, int[] itemUsers)
    {
        UserOffsets = userOffsets;
        UserItems = userItems;
        ItemOffsets = itemOffsets;
        ItemUsers = itemUsers;
    }

    /// <summary>Number of users, those without interactions included.</summary>
    public int UserCount => UserOffsets.Length - 1;

    /// <summary>Number of items, those without interactions included.</summary>
    public int ItemCount => ItemOffsets.Length - 1;

    /// <summary>Number of distinct (user, item) interactions.</summary>
    public int InteractionCount => UserItems.Length;

    /// <summary>Row u of R is UserItems[UserOffsets[u]..UserOffsets[u+1]].</summary>
    internal int[] UserOffsets { get; }

    internal int[] UserItems { get; }

    /// <summary>Row i of the transpose of R is ItemUsers[ItemOffsets[i]..ItemOffsets[i+1]].</summary>
    internal int[] ItemOffsets { get; }

    internal int[] ItemUsers { get; }

    /// <summary>The items that a user interacted with, in ascending order.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    public ReadOnlySpan<int> ItemsOf(int user) => UserItems.AsSpan(UserOffsets[user]..UserOffsets[user + 1]);

    /// <summary>The users who interacted with an item, in ascending order.</summary>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    public ReadOnlySpan<int> UsersOf(int item) => ItemUsers.AsSpan(ItemOffsets[item]..ItemOffsets[item + 1]);
}
