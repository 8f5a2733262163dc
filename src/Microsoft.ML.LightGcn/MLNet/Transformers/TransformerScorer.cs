using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Transformers;

/// <summary>
/// Scores items with any transformer that adds a score to rows of a user and an item key, pair by pair through a cursor, as a
/// user of the model would. ML.NET's models give NaN for keys that they do not know.
/// </summary>
internal sealed class TransformerScorer : IPartialScorer
{
    private readonly ITransformer _model;
    private readonly DataViewSchema.Column _user, _item;
    private readonly string _scoreColumnName;

    public TransformerScorer(IExceptionContext context, ITransformer model, DataViewSchema.Column user, DataViewSchema.Column item, string scoreColumnName)
    {
        _model = model;
        _user = user;
        _item = item;
        _scoreColumnName = scoreColumnName;
        UserCount = KeyColumns.KeyCount(user);
        ItemCount = KeyColumns.KeyCount(item);
        DataViewSchema.Column? score = model.GetOutputSchema(Pairs([]).Schema).GetColumnOrNull(scoreColumnName);
        if (score is null)
            throw context.Process(new ArgumentOutOfRangeException(nameof(model), $"Could not find score column '{scoreColumnName}'"));
        if (score.Value.Type != NumberDataViewType.Single)
            throw KeyColumns.Mismatch(context, "score", scoreColumnName, NumberDataViewType.Single.ToString(), score.Value.Type.ToString(), nameof(model));
    }

    public int UserCount { get; }

    public int ItemCount { get; }

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        IDataView scored = _model.Transform(Pairs(users.ToArray()));
        DataViewSchema.Column column = scored.Schema[_scoreColumnName];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<float> getter = cursor.GetGetter<float>(column);
        int count = 0;
        for (; cursor.MoveNext(); count++)
            getter(ref scores[count]);
        if (count != users.Length * ItemCount)
            throw new InvalidOperationException($"The model gave {count} rows for {users.Length} x {ItemCount} pairs: it must keep every row.");
    }

    private TableView Pairs(int[] users) => new TableView.Builder((long)users.Length * ItemCount)
        .Add(_user.Name, _user.Type, (long row, ref uint user) => user = (uint)users[row / ItemCount] + 1, _user.Annotations)
        .Add(_item.Name, _item.Type, (long row, ref uint item) => item = (uint)(row % ItemCount) + 1, _item.Annotations)
        .ToView();
}
