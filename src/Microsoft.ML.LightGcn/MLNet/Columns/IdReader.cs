using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Reads a scalar column as ordinals: 0, 1, 2, ... in the order in which its values first appear, whatever their type.
/// </summary>
internal abstract class IdReader
{
    /// <summary>The ordinal of a missing value: key 0 or over the key count, empty text, NaN.</summary>
    public const int Missing = -1;

    /// <summary>The types that <see cref="OpenerFor"/> accepts, for messages.</summary>
    public const string ExpectedTypes = "a scalar key, text, number, Boolean, time or row id";

    /// <summary>Makes a reader for one pass over a cursor.</summary>
    public delegate IdReader Opener(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Number of distinct values read so far.</summary>
    public int Count { get; private set; }

    /// <summary>The ordinal of the current row's value, or <see cref="Missing"/>.</summary>
    public abstract int Read();

    /// <summary>How a column of a type is read; null when it is not an id.</summary>
    public static Opener? OpenerFor(DataViewType type) => type switch
    {
        KeyDataViewType key => Keys(key),
        TextDataViewType => (row, column) => new TextReader(row.GetGetter<ReadOnlyMemory<char>>(column)),
        NumberDataViewType => NumberTypes.Visit(type.RawType, new NumberOpener()),
        BooleanDataViewType => Values<bool>(),
        DateTimeDataViewType => Values<DateTime>(),
        DateTimeOffsetDataViewType => Values<DateTimeOffset>(),
        TimeSpanDataViewType => Values<TimeSpan>(),
        RowIdDataViewType => Values<DataViewRowId>(),
        _ => null,
    };

    private static Opener Keys(KeyDataViewType type) => type.Count <= KeyReader.MaximumCount
        ? (row, column) => new KeyReader(RawKeys.Open(row, column)!, (int)type.Count)
        : (row, column) => new SparseKeyReader(RawKeys.Open(row, column)!, type.Count);

    private sealed class NumberOpener : INumberVisitor<Opener>
    {
        public Opener Visit<T>()
            where T : unmanaged, INumber<T> => Values<T>();
    }

    private static Opener Values<T>() where T : struct, IEquatable<T> =>
        (row, column) => new ValueReader<T>(row.GetGetter<T>(column));

    /// <summary>Keys few enough for a table with one place for each; it grows up to the highest key that is seen.</summary>
    private sealed class KeyReader(Func<ulong> get, int keyCount) : IdReader
    {
        public const int MaximumCount = 1 << 24;

        // The ordinal + 1 of each key value; 0 where it was not seen yet.
        private int[] _next = new int[Math.Min(keyCount, 1023) + 1];

        public override int Read()
        {
            ulong key = get();
            if (key - 1 >= (ulong)keyCount)
                return Missing;
            if (key >= (ulong)_next.Length)
                Array.Resize(ref _next, (int)Math.Min(keyCount + 1L, Math.Max((long)key + 1, 2L * _next.Length)));
            ref int next = ref _next[key];
            if (next == 0)
                next = ++Count;
            return next - 1;
        }
    }

    /// <summary>Keys of a range too wide for a table, such as hashes.</summary>
    private sealed class SparseKeyReader(Func<ulong> get, ulong keyCount) : IdReader
    {
        private readonly Dictionary<ulong, int> _ordinals = [];

        public override int Read()
        {
            ulong key = get();
            if (key - 1 >= keyCount)
                return Missing;
            ref int ordinal = ref CollectionsMarshal.GetValueRefOrAddDefault(_ordinals, key, out bool seen);
            if (!seen)
                ordinal = Count++;
            return ordinal;
        }
    }

    private sealed class ValueReader<T>(ValueGetter<T> get) : IdReader where T : struct, IEquatable<T>
    {
        private readonly Dictionary<T, int> _ordinals = [];

        public override int Read()
        {
            T value = default;
            get(ref value);
            // Resolved when the method is compiled for each T; nothing is boxed.
            if (typeof(T) == typeof(float) && float.IsNaN((float)(object)value) || typeof(T) == typeof(double) && double.IsNaN((double)(object)value))
                return Missing;
            ref int ordinal = ref CollectionsMarshal.GetValueRefOrAddDefault(_ordinals, value, out bool seen);
            if (!seen)
                ordinal = Count++;
            return ordinal;
        }
    }

    private sealed class TextReader : IdReader
    {
        private readonly ValueGetter<ReadOnlyMemory<char>> _get;
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ordinals =
            new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        private ReadOnlyMemory<char> _text;

        public TextReader(ValueGetter<ReadOnlyMemory<char>> get) => _get = get;

        public override int Read()
        {
            _get(ref _text);
            if (_text.IsEmpty)
                return Missing;
            // A string is made only for text that was not seen before.
            ref int ordinal = ref CollectionsMarshal.GetValueRefOrAddDefault(_ordinals, _text.Span, out bool seen);
            if (!seen)
                ordinal = Count++;
            return ordinal;
        }
    }
}
