using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>
/// The rows of a data view that carry one label, in their order, with every column and annotation. Cursors stream: they
/// move over the other rows and ask the source only for the columns that their reader asked for.
/// </summary>
internal sealed class RowSelectionView(IExceptionContext context, IDataView source, LazyRowLabels labels, RowLabel label) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => labels.IfComputed?.CountOf(label);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        RowLabels computed = labels.Get();
        return new Cursor(context, source.GetRowCursor(columnsNeeded), computed, label);
    }

    // Labels go by row number, which only a single cursor over the source can tell.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(IExceptionContext context, DataViewRowCursor source, RowLabels labels, RowLabel label) : DataViewRowCursor
    {
        private int _row = -1;
        private long _position = -1;
        private bool _ended;

        public override long Position => _ended ? -1 : _position;

        public override long Batch => source.Batch;

        public override DataViewSchema Schema => source.Schema;

        public override bool MoveNext()
        {
            if (_ended)
                return false;
            ReadOnlySpan<RowLabel> rowLabels = labels.Span;
            while (source.MoveNext())
            {
                if (++_row >= rowLabels.Length)
                    throw RowsChanged($"more than {rowLabels.Length:N0}");
                if (rowLabels[_row] == label)
                {
                    _position++;
                    return true;
                }
            }
            _ended = true;
            return _row + 1 == rowLabels.Length ? false : throw RowsChanged($"{_row + 1:N0}");
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

        private InvalidOperationException RowsChanged(string found)
        {
            _ended = true;
            return context.Process(new InvalidOperationException(
                $"The source of a filter or split changed: it had {labels.Span.Length:N0} rows when rows were chosen and has {found} now. " +
                "It must give the same rows in the same order on every pass."));
        }
    }
}
