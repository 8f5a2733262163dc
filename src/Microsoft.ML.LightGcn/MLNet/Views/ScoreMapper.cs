using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>
/// A model bound to an input schema: passes every column on, key annotations included, and adds Score, computed only where a
/// row is asked for it.
/// </summary>
internal sealed class ScoreMapper : IRowToRowMapper
{
    private readonly IRankingModel _scorer;
    private readonly DataViewSchema.Column _user;
    private readonly DataViewSchema.Column _item;
    private readonly int _scoreIndex;

    public ScoreMapper(IRankingModel scorer, DataViewSchema input, DataViewSchema.Column user, DataViewSchema.Column item)
    {
        _scorer = scorer;
        InputSchema = input;
        _user = user;
        _item = item;
        _scoreIndex = input.Count;
        DataViewSchema.Builder builder = new();
        builder.AddColumns(input);
        builder.AddColumn(KeyColumns.ScoreColumnName, NumberDataViewType.Single);
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] needed = new bool[InputSchema.Count];
        foreach (DataViewSchema.Column column in dependingColumns)
        {
            if (column.Index == _scoreIndex)
                needed[_user.Index] = needed[_item.Index] = true;
            else
                needed[column.Index] = true;
        }
        return InputSchema.Where(column => needed[column.Index]);
    }

    public bool IsScore(DataViewSchema.Column column) => column.Index == _scoreIndex;

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new ScoreRow(this, input, activeColumns.Any(IsScore));

    /// <summary>The score of the input row's pair; NaN when a key is missing or not one of the model's.</summary>
    public ValueGetter<float> ScoreGetter(DataViewRow input)
    {
        ValueGetter<uint> getUser = input.GetGetter<uint>(_user), getItem = input.GetGetter<uint>(_item);
        IRankingModel scorer = _scorer;
        uint user = 0, item = 0;
        return (ref float score) =>
        {
            getUser(ref user);
            getItem(ref item);
            int u = KeyIndex.Of(user, scorer.UserCount), i = KeyIndex.Of(item, scorer.ItemCount);
            score = u >= 0 && i >= 0 ? scorer.Score(u, i) : float.NaN;
        };
    }

    private sealed class ScoreRow(ScoreMapper mapper, DataViewRow input, bool withScore) : DataViewRow
    {
        private readonly ValueGetter<float>? _score = withScore ? mapper.ScoreGetter(input) : null;

        public override DataViewSchema Schema => mapper.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            mapper.IsScore(column) ? _score is not null : input.IsColumnActive(mapper.InputSchema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!mapper.IsScore(column))
                return input.GetGetter<TValue>(mapper.InputSchema[column.Index]);
            if (_score is null)
                throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active in this row.");
            return _score as ValueGetter<TValue>
                ?? throw new InvalidOperationException(
                    $"Invalid TValue in GetGetter: '{typeof(TValue)}', column '{column.Name}' has type '{NumberDataViewType.Single}'.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
