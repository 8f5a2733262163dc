using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

/// <summary>A source that counts what is read of it and can change its number of rows between passes.</summary>
internal sealed class WatchedView(IDataView source) : IDataView
{
    private int _cursorCount;
    private long _rowsRead;

    public int CursorCount => _cursorCount;

    public long RowsRead => _rowsRead;

    /// <summary>Names of the columns that the last cursor was asked for.</summary>
    public string[] LastColumns { get; private set; } = [];

    /// <summary>What the source says its row count is.</summary>
    public long? RowCount { get; set; }

    /// <summary>How many rows cursors give; null is all.</summary>
    public int? Limit { get; set; }

    /// <summary>Whether the next cursors fail at their first row.</summary>
    public bool Fails { get; set; }

    public bool CanShuffle => true;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => RowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Assert.Null(rand);
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        Interlocked.Increment(ref _cursorCount);
        LastColumns = [.. columns.Select(c => c.Name)];
        return new Cursor(this, source.GetRowCursor(columns), Limit ?? int.MaxValue);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        throw new InvalidOperationException("A row selection needs the rows in order.");

    private sealed class Cursor(WatchedView view, DataViewRowCursor source, int limit) : DataViewRowCursor
    {
        private int _left = limit;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override DataViewSchema Schema => source.Schema;

        public override bool MoveNext()
        {
            if (view.Fails)
                throw new IOException("The disk is away.");
            if (_left-- == 0 || !source.MoveNext())
                return false;
            Interlocked.Increment(ref view._rowsRead);
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
