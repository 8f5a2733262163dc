using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A set of items of one <see cref="Recommender"/>: a new user's choices, a deny list, an allow list. Immutable, so a set is
/// looked up once and used in any number of calls.
/// </summary>
public sealed class ItemSet
{
    private readonly KeyNames _names;
    private readonly int[] _items;

    /// <param name="names">The vocabulary that the items belong to.</param>
    /// <param name="items">Item indices, ascending, each once.</param>
    /// <param name="unknownIds">Ids that are not in the vocabulary.</param>
    internal ItemSet(KeyNames names, int[] items, IReadOnlyList<string> unknownIds)
    {
        _names = names;
        _items = items;
        UnknownIds = unknownIds;
    }

    /// <summary>Number of distinct items that the model knows.</summary>
    public int Count => _items.Length;

    /// <summary>The ids that the model does not know, in the order in which they were given.</summary>
    public IReadOnlyList<string> UnknownIds { get; }

    internal ReadOnlySpan<int> Items => _items;

    /// <exception cref="ArgumentException">The set was made by a recommender of another model.</exception>
    internal void CheckOwner(KeyNames names, string name)
    {
        if (!ReferenceEquals(names, _names))
            throw new ArgumentException($"{name}: expected items of this recommender, found items of another one. Get them again from this one.", name);
    }
}
