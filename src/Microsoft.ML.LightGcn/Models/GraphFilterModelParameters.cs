using System.Buffers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A filter of the interaction graph. The score of a user and an item is what two hops over the normalised graph carry from the user's history to the
/// item, plus the item's value in the low-pass part of the history, if the model has one.
/// </summary>
/// <remarks>
/// Indices are 0-based: the user with ML.NET key k is user k-1. The scores of a user or an item without training interactions are
/// NaN. Instances are immutable and thread-safe. Memory: the training graph, 4 bytes a user and an item, and, with a
/// low-pass part, twice items x <see cref="LowPassDimension"/> floats. The item-item operator is never made as a whole: scoring computes the rows that it
/// needs, those of the items in the histories of a block of users. So users score faster in large blocks. Rows of the most popular items, which take
/// longest and are needed most, are kept once computed, up to 256 MB of them.
/// </remarks>
public sealed class GraphFilterModelParameters : IRankingModel
{
    private const int MaximumKeptFloats = 1 << 26;

    private readonly BipartiteGraph _history;
    private readonly Vocabulary _users, _items;
    private readonly TwoHops _hops;
    private readonly LowPass? _lowPass;
    private readonly KnownNodes _known;
    private readonly Reasons _reasons;

    /// <param name="history">The graph.</param>
    /// <param name="lowPass">The low-pass part, or null.</param>
    /// <param name="users">The ids of the users.</param>
    /// <param name="items">The ids of the items.</param>
    /// <param name="maximumKeptFloats">Room for rows that are kept once computed.</param>
    internal GraphFilterModelParameters(BipartiteGraph history, LowPass? lowPass, Vocabulary users, Vocabulary items, int maximumKeptFloats = MaximumKeptFloats)
    {
        _history = history;
        _lowPass = lowPass;
        (_users, _items) = (users, items);
        _hops = new TwoHops(history, maximumKeptFloats);
        _known = KnownNodes.Of(history);
        _reasons = new Reasons(this);
    }

    /// <inheritdoc/>
    public int UserCount => _history.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _history.ItemCount;

    /// <summary>Number of singular vectors in the low-pass part; 0 when there is none.</summary>
    public int LowPassDimension => _lowPass?.Factors.ColumnCount ?? 0;

    /// <summary>Weight of the low-pass part; 0 when there is none.</summary>
    public float LowPassWeight => _lowPass?.Weight ?? 0;

    internal LowPass? LowPass => _lowPass;

    /// <summary>Length of the vectors whose inner product is a score: the low-pass part, padded, and then a component an item.</summary>
    internal int VectorLength => LowPassStride + ItemCount;

    string IRankingModel.Name => "GraphFilter";

    Vocabulary IRankingModel.Users => _users;

    Vocabulary IRankingModel.Items => _items;

    BipartiteGraph IRankingModel.History => _history;

    Factors? IRankingModel.Factors => null;

    KnownNodes IRankingModel.Known => _known;

    FoldIn IRankingModel.FoldIn => _reasons;

    IExplainer IRankingModel.Explainer => _reasons;

    private int LowPassStride => _lowPass?.Stride ?? 0;

    /// <summary>The score of one pair: the same bits as <see cref="ScoreItems"/> gives for it.</summary>
    /// <remarks>The time is that of reading the users of every item in the history.</remarks>
    /// <param name="user">User index, 0 to <see cref="UserCount"/>-1.</param>
    /// <param name="item">Item index, 0 to <see cref="ItemCount"/>-1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public float Score(int user, int item)
    {
        ScorerCheck.Pair(user, UserCount, item, ItemCount);
        return _known.Score(user, item, Score(_history.ItemsOf(user), item));
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        int[] block = ArrayPool<int>.Shared.Rent(users.Length);
        users.CopyTo(block);
        Score(users.Length, position => _history.ItemsOf(block[position]), scores);
        ArrayPool<int>.Shared.Return(block);
        _known.Mark(users, scores, ItemCount);
    }

    bool IRankingModel.IsKnown(int user) => !_history.ItemsOf(user).IsEmpty;

