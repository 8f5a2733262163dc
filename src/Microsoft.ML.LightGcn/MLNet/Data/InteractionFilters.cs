using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Which rows the filters of interaction data keep; each takes one streaming pass over two columns.</summary>
internal static class InteractionFilters
{
    /// <summary>Keeps the first row of each (user, item), and every row where one of them is missing.</summary>
    public static RowLabels DropDuplicates(IExceptionContext context, IDataView input, IdColumn user, IdColumn item)
    {
        PairRows rows = PairRows.Read(context, input, user, item);
        RowLabel[] labels = new RowLabel[rows.Count];
        for (int row = 0; row < labels.Length; row++)
            labels[row] = rows.IsFirstOrUnpaired(row) ? RowLabel.Kept : RowLabel.Dropped;
        return new RowLabels(labels);
    }

    /// <summary>Keeps the largest set of rows in which every user and every item has the minimum number of rows.</summary>
    public static RowLabels MinimumCount(
        IExceptionContext context, IDataView input, IdColumn user, IdColumn item, int minimumPerUser, int minimumPerItem)
    {
        int capacity = RowLabels.Capacity(context, input);
        List<(int User, int Item)> rows = new(capacity);
        int[] userCounts, itemCounts;
        using (DataViewRowCursor cursor = input.GetRowCursor([user.Column, item.Column]))
        {
            IdReader users = user.Open(cursor), items = item.Open(cursor);
            while (cursor.MoveNext())
            {
                if (rows.Count == Array.MaxLength)
                    throw RowLabels.TooMany(context, rows.Count + 1L);
                rows.Add((users.Read(), items.Read()));
            }
            userCounts = new int[users.Count];
            itemCounts = new int[items.Count];
        }

        RowLabel[] labels = new RowLabel[rows.Count];
        for (int row = 0; row < labels.Length; row++)
        {
            (int u, int i) = rows[row];
            if (u < 0 || i < 0)
                continue;
            labels[row] = RowLabel.Kept;
            userCounts[u]++;
            itemCounts[i]++;
        }
        // A dropped row stops counting at once, so that one sweep does most of what follows from it. The order does not
        // change the outcome: the rows of the largest set are enough for each other, so none of them is ever dropped.
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int row = 0; row < labels.Length; row++)
            {
                (int u, int i) = rows[row];
                if (labels[row] == RowLabel.Dropped || userCounts[u] >= minimumPerUser && itemCounts[i] >= minimumPerItem)
                    continue;
                labels[row] = RowLabel.Dropped;
                userCounts[u]--;
                itemCounts[i]--;
                changed = true;
            }
        }
        return new RowLabels(labels);
    }
}
