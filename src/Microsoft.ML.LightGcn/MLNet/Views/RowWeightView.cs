using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>
/// The rows of a data view with a column of weights added that one pass over them finds. Cursors that are not asked for the
/// weights do without that pass.
/// </summary>
internal sealed class RowWeightView : IDataView
{
    private readonly IExceptionContext _context;
    private readonly IDataView _source;
    private readonly LazyPass<float[]> _weights;

    public RowWeightView(IExceptionContext context, IDataView source, LazyPass<float[]> weights, string weightColumnName)
    {
        (_context, _source, _weights) = (context, source, weights);
        DataViewSchema.Builder schema = new();
        schema.AddColumns(source.Schema);
        schema.AddColumn(weightColumnName, NumberDataViewType.Single);
        Schema = schema.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ILookup<bool, DataViewSchema.Column> needed = columnsNeeded.ToLookup(IsWeight);
        float[]? weights = needed[true].Any() ? _weights.Get() : null;
        return new Cursor(this, _source.GetRowCursor(needed[false].Select(column => _source.Schema[column.Index])), weights);
    }

    // Weights go by row number, which only a single cursor over the source can tell.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private bool IsWeight(DataViewSchema.Column column) => column.Index == _source.Schema.Count;

    private sealed class Cursor(RowWeightView view, DataViewRowCursor source, float[]? weights) : DataViewRowCursor
    {
        private readonly SameRows? _rows = weights is null ? null : new SameRows(view._context, source, weights.Length);

        public override DataViewSchema Schema => view.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool MoveNext() => _rows?.MoveNext() ?? source.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            view.IsWeight(column) ? weights is not null : source.IsColumnActive(view._source.Schema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!view.IsWeight(column))
                return source.GetGetter<TValue>(view._source.Schema[column.Index]);
            if (weights is null)
                throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
            ValueGetter<float> getter = (ref float weight) => weight = weights[_rows!.Row];
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }
    }
}