    /// <summary>The user's vector: the low-pass factors, and the weight of each item in the history.</summary>
    internal SparseVector UserVector(int user)
    {
        ReadOnlySpan<int> history = _history.ItemsOf(user);
        int dense = LowPassStride;
        int[] indices = new int[dense + history.Length];
        float[] values = new float[indices.Length];
        _lowPass?.WriteUser(history, values.AsSpan(0, dense));
        for (int k = 0; k < dense; k++)
            indices[k] = k;
        for (int h = 0; h < history.Length; h++)
        {
            indices[dense + h] = dense + history[h];
            values[dense + h] = _hops.UserWeight(history[h], TwoHops.UserScale(history));
        }
        return new SparseVector(VectorLength, values, indices);
    }

    /// <summary>Number of components other than zero of every item's vector.</summary>
    internal long CountItemVectors()
    {
        long total = 0;
        Parallel.For(0, ItemCount, () => (Column: new float[ItemCount], Count: 0L), (item, _, local) =>
        {
            _hops.WriteColumn(item, local.Column);
            return (local.Column, local.Count + VectorLength - local.Column.AsSpan().Count(0f));
        }, local => Interlocked.Add(ref total, local.Count));
        return total;
    }

    /// <summary>The item's vector: the low-pass factors, and what a hop from each item carries.</summary>
    internal SparseVector ItemVector(int item)
    {
        int dense = LowPassStride, count = dense;
        float[] column = new float[ItemCount];
        _hops.WriteColumn(item, column);
        int[] indices = new int[VectorLength - column.AsSpan().Count(0f)];
        float[] values = new float[indices.Length];
        _lowPass?.WriteItem(item, values.AsSpan(0, dense));
        for (int k = 0; k < dense; k++)
            indices[k] = k;
        for (int seen = 0; seen < column.Length; seen++)
        {
            if (column[seen] == 0)
                continue;
            indices[count] = dense + seen;
            values[count++] = column[seen];
        }
        return new SparseVector(VectorLength, values, indices);
    }

    private float Score(ReadOnlySpan<int> history, int item)
    {
        BlockedSum sum = new(_lowPass?.Score(history, item) ?? 0);
        float userScale = TwoHops.UserScale(history);
        foreach (int seen in history)
            sum.Add(seen, _hops.UserWeight(seen, userScale), _hops.Weight(seen, item));
        return sum.Total;
    }

    private void Score(int count, Histories historyOf, Span<float> scores)
    {
        scores = scores[..(count * ItemCount)];
        if (_lowPass is null)
            scores.Clear();
        else
            _lowPass.Score(count, historyOf, scores);
        _hops.Add(count, historyOf, scores);
    }

    /// <summary>A new user is a history like any other, and a score is a sum over its items.</summary>
    private sealed class Reasons(GraphFilterModelParameters model) : FoldIn, IExplainer
    {
        public override bool IsUseful(int item) => !model._history.UsersOf(item).IsEmpty;

        public override int Score(ReadOnlySpan<int> items, Span<float> scores)
        {
            int[] useful = Useful(items);
            model.Score(1, _ => useful, scores);
            model._known.MarkItems(scores);
            return useful.Length;
        }

        public ScoreParts Explain(int user, int item) => Explain(model._history.ItemsOf(user), item);

        public ScoreParts Explain(ReadOnlySpan<int> chosen, int item)
        {
            int[] useful = Useful(chosen);
            float userScale = TwoHops.UserScale(useful);
            float[] target = new float[model.LowPassStride];
            model._lowPass?.WriteItem(item, target);
            float score = model._known.HasItem(item) ? model.Score(useful, item) : float.NaN;
            return new ScoreParts(score, 0, Array.ConvertAll(useful, Part));

            ScorePart Part(int seen)
            {
                float hops = model._hops.UserWeight(seen, userScale) * model._hops.Weight(seen, item);
                return new ScorePart(
                    seen, model._lowPass is { } lowPass ? hops + userScale * PairScore.Compute(lowPass.Factors.PaddedRow(seen), target) : hops);
            }
        }
    }
}
