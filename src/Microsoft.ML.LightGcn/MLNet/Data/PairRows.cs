using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>
/// The rows of interaction data by (user, item) pair: what is decided about a pair's first row holds for all its rows. A row without a user is of no
/// pair, and a row with a user and without an item is a pair of its own, as a missing value equals no other.
/// </summary>
internal sealed class PairRows
{
    // Of each row: the user, the first row of the same pair, and for a first row the earliest time of the pair.
    private readonly List<int> _users, _firstRows;
    private readonly List<long>? _times;

    // The lists are taken over: copies would take as much again.
    private PairRows(List<int> users, List<int> firstRows, List<long>? times, int userCount)
    {
        (_users, _firstRows, _times, UserCount) = (users, firstRows, times, userCount);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _users.Count;

    /// <summary>Number of distinct users.</summary>
    public int UserCount { get; }

    /// <summary>The user of a row, by first appearance; negative where it is missing.</summary>
    public int UserOf(int row) => _users[row];

    /// <summary>Whether a row is the first of its pair.</summary>
    public bool IsFirst(int row) => _users[row] >= 0 && _firstRows[row] == row;

    /// <summary>Whether a row is the first of its pair, or has no user or no item.</summary>
    public bool IsFirstOrUnpaired(int row) => _firstRows[row] == row;

    /// <summary>The earliest time of the pair whose first row this is; without a time column the order of first rows.</summary>
    public long EarliestTimeOf(int firstRow) => _times?[firstRow] ?? firstRow;

    /// <summary>Gives every row the label of its pair's first.</summary>
    public RowLabels WithEqualPairs(RowLabel[] labels)
    {
        for (int row = 0; row < labels.Length; row++)
            labels[row] = labels[_firstRows[row]];
        return new RowLabels(labels);
    }

    /// <summary>Reads the rows in one pass.</summary>
    /// <exception cref="InvalidOperationException">There are too many rows, or a time is NaN.</exception>
    public static PairRows Read(IExceptionContext context, IDataView input, IdColumn user, IdColumn item, TimeColumn? time = null)
    {
        int capacity = RowLabels.Capacity(context, input);
        List<int> userOf = new(capacity), itemOf = new(capacity);
        List<long>? times = time is null ? null : new(capacity);
        DataViewSchema.Column[] columns = time is { } t ? [user.Column, item.Column, t.Column] : [user.Column, item.Column];
        using DataViewRowCursor cursor = input.GetRowCursor(columns);
        IdReader users = user.Open(cursor), items = item.Open(cursor);
        Func<long?>? getTime = time?.Open(cursor);
        while (cursor.MoveNext())
        {
            if (userOf.Count == Array.MaxLength)
                throw RowLabels.TooMany(context, userOf.Count + 1L);
            if (getTime is not null)
                times!.Add(getTime() ?? throw NoTime(context, time!.Value.Column.Name, userOf.Count));
            userOf.Add(users.Read());
            itemOf.Add(items.Read());
        }
        PairRows rows = new(userOf, itemOf, times, users.Count);
        rows.FindFirstRows(items.Count);
        return rows;
    }

    /// <summary>Replaces each row's item by the first row of the pair, user by user, so that one place for each item does for all users.</summary>
    private void FindFirstRows(int itemCount)
    {
        Span<int> items = CollectionsMarshal.AsSpan(_firstRows);
        int[] firstOfItem = new int[itemCount];
        Array.Fill(firstOfItem, -1);
        foreach (int row in RowsByUser())
        {
            int user = _users[row], item = items[row];
            items[row] = row;
            if (user < 0 || item < 0)
                continue;
            int first = firstOfItem[item];
            if (first < 0 || _users[first] != user)
            {
                firstOfItem[item] = row;
                continue;
            }
            items[row] = first;
            if (_times is not null)
                _times[first] = Math.Min(_times[first], _times[row]);
        }
    }

    /// <summary>All rows: those without a user, then those of each user, each in their order.</summary>
    private int[] RowsByUser()
    {
        int[] next = new int[UserCount + 2];
        foreach (int user in _users)
            next[user + 2]++;
        for (int u = 1; u < next.Length; u++)
            next[u] += next[u - 1];
        int[] rows = new int[Count];
        for (int row = 0; row < rows.Length; row++)
            rows[next[_users[row] + 1]++] = row;
        return rows;
    }

    private static InvalidOperationException NoTime(IExceptionContext context, string column, int row) => context.Process(
        new InvalidOperationException($"Time column '{column}' is NaN in row {row} (counted from 0): expected a number in every row."));
}
