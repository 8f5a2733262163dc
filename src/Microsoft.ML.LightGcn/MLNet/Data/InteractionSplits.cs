using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// Which pairs of each user, or which items, a split holds out; each takes one streaming pass over the columns it goes by. What is held out takes all its
/// rows along.
/// </summary>
internal static class InteractionSplits
{
    /// <summary>Users with fewer items than this stay in train whole when one is left out for each of test and validation.</summary>
    private const int MinimumPairs = 3;

    /// <summary>One test and one validation pair for each user with enough pairs.</summary>
    public static (int Validation, int Test) LeaveOneOut(int pairs) => pairs >= MinimumPairs ? (1, 1) : (0, 0);

    /// <summary>
    /// Draws each user's held-out pairs, every choice equally likely. A user's draw depends on the seed, the user's ordinal
    /// by first appearance and the number of the user's pairs, and on nothing else.
    /// </summary>
    public static RowLabels Sample(
        IExceptionContext context, IDataView input, (IdColumn User, IdColumn Item) columns, int seed, RandomPurpose purpose,
        Func<int, (int Validation, int Test)> heldOut)
    {
        PairRows rows = PairRows.Read(context, input, columns.User, columns.Item);
        int[] pairCounts = new int[rows.UserCount];
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows.IsFirst(row))
                pairCounts[rows.UserOf(row)]++;
        }
        UserDraw[] draws = new UserDraw[rows.UserCount];
        for (int u = 0; u < draws.Length; u++)
        {
            (int validation, int test) = heldOut(pairCounts[u]);
            draws[u] = new UserDraw(new RandomStream(seed, purpose, u), pairCounts[u], validation, test);
        }
        RowLabel[] labels = Kept(rows.Count);
        for (int row = 0; row < labels.Length; row++)
        {
            if (rows.IsFirst(row))
                labels[row] = draws[rows.UserOf(row)].Next();
        }
        return rows.WithEqualPairs(labels);
    }

    /// <summary>
    /// Each user's last pair is for test, the one before for validation. A pair is as old as its earliest row; of equal times the one whose first row
    /// comes later is later.
    /// </summary>
    public static RowLabels TemporalLeaveOneOut(IExceptionContext context, IDataView input, (IdColumn User, IdColumn Item) columns, TimeColumn? time)
    {
        PairRows rows = PairRows.Read(context, input, columns.User, columns.Item, time);
        UserEnd[] ends = new UserEnd[rows.UserCount];
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows.IsFirst(row))
                ends[rows.UserOf(row)].Add(rows.EarliestTimeOf(row), row);
        }
        RowLabel[] labels = Kept(rows.Count);
        foreach (UserEnd end in ends)
        {
            if (end.PairCount < MinimumPairs)
                continue;
            labels[end.LastRow] = RowLabel.Test;
            labels[end.PreviousRow] = RowLabel.Validation;
        }
        return rows.WithEqualPairs(labels);
    }

    /// <summary>
    /// Draws whole items, every choice equally likely: each item has a random number that depends on the seed and the item's
    /// ordinal by first appearance alone. The smallest numbers are for test and the largest for validation, so that neither part
    /// depends on the size of the other.
    /// </summary>
    public static RowLabels ColdItems(IExceptionContext context, IDataView input, IdColumn item, int seed, Func<int, (int Validation, int Test)> heldOut)
    {
        List<int> rows = ReadOrdinals(context, input, item, out int itemCount);
        // A stream's numbers are a one-to-one function of its index, so no two items draw the same.
        ulong[] draws = new ulong[itemCount];
        int[] order = new int[itemCount];
        for (int i = 0; i < itemCount; i++)
            (draws[i], order[i]) = (new RandomStream(seed, RandomPurpose.ColdItemSplit, i).NextUInt64(), i);
        Array.Sort(draws, order);
        RowLabel[] itemLabels = Kept(itemCount);
        (int validation, int test) = heldOut(itemCount);
        foreach (int i in order.AsSpan(0, test))
            itemLabels[i] = RowLabel.Test;
        foreach (int i in order.AsSpan(itemCount - validation))
            itemLabels[i] = RowLabel.Validation;
        RowLabel[] labels = new RowLabel[rows.Count];
        for (int row = 0; row < labels.Length; row++)
            labels[row] = rows[row] < 0 ? RowLabel.Kept : itemLabels[rows[row]];
        return new RowLabels(labels);
    }

    private static List<int> ReadOrdinals(IExceptionContext context, IDataView input, IdColumn id, out int count)
    {
        List<int> rows = new(RowLabels.Capacity(context, input));
        using DataViewRowCursor cursor = input.GetRowCursor([id.Column]);
        IdReader ids = id.Open(cursor);
        while (cursor.MoveNext())
        {
            if (rows.Count == Array.MaxLength)
                throw RowLabels.TooMany(context, rows.Count + 1L);
            rows.Add(ids.Read());
        }
        count = ids.Count;
        return rows;
    }

    private static RowLabel[] Kept(int count)
    {
        RowLabel[] labels = new RowLabel[count];
        Array.Fill(labels, RowLabel.Kept);
        return labels;
    }

    /// <summary>One user's draw without replacement, pair after pair (selection sampling; Knuth, volume 2, algorithm S).</summary>
    private struct UserDraw(RandomStream random, int pairs, int validation, int test)
    {
        private RandomStream _random = random;
        private int _pairs = pairs, _validation = validation, _test = test;

        public RowLabel Next()
        {
            if (_test + _validation == 0)
                return RowLabel.Kept;
            int place = _random.Next(_pairs--);
            if (place < _test)
            {
                _test--;
                return RowLabel.Test;
            }
            if (place < _test + _validation)
            {
                _validation--;
                return RowLabel.Validation;
            }
            return RowLabel.Kept;
        }
    }

    /// <summary>The first rows of the last two of one user's pairs in time.</summary>
    private struct UserEnd
    {
        private long _lastTime, _previousTime;

        public int PairCount { get; private set; }

        public int LastRow { get; private set; }

        public int PreviousRow { get; private set; }

        public void Add(long time, int row)
        {
            if (PairCount == 0 || time >= _lastTime)
            {
                (_previousTime, PreviousRow) = (_lastTime, LastRow);
                (_lastTime, LastRow) = (time, row);
            }
            else if (PairCount == 1 || time >= _previousTime)
            {
                (_previousTime, PreviousRow) = (time, row);
            }
            PairCount++;
        }
    }
}
