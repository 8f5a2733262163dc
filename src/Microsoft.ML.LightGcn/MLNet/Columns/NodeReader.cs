using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Reads an id column, of keys or of values, as indices of nodes: each distinct id is turned into text and looked up once.
/// </summary>
internal sealed class NodeReader
{
    private readonly IdReader _ids;
    private readonly Func<ReadOnlyMemory<char>> _text;
    private readonly Func<ReadOnlyMemory<char>, int> _find;
    private readonly List<int> _nodes = [];

    /// <param name="row">The cursor.</param>
    /// <param name="column">A column of a type that <see cref="IdReader.OpenerFor"/> and <see cref="IdText"/> know.</param>
    /// <param name="find">The index of an id; negative where it has none.</param>
    public NodeReader(DataViewRow row, IdColumn column, Func<ReadOnlyMemory<char>, int> find)
    {
        _ids = column.Open(row);
        _text = TextGetter(row, column.Column);
        _find = find;
    }

    /// <summary>Number of distinct ids read so far.</summary>
    public int Count => _ids.Count;

    /// <summary>The index of the current row's id; null for a missing id, negative for one that was not found.</summary>
    public int? Read()
    {
        int ordinal = _ids.Read();
        if (ordinal == IdReader.Missing)
            return null;
        if (ordinal == _nodes.Count)
            _nodes.Add(_find(_text()));
        return _nodes[ordinal];
    }

    private static Func<ReadOnlyMemory<char>> TextGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not KeyDataViewType key)
            return IdText.Open(row, column)!;
        Func<ulong> get = KeyGetter(row, column, key);
        return IdText.KeyValuesOf(column) is { } values && values() is { } texts
            ? () => texts[get() - 1]
            : () => get().ToString(CultureInfo.InvariantCulture).AsMemory();
    }

    private static Func<ulong> KeyGetter(DataViewRow row, DataViewSchema.Column column, KeyDataViewType type) =>
        type.RawType == typeof(byte) ? Keys<byte>(row, column)
        : type.RawType == typeof(ushort) ? Keys<ushort>(row, column)
        : type.RawType == typeof(uint) ? Keys<uint>(row, column)
        : Keys<ulong>(row, column);

    private static Func<ulong> Keys<T>(DataViewRow row, DataViewSchema.Column column)
        where T : unmanaged, IBinaryInteger<T>
    {
        ValueGetter<T> get = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            get(ref value);
            return ulong.CreateTruncating(value);
        };
    }
}
