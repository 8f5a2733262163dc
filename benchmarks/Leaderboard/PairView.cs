using Microsoft.ML;
using Microsoft.ML.Data;

namespace Leaderboard;

/// <summary>Pairs in memory as rows of the keys User and Item: 8 bytes each, where <c>LoadFromEnumerable</c> makes four objects of every row that it reads.</summary>
internal sealed class PairView : IDataView
{
    private readonly (uint User, uint Item)[] _pairs;

    private PairView((uint User, uint Item)[] pairs, DataViewSchema.Builder schema)
    {
        _pairs = pairs;
        Schema = schema.ToSchema();
    }

    /// <summary>Makes a view.</summary>
    /// <param name="pairs">Indices from 0.</param>
    /// <param name="userCount">Number of users.</param>
    /// <param name="itemCount">Number of items.</param>
    public static PairView Create((uint User, uint Item)[] pairs, int userCount, int itemCount)
    {
        DataViewSchema.Builder schema = new();
        schema.AddColumn("User", new KeyDataViewType(typeof(uint), userCount));
        schema.AddColumn("Item", new KeyDataViewType(typeof(uint), itemCount));
        return new PairView(pairs, schema);
    }

    /// <summary>Copies the keys User and Item of a view, with what they stand for. What it was made from may then be given back.</summary>
    public static PairView Copy(IDataView source)
    {
        DataViewSchema.Column user = source.Schema["User"], item = source.Schema["Item"];
        List<(uint User, uint Item)> pairs = [];
        using (DataViewRowCursor cursor = source.GetRowCursor([user, item]))
        {
            ValueGetter<uint> getUser = cursor.GetGetter<uint>(user), getItem = cursor.GetGetter<uint>(item);
            uint userKey = 0, itemKey = 0;
            while (cursor.MoveNext())
            {
                getUser(ref userKey);
                getItem(ref itemKey);
                pairs.Add((userKey - 1, itemKey - 1));
            }
        }
        DataViewSchema.Builder schema = new();
        schema.AddColumn("User", user.Type, user.Annotations);
        schema.AddColumn("Item", item.Type, item.Annotations);
        return new PairView([.. pairs], schema);
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _pairs.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(PairView view, HashSet<int> active) : DataViewRowCursor
    {
        private int _next, _row = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _row;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            _row = _next < view._pairs.Length ? _next++ : -1;
            return _row >= 0;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_row, 0);

        // ML.NET's keys count from 1.
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<uint> getter = column.Index == 0
                ? (ref uint key) => key = view._pairs[_row].User + 1
                : (ref uint key) => key = view._pairs[_row].Item + 1;
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
        }
    }
}
