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
    private readonly Func<string> _text;
    private readonly Func<string, int> _find;
    private readonly List<int> _nodes = [];

    /// <param name="row">The cursor.</param>
    /// <param name="column">A column of a type that <see cref="IdReader.OpenerFor"/> and <see cref="ValueText"/> know.</param>
    /// <param name="find">The index of an id; negative where it has none.</param>
    public NodeReader(DataViewRow row, IdColumn column, Func<string, int> find)
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

    private static Func<string> TextGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (RawKeys.Open(row, column) is not { } get)
            return ValueText.Open(row, column)!;
        return KeyValues.FormatOf(column) is { } format && KeyValues.TextOf(column, format) is { } texts
            ? () => texts[get() - 1]
            : () => (get() - 1).ToString(CultureInfo.InvariantCulture);
    }
}
