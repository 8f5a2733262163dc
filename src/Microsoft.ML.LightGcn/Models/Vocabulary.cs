using System.Globalization;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The ids of a user or item column, the way between ids and indices, and what tells that key 7 of one model and key 12 of another are the
/// same user. Without key values the id is the number that the caller wrote: ML.NET counts it from 0, and key k stands for k - 1.
/// </summary>
internal sealed class Vocabulary
{
    // Made on first use: most models are never continued, saved or recommended with.
    private readonly Lazy<IReadOnlyList<string>?> _names;
    private readonly Lazy<Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>>> _indices;

    /// <param name="role">What the ids are of, for errors: "user" or "item".</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="format">The type of the key values; null where there are none, or where a file of an earlier version does not say.</param>
    /// <param name="names">The key values as text, from key 1 on, empty for a key without one; null where the column has none.</param>
    /// <param name="numbersAreIds">Whether, without key values, the caller wrote the numbers of the keys; false for hashes, say.</param>
    public Vocabulary(string role, int count, IdFormat? format, Func<IReadOnlyList<string>?> names, bool numbersAreIds = true)
    {
        Role = role;
        Count = count;
        Format = format;
        NumbersAreIds = numbersAreIds;
        _names = new Lazy<IReadOnlyList<string>?>(names);
        _indices = new Lazy<Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>>>(Index);
    }

    /// <summary>What the ids are of: "user" or "item".</summary>
    public string Role { get; }

    /// <summary>Number of keys.</summary>
    public int Count { get; }

    /// <summary>The type of the ids; null where there are no key values, or where a file of an earlier version does not say.</summary>
    public IdFormat? Format { get; }

    /// <summary>Whether, without key values, the caller wrote the numbers of the keys. Where not, users and items can't be asked for by id.</summary>
    public bool NumbersAreIds { get; }

    /// <summary>What the ids were read from, to recognise it by; null where they come from a file.</summary>
    public object? Origin { get; init; }

    /// <summary>The ids from key 1 on, empty for a key without one; null where keys have no values.</summary>
    public IReadOnlyList<string>? Names => _names.Value;

    /// <summary>The id of an index as text, empty for a key without one; the number of the key, from 0, where keys have no values.</summary>
    public string this[int index] => Names?[index] ?? index.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the id of an index is known.</summary>
    public bool HasId(int index) => Names is { } names ? names[index].Length > 0 : NumbersAreIds;

    /// <summary>The index of a key; negative where there is none.</summary>
    public int Find(Key key) => KeyIndex.Of(key.Value, Count);

    /// <summary>The index of an id of any type; negative for one that the vocabulary lacks.</summary>
    /// <exception cref="ArgumentException">The id is of a type that the column does not have.</exception>
    public int Find<TId>(TId id)
    {
        // ThrowIfNull would box.
        if (id is null)
            throw new ArgumentNullException(nameof(id));
        if (typeof(TId) == typeof(Key))
            return Find((Key)(object)id);
        if (typeof(TId) == typeof(string))
            return FindText((string)(object)id);
        if (typeof(TId) == typeof(ReadOnlyMemory<char>))
            return FindText(((ReadOnlyMemory<char>)(object)id).Span);
        CheckHasIds(id);
        Span<char> text = stackalloc char[IdFormat.MaximumLength];
        IdKind kind = IdFormat.Write(id, text, out int length) ?? throw Wrong(typeof(TId).Name, id);
        if (!Takes(kind))
            throw Wrong(typeof(TId).Name, id);
        int index = Lookup(text[..length]);
        // A whole number or a Double is written otherwise than the Single of the same value.
        return index < 0 && Format is { Kind: IdKind.Real } && Format.Canonical(text[..length]) is { } canonical ? Lookup(canonical) : index;
    }

    /// <summary>The index of an id that is written as text, whatever its type; negative for one that the vocabulary lacks.</summary>
    /// <exception cref="ArgumentException">The text is no id of the column's type.</exception>
    public int FindText(ReadOnlySpan<char> id)
    {
        if (Names is null && !NumbersAreIds)
            CheckHasIds(id.ToString());
        int index = Lookup(id);
        if (index >= 0)
            return index;
        if (Names is null)
            return IsInteger(id) ? -1 : throw Wrong("text", id.ToString());
        // Text has one way to be written.
        if (Format is null or { Kind: IdKind.Text })
            return -1;
        if (Format.Canonical(id) is { } canonical)
            return Lookup(canonical);
        // A number out of the type's range is an unknown id, as it is when it is given as a number.
        return Format.Kind == IdKind.Integer && IsInteger(id) ? -1 : throw Wrong("text", id.ToString());
    }

