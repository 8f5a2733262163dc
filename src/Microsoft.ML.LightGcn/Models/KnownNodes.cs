using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>The users and items that a model knows something of. The scores of the others are NaN: they are no recommendation.</summary>
internal sealed class KnownNodes
{
    private readonly int[] _unknownUsers, _unknownItems;

    private KnownNodes(int[] unknownUsers, int[] unknownItems) => (_unknownUsers, _unknownItems) = (unknownUsers, unknownItems);

    /// <summary>The users that are not known, ascending.</summary>
    public ReadOnlySpan<int> UnknownUsers => _unknownUsers;

    /// <summary>The items that are not known, ascending.</summary>
    public ReadOnlySpan<int> UnknownItems => _unknownItems;

    /// <summary>Those with a vector: a zero vector scores everything 0, and one with a NaN was not trained.</summary>
    public static KnownNodes Of(Factors factors) => new(
        [.. Enumerable.Range(0, factors.UserRows.Count).Where(user => IsUnknown(factors.User(user)))],
        [.. Enumerable.Range(0, factors.Items.Length / factors.Dimension).Where(item => IsUnknown(factors.Item(item)))]);

    /// <summary>Those with interactions.</summary>
    public static KnownNodes Of(BipartiteGraph history) => new(
        [.. Enumerable.Range(0, history.UserCount).Where(user => history.ItemsOf(user).IsEmpty)], UnknownItemsOf(history));

    /// <summary>All users, and the items with interactions.</summary>
    public static KnownNodes AllUsersOf(BipartiteGraph history) => new([], UnknownItemsOf(history));

    /// <summary>All but some users and items, given by ascending indices.</summary>
    public static KnownNodes Except(int[] unknownUsers, int[] unknownItems) => new(unknownUsers, unknownItems);

    /// <summary>Everything.</summary>
    public static KnownNodes All { get; } = new([], []);

    /// <summary>Whether everything is known.</summary>
    public bool IsAll => _unknownUsers.Length == 0 && _unknownItems.Length == 0;

    /// <summary>The nodes of a graph that a condition holds for.</summary>
    public static KnownNodes Where(NodeLayout layout, Func<int, bool> condition) => new(
        [.. Enumerable.Range(0, layout.UserCount).Where(user => !condition(user))],
        [.. Enumerable.Range(0, layout.ItemCount).Where(item => !condition(layout.ItemNode(item)))]);

    /// <summary>Whether a user is known.</summary>
    public bool HasUser(int user) => _unknownUsers.AsSpan().BinarySearch(user) < 0;

    /// <summary>Whether an item is known.</summary>
    public bool HasItem(int item) => _unknownItems.AsSpan().BinarySearch(item) < 0;

    /// <summary>Whether a user or an item is known, given as a node.</summary>
    public bool Has(NodeLayout layout, int node) => node < layout.FirstItem ? HasUser(node) : HasItem(layout.ItemOf(node));

    /// <summary>The score of a pair: NaN where one of them is not known.</summary>
    /// <param name="user">User index.</param>
    /// <param name="item">Item index.</param>
    /// <param name="score">The model's sum, which is 0, or NaN, for what it does not know.</param>
    // Nearly all scores are other than 0, so that nothing need be looked up.
    public float Score(int user, int item, float score) => score != 0 || (HasUser(user) && HasItem(item)) ? score : float.NaN;

    /// <summary>Marks the scores of all items for a block of users: NaN where the user or the item is not known.</summary>
    /// <param name="users">User indices.</param>
    /// <param name="scores">Row-major, users x items.</param>
    /// <param name="itemCount">Number of items.</param>
    public void Mark(ReadOnlySpan<int> users, Span<float> scores, int itemCount)
    {
        if (IsAll)
            return;
        for (int u = 0; u < users.Length; u++)
        {
            Span<float> row = scores.Slice(u * itemCount, itemCount);
            if (HasUser(users[u]))
                MarkItems(row);
            else
                row.Fill(float.NaN);
        }
    }

    /// <summary>Marks the scores of all items for one user who is known.</summary>
    public void MarkItems(Span<float> scores)
    {
        foreach (int item in _unknownItems)
            scores[item] = float.NaN;
    }

    private static int[] UnknownItemsOf(BipartiteGraph history) =>
        [.. Enumerable.Range(0, history.ItemCount).Where(item => history.UsersOf(item).IsEmpty)];

    private static bool IsUnknown(ReadOnlySpan<float> vector) => !vector.ContainsAnyExcept(0f) || TensorPrimitives.IsNaNAny(vector);
}
