using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>Pairs of user and item indices, in memory at 8 bytes a pair, as two key columns: index k is key value k+1.</summary>
internal sealed class IndexPairView : IDataView
{
    private readonly int[] _pairs;

    /// <param name="pairs">User, item, user, item, ...; each in range.</param>
    /// <param name="userCount">Cardinality of the user column.</param>
    /// <param name="itemCount">Cardinality of the item column.</param>
    public IndexPairView(int[] pairs, int userCount, int itemCount)
    {
        _pairs = pairs;
        DataViewSchema.Builder schema = new();
        schema.AddColumn("User", new KeyDataViewType(typeof(uint), userCount));
        schema.AddColumn("Item", new KeyDataViewType(typeof(uint), itemCount));
        Schema = schema.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _pairs.Length / 2;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(Schema, _pairs, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly int[] _pairs;
        private readonly bool[] _active = new bool[2];
        private int _next;
        private int _row = -1;

        public Cursor(DataViewSchema schema, int[] pairs, IEnumerable<DataViewSchema.Column> columnsNeeded)
        {
            Schema = schema;
            _pairs = pairs;
            foreach (DataViewSchema.Column column in columnsNeeded)
                _active[column.Index] = true;
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _row;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            if (_next == _pairs.Length / 2)
            {
                _row = -1;
                return false;
            }
            _row = _next++;
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            int offset = column.Index;
            ValueGetter<uint> get = (ref uint value) => value = (uint)_pairs[2 * Row() + offset] + 1;
            return get as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {typeof(uint)}, not {typeof(TValue)}.");
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row(), 0);

        private int Row() => _row >= 0 ? _row : throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");
    }
}
