using System.Collections;
using System.Text;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// Ids where they lie in a model file, as UTF-8: an id becomes text when it is asked for, and is found by bisection of the order of all. Nothing is
/// built when the file is opened, however many there are.
/// </summary>
/// <param name="starts">Where each id starts in the text, and where the last ends, in bytes.</param>
/// <param name="text">All ids, one after the other.</param>
/// <param name="order">The indices of the ids in the order of their bytes; equal ones by index.</param>
internal sealed class MappedIds(ReadOnlyMemory<long> starts, ReadOnlyMemory<byte> text, ReadOnlyMemory<int> order) : IReadOnlyList<string>
{
    private const int ShortId = 256;

    public int Count => starts.Length - 1;

    public string this[int index] => Encoding.UTF8.GetString(Bytes(index));

    /// <summary>The least index of an id; -1 where there is none, or it is empty.</summary>
    public int Find(ReadOnlySpan<char> id)
    {
        if (id.IsEmpty)
            return -1;
        int length = Encoding.UTF8.GetMaxByteCount(id.Length);
        Span<byte> bytes = length <= ShortId ? stackalloc byte[ShortId] : new byte[length];
        bytes = bytes[..Encoding.UTF8.GetBytes(id, bytes)];
        ReadOnlySpan<int> sorted = order.Span;
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Bytes(sorted[middle]).SequenceCompareTo(bytes) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low < sorted.Length && Bytes(sorted[low]).SequenceEqual(bytes) ? sorted[low] : -1;
    }

    public IEnumerator<string> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<byte> Bytes(int index)
    {
        ReadOnlySpan<long> offsets = starts.Span;
        return text.Span[(int)offsets[index]..(int)offsets[index + 1]];
    }
}