    /// <summary>The index of an id as it is written, or of the number of a key; negative where there is none.</summary>
    public int Lookup(ReadOnlySpan<char> id)
    {
        if (Names is MappedIds mapped)
            return mapped.Find(id);
        if (Names is not null)
            return _indices.Value.TryGetValue(id, out int index) ? index : -1;
        return int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < Count ? number : -1;
    }

    /// <summary>The index of an id that must be there.</summary>
    /// <exception cref="KeyNotFoundException">The vocabulary lacks it.</exception>
    /// <exception cref="ArgumentException">The id is of a type that the column does not have.</exception>
    public int Require<TId>(TId id)
    {
        int index = Find(id);
        return index >= 0
            ? index
            : throw new KeyNotFoundException(string.Create(CultureInfo.InvariantCulture,
                $"Expected one of the model's {Count:N0} {Role}s, found {Role} '{TextOf(id)}', which it does not know."));
    }

    /// <summary>An id as results and files write it.</summary>
    public static string TextOf<TId>(TId id)
    {
        if (id is Key key)
            return key.Value.ToString(CultureInfo.InvariantCulture);
        Span<char> text = stackalloc char[IdFormat.MaximumLength];
        return IdFormat.Write(id, text, out int length) is null ? id?.ToString() ?? "" : text[..length].ToString();
    }

    /// <summary>For each key of this vocabulary, from key 1 on, the index of the same key in another one; -1 for a key it lacks.</summary>
    /// <exception cref="ArgumentException">One of the two has key values and the other has none.</exception>
    public int[] MapTo(Vocabulary other)
    {
        if ((Names is null) != (other.Names is null))
            throw new ArgumentException(
                $"Keys can't be matched: expected {(other.Names is null ? "keys without key values" : "keys with key values")}, "
                + $"as the model's are, found {(Names is null ? "keys without key values" : "keys with key values")}. "
                + "Map both with MapValueToKey, or neither.");
        if (Names is null && Count != other.Count && !(NumbersAreIds && other.NumbersAreIds))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Keys can't be matched: expected {other.Count:N0} keys of {Role}s, as many as the model has, found {Count:N0}. "
                + $"They have no key values, and hashes of another length are other hashes."));
        int[] indices = new int[Count];
        for (int index = 0; index < indices.Length; index++)
            indices[index] = Names is null ? (index < other.Count ? index : -1) : other.Lookup(Names[index]);
        return indices;
    }

    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> Index()
    {
        Dictionary<string, int> indices = new(Count, StringComparer.Ordinal);
        for (int index = 0; index < Count; index++)
        {
            // An empty text is a missing value to ML.NET.
            if (Names![index].Length > 0)
                indices.TryAdd(Names[index], index);
        }
        return indices.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether the column may have ids of a kind.</summary>
    private bool Takes(IdKind kind) =>
        Names is null ? kind == IdKind.Integer
        : Format is null || kind == Format.Kind || (kind == IdKind.Integer && Format.Kind == IdKind.Real);

    private void CheckHasIds<TId>(TId id)
    {
        if (Names is null && !NumbersAreIds)
            throw new ArgumentException(
                $"Expected the key of one of the {Role}s, new Key(...), found {typeof(TId).Name} '{TextOf(id)}': "
                + $"the {Role} column has keys without key values, whose ids are not known "
                + "(hashes, say, or a model that an earlier version saved). To ask by id, make the keys with MapValueToKey and fit again.",
                nameof(id));
    }

    private static bool IsInteger(ReadOnlySpan<char> id) => System.Int128.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private ArgumentException Wrong(string type, object id)
    {
        string expected = Format is not null
            ? $"an id of type {Format.Name}, as the {Role} column has"
            : Names is null
                ? $"a whole number, as the {Role} column was given"
                : "an id of a type that ML.NET has keys of: text, a number, a Boolean or a time";
        return new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Expected {expected}, found {type} '{id}'."), nameof(id));
    }
}
