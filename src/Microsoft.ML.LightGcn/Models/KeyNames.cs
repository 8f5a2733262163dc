using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The way between ids and indices of one side of a model. Without key values the number of a key is its id, as it is for whoever
/// matches such keys.
/// </summary>
internal sealed class KeyNames
{
    private readonly string[]? _names;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _indices;
    private readonly string _role;

    /// <param name="vocabulary">The keys.</param>
    /// <param name="role">What they are of, for errors: "user" or "item".</param>
    public KeyNames(KeyVocabulary vocabulary, string role)
    {
        Count = vocabulary.Count;
        _role = role;
        Dictionary<string, int> indices = new(StringComparer.Ordinal);
        if (vocabulary.Values is { } values)
        {
            _names = Array.ConvertAll(values, value => value.ToString());
            indices.EnsureCapacity(Count);
            for (int index = 0; index < _names.Length; index++)
                indices.TryAdd(_names[index], index);
        }
        _indices = indices.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Number of keys.</summary>
    public int Count { get; }

    /// <summary>The key values that a key column carries; none where the model's column had none.</summary>
    public DataViewSchema.Annotations? Annotations
    {
        get
        {
            if (_names is null)
                return null;
            DataViewSchema.Annotations.Builder builder = new();
            builder.Add(KeyVocabulary.KeyValuesKind, new VectorDataViewType(TextDataViewType.Instance, Count), (ref VBuffer<ReadOnlyMemory<char>> values) =>
                values = new VBuffer<ReadOnlyMemory<char>>(Count, Array.ConvertAll(_names, name => name.AsMemory())));
            return builder.ToAnnotations();
        }
    }

    /// <summary>The id of an index.</summary>
    public string this[int index] => _names?[index] ?? (index + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>The index of an id; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> id)
    {
        if (_names is not null)
            return _indices.TryGetValue(id, out int index) ? index : -1;
        return uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out uint key) ? FindKey(key) : -1;
    }

    /// <summary>The index of an id that is a whole number; -1 where there is none.</summary>
    public int Find(long id)
    {
        Span<char> text = stackalloc char[20];
        id.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return Find(text[..length]);
    }

    /// <summary>The index of an ML.NET key value; -1 where there is none, as for a missing key.</summary>
    public int FindKey(uint key) => key - 1 < (uint)Count ? (int)(key - 1) : -1;

    /// <exception cref="KeyNotFoundException">The index is -1.</exception>
    public int Require(int index, object id) =>
        index >= 0 ? index : throw new KeyNotFoundException(string.Create(CultureInfo.InvariantCulture, $"Expected one of the model's {Count:N0} {_role}s, found {_role} '{id}', which it does not know."));
}
