using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Which rows of each user, or of which items, a split holds out; each takes one streaming pass over the columns it goes by.</summary>
internal static class InteractionSplits
{
    /// <summary>Users with fewer rows than this stay in train whole when one row is left out for each of test and validation.</summary>
    private const int MinimumRows = 3;

    /// <summary>One test and one validation row for each user with enough rows.</summary>
    public static (int Validation, int Test) LeaveOneOut(int rows) => rows >= MinimumRows ? (1, 1) : (0, 0);

    /// <summary>
    /// Draws each user's held-out rows, every choice equally likely. A user's draw depends on the seed, the user's ordinal
    /// by first appearance and the number of the user's rows, and on nothing else.
    /// </summary>
    public static RowLabels Sample(
        IExceptionContext context, IDataView input, IdColumn user, int seed, RandomPurpose purpose, Func<int, (int Validation, int Test)> heldOut)
    {
        List<int> rows = ReadOrdinals(context, input, user, out int userCount);
        int[] rowCounts = new int[userCount];
        foreach (int u in rows)
        {
            if (u >= 0)
                rowCounts[u]++;
        }
        UserDraw[] draws = new UserDraw[rowCounts.Length];
        for (int u = 0; u < draws.Length; u++)
        {
            (int validation, int test) = heldOut(rowCounts[u]);
            draws[u] = new UserDraw(new RandomStream(seed, purpose, u), rowCounts[u], validation, test);
        }
        RowLabel[] labels = new RowLabel[rows.Count];
        for (int row = 0; row < labels.Length; row++)
        {
            int u = rows[row];
            labels[row] = u < 0 ? RowLabel.Kept : draws[u].Next();
        }
        return new RowLabels(labels);
    }

    /// <summary>Each user's last row is for test, the one before for validation; equal times follow row order.</summary>
    public static RowLabels TemporalLeaveOneOut(IExceptionContext context, IDataView input, IdColumn user, TimeColumn? time)
    {
        // Fails at once where the input knows that it has too many rows.
        _ = RowLabels.Capacity(context, input);
        List<UserEnd> ends = [];
        int rowCount = 0;
        DataViewSchema.Column[] columns = time is { } t ? [user.Column, t.Column] : [user.Column];
        using (DataViewRowCursor cursor = input.GetRowCursor(columns))
        {
            IdReader users = user.Open(cursor);
            Func<long?>? getTime = time?.Open(cursor);
            for (; cursor.MoveNext(); rowCount++)
            {
                if (rowCount == Array.MaxLength)
                    throw RowLabels.TooMany(context, rowCount + 1L);
                long at = 0;
                if (getTime is not null)
                    at = getTime() ?? throw NoTime(context, time!.Value.Column.Name, rowCount);
                int u = users.Read();
                if (u < 0)
                    continue;
                if (u == ends.Count)
                    ends.Add(default);
                CollectionsMarshal.AsSpan(ends)[u].Add(at, rowCount);
            }
        }

        RowLabel[] labels = new RowLabel[rowCount];
        Array.Fill(labels, RowLabel.Kept);
        foreach (UserEnd end in ends)
        {
            if (end.RowCount < MinimumRows)
                continue;
            labels[end.LastRow] = RowLabel.Test;
            labels[end.PreviousRow] = RowLabel.Validation;
        }
        return new RowLabels(labels);
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
        RowLabel[] itemLabels = new RowLabel[itemCount];
        Array.Fill(itemLabels, RowLabel.Kept);
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

    private static InvalidOperationException NoTime(IExceptionContext context, string column, int row) => context.Process(
        new InvalidOperationException($"Time column '{column}' is NaN in row {row} (counted from 0): expected a number in every row."));

    /// <summary>One user's draw without replacement, row after row (selection sampling; Knuth, volume 2, algorithm S).</summary>
    private struct UserDraw(RandomStream random, int rows, int validation, int test)
    {
        private RandomStream _random = random;
        private int _rows = rows, _validation = validation, _test = test;

        public RowLabel Next()
        {
            if (_test + _validation == 0)
                return RowLabel.Kept;
            int place = _random.Next(_rows--);
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

    /// <summary>The last two of one user's rows in time.</summary>
    private struct UserEnd
    {
        private long _lastTime, _previousTime;

        public int RowCount { get; private set; }

        public int LastRow { get; private set; }

        public int PreviousRow { get; private set; }

        public void Add(long time, int row)
        {
            if (RowCount == 0 || time >= _lastTime)
            {
                (_previousTime, PreviousRow) = (_lastTime, LastRow);
                (_lastTime, LastRow) = (time, row);
            }
            else if (RowCount == 1 || time >= _previousTime)
            {
                (_previousTime, PreviousRow) = (time, row);
            }
            RowCount++;
        }
    }
}
