using Microsoft.ML.LightGcn.Numerics;

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
    /// <summary>Takes over rows of users, whose items ascend.</summary>
    internal BipartiteGraph(SparseRows byUser, int itemCount)
    {
        ByUser = byUser;
        ByItem = byUser.Transpose(itemCount);
    }

    /// <summary>Takes over both directions of the same interactions.</summary>
    internal BipartiteGraph(SparseRows byUser, SparseRows byItem)
    {
        ByUser = byUser;
        ByItem = byItem;
    }

    /// <summary>Number of users, those without interactions included.</summary>
    public int UserCount => ByUser.RowCount;

    /// <summary>Number of items, those without interactions included.</summary>
    public int ItemCount => ByItem.RowCount;

    /// <summary>Number of distinct (user, item) interactions.</summary>
    public int InteractionCount => ByUser.Count;

    /// <summary>The interaction matrix R: a row of items for each user.</summary>
    internal SparseRows ByUser { get; }

    /// <summary>Its transpose: a row of users for each item.</summary>
    internal SparseRows ByItem { get; }

    /// <summary>The items that a user interacted with, in ascending order.</summary>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    public ReadOnlySpan<int> ItemsOf(int user) => ByUser[user];

    /// <summary>The users who interacted with an item, in ascending order.</summary>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    public ReadOnlySpan<int> UsersOf(int item) => ByItem[item];
}
