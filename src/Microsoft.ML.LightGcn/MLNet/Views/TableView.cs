using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>A table in memory as a data view: rows are numbered, and each column computes its value from the row number.</summary>
internal sealed class TableView : IDataView
{
    private readonly long _rowCount;
    private readonly Delegate[] _values;

    private TableView(long rowCount, DataViewSchema schema, Delegate[] values)
    {
        _rowCount = rowCount;
        Schema = schema;
        _values = values;
    }

    /// <summary>Writes the value of a column in a row.</summary>
    public delegate void RowValue<TValue>(long row, ref TValue value);

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    public sealed class Builder(long rowCount)
    {
        private readonly DataViewSchema.Builder _schema = new();
        private readonly List<Delegate> _values = [];

        public Builder Add<T>(string name, DataViewType type, RowValue<T> value, DataViewSchema.Annotations? annotations = null)
        {
            _schema.AddColumn(name, type, annotations);
            _values.Add(value);
            return this;
        }

        public TableView ToView() => new(rowCount, _schema.ToSchema(), [.. _values]);
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly TableView _table;
        private readonly bool[] _active;
        private long _next;
        private long _row = -1;

        public Cursor(TableView table, IEnumerable<DataViewSchema.Column> columnsNeeded)
        {
            _table = table;
            _active = new bool[table.Schema.Count];
            foreach (DataViewSchema.Column column in columnsNeeded)
                _active[column.Index] = true;
        }

        public override DataViewSchema Schema => _table.Schema;

        public override long Position => _row;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            _row = _next < _table._rowCount ? _next++ : -1;
            return _row >= 0;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Row(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            if (_table._values[column.Index] is not RowValue<TValue> value)
                throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
            return (ref TValue target) => value(Row(), ref target);
        }

        private long Row() => _row >= 0 ? _row : throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");
    }
}
