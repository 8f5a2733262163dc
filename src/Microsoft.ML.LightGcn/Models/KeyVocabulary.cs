using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The key values of a user or item column, as text: what tells that key 7 of one model and key 12 of another are the same
/// user. A column without key values has keys but no names for them; such keys are the same when their numbers are.
/// </summary>
internal sealed class KeyVocabulary
{
    /// <summary>The annotation that holds the values.</summary>
    public const string KeyValuesKind = "KeyValues";

    // Read on first use: most models are never continued or saved.
    private readonly Lazy<ReadOnlyMemory<char>[]?> _values;

    private KeyVocabulary(int count, Func<ReadOnlyMemory<char>[]?> values)
    {
        Count = count;
        _values = new Lazy<ReadOnlyMemory<char>[]?>(values);
    }

    /// <summary>Number of keys.</summary>
    public int Count { get; }

    /// <summary>The value of each key from key 1 on; null when the column has none.</summary>
    public ReadOnlyMemory<char>[]? Values => _values.Value;

    /// <summary>Reads the key values that a key column carries as annotation.</summary>
    public static KeyVocabulary Read(DataViewSchema.Column column)
    {
        int count = (int)((KeyDataViewType)column.Type).Count;
        Func<ReadOnlyMemory<char>[]>? read = IdText.KeyValuesOf(column);
        return new KeyVocabulary(count, () => read?.Invoke());
    }

    /// <summary>A vocabulary that was saved as text.</summary>
    public static KeyVocabulary FromText(int count, ReadOnlyMemory<char>[]? values) => new(count, () => values);

    /// <summary>For each key of this vocabulary, from key 1 on, the index of the same key in another one; -1 for a key it lacks.</summary>
    /// <exception cref="ArgumentException">One of the two has key values and the other has none.</exception>
    public int[] MapTo(KeyVocabulary other)
    {
        int[] rows = new int[Count];
        if ((Values is null) != (other.Values is null))
            throw new ArgumentException($"Keys can't be matched: {(Values is null ? "the data's keys have no key values" : "the data's keys have key values")}, the model's {(Values is null ? "have" : "have none")}. Map both with MapValueToKey, or neither.");
        if (Values is null)
        {
            for (int key = 0; key < rows.Length; key++)
                rows[key] = key < other.Count ? key : -1;
            return rows;
        }
        Dictionary<string, int> index = new(other.Count, StringComparer.Ordinal);
        for (int key = 0; key < other.Values!.Length; key++)
            index.TryAdd(other.Values[key].ToString(), key);
        var byText = index.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int key = 0; key < rows.Length; key++)
            rows[key] = byText.TryGetValue(Values[key].Span, out int row) ? row : -1;
        return rows;
    }
}
