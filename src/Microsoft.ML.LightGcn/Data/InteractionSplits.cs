using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Data;

/// <summary>Which rows of each user a split holds out; each takes one streaming pass over the columns it goes by.</summary>
internal static class InteractionSplits
{
    /// <summary>Users with fewer rows than this stay in train whole when one row is left out for each of test and validation.</summary>
    private const int LeastRows = 3;

    /// <summary>One test and one validation row for each user with enough rows.</summary>
    public static (int Validation, int Test) LeaveOneOut(int rows) => rows >= LeastRows ? (1, 1) : (0, 0);

    /// <summary>
    /// Draws each user's held-out rows, every choice equally likely. A user's draw depends on the seed, the user's ordinal
    /// by first appearance and the number of the user's rows, and on nothing else.
    /// </summary>
    public static RowLabels Sample(
        IExceptionContext context, IDataView input, IdColumn user, int seed, RandomPurpose purpose, Func<int, (int Validation, int Test)> heldOut)
    {
        List<int> rows = new(RowLabels.Capacity(context, input));
        int[] rowCounts;
        using (DataViewRowCursor cursor = input.GetRowCursor([user.Column]))
        {
            IdReader users = user.Open(cursor);
            while (cursor.MoveNext())
            {
                if (rows.Count == Array.MaxLength)
                    throw RowLabels.TooMany(context, rows.Count + 1L);
                rows.Add(users.Read());
            }
            rowCounts = new int[users.Count];
        }
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
            if (end.RowCount < LeastRows)
                continue;
            labels[end.LastRow] = RowLabel.Test;
            labels[end.PreviousRow] = RowLabel.Validation;
        }
        return new RowLabels(labels);
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
