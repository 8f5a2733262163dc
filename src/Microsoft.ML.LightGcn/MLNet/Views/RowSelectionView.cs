using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>
/// The rows of a data view that carry one label, in their order, with every column and annotation. Cursors stream: they
/// move over the other rows and ask the source only for the columns that their reader asked for.
/// </summary>
internal sealed class RowSelectionView(IExceptionContext context, IDataView source, LazyPass<RowLabels> labels, RowLabel label) : IDataView
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
        private readonly SameRows _rows = new(context, source, labels.Span.Length);
        private long _position = -1;
        private bool _ended;

        public override long Position => _ended ? -1 : _position;

        public override long Batch => source.Batch;

        public override DataViewSchema Schema => source.Schema;

        public override bool MoveNext()
        {
            if (_ended)
                return false;
            // Set first: a cursor that has failed has ended too.
            _ended = true;
            ReadOnlySpan<RowLabel> rowLabels = labels.Span;
            while (_rows.MoveNext())
            {
                if (rowLabels[_rows.Row] != label)
                    continue;
                _position++;
                _ended = false;
                return true;
            }
            return false;
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
