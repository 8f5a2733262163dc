using System.Globalization;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A set of items of one model, from <see cref="Recommender.GetItems{TId}"/>: a new user's choices, a deny list, an allow list. A set is immutable: look
/// it up once and use it in any number of calls.
/// </summary>
public sealed class ItemSet
{
    private readonly Vocabulary _vocabulary;
    private readonly int[] _items;

    /// <param name="vocabulary">The vocabulary that the items belong to.</param>
    /// <param name="items">Item indices, ascending, each once.</param>
    /// <param name="unknownIds">Ids that are not in the vocabulary.</param>
    internal ItemSet(Vocabulary vocabulary, int[] items, IReadOnlyList<string> unknownIds)
    {
        _vocabulary = vocabulary;
        _items = items;
        UnknownIds = unknownIds;
    }

    /// <summary>Number of distinct items that the model knows.</summary>
    public int Count => _items.Length;

    /// <summary>The ids that the model does not know, in the order in which they were given.</summary>
    public IReadOnlyList<string> UnknownIds { get; }

    internal ReadOnlySpan<int> Items => _items;

    /// <summary>Looks up a set: unknown ids are kept apart.</summary>
    internal static ItemSet Of<TId>(Vocabulary vocabulary, IEnumerable<TId> ids)
        where TId : notnull
    {
        ArgumentNullException.ThrowIfNull(ids);
        SortedSet<int> items = [];
        List<string>? unknown = null;
        foreach (TId id in ids)
        {
            int item = vocabulary.Find(id);
            if (item >= 0)
                items.Add(item);
            else
                (unknown ??= []).Add(Vocabulary.TextOf(id));
        }
        return new ItemSet(vocabulary, [.. items], unknown is null ? [] : unknown.AsReadOnly());
    }

    /// <exception cref="ArgumentException">The set was made by a recommender of another model.</exception>
    internal void CheckOwner(Vocabulary vocabulary, string name)
    {
        if (!ReferenceEquals(vocabulary, _vocabulary))
            throw new ArgumentException($"{name}: expected items of this model, found items of another one. Get them again from this recommender.", name);
    }
}
