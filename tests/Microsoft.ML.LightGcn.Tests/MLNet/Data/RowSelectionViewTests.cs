using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class RowSelectionViewTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Nothing_is_read_before_a_cursor_is_asked_for()
    {
        WatchedView source = Watched(1000);
        IDataView filtered = _ml.Data.FilterByMinimumCount(_ml.Data.DropDuplicateInteractions(source), minimumPerUser: 2);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(filtered);
        Assert.Null(split.Train.GetRowCount());
        Assert.Null(filtered.GetRowCount());
        Assert.False(split.Train.CanShuffle);
        Assert.Same(source.Schema, split.Train.Schema);
        Assert.Equal(0, source.CursorCount);

        int rows = Interactions.Rows(split.Test).Length;
        // A pass each for duplicates, counts and the split, and the rows themselves.
        Assert.Equal(4, source.CursorCount);
        Assert.Equal(rows, split.Test.GetRowCount());
        Assert.Equal(rows, split.Validation.GetRowCount());
        Assert.Equal(filtered.GetRowCount(), split.Train.GetRowCount() + 2 * rows);
    }

    [Fact]
    public void Parts_share_one_pass_and_later_cursors_take_one_each()
    {
        WatchedView source = Watched(1000);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        Interactions.Rows(split.Train);
        Assert.Equal(2, source.CursorCount);
        Interactions.Rows(split.Validation);
        Interactions.Rows(split.Test);
        Assert.Equal(Interactions.Rows(split.Train), Interactions.Rows(split.Train));
        Assert.Equal(6, source.CursorCount);
        Assert.Equal(6000, source.RowsRead);
    }

    [Fact]
    public void Only_the_columns_that_are_needed_are_read()
    {
        WatchedView source = Watched(100);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        using (DataViewRowCursor cursor = split.Train.GetRowCursor([]))
        {
            Assert.Empty(source.LastColumns);
            Assert.All(split.Train.Schema, column => Assert.False(cursor.IsColumnActive(column)));
        }
        using (DataViewRowCursor cursor = split.Train.GetRowCursor([split.Train.Schema["Item"]]))
        {
            Assert.Equal(["Item"], source.LastColumns);
            Assert.True(cursor.IsColumnActive(split.Train.Schema["Item"]));
            Assert.False(cursor.IsColumnActive(split.Train.Schema["User"]));
        }
        Interactions.Rows(_ml.Data.DropDuplicateInteractions(source));
        Assert.Equal(["Row"], source.LastColumns);
    }

    [Fact]
    public void A_selection_can_be_used_wherever_ML_NET_takes_data()
    {
        (int User, int Item)[] pairs = Interactions.Random(2000, 100, 50, seed: 1);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, pairs));
        int[] rows = Interactions.Rows(split.Train);
        int[] users = [.. rows.Select(row => pairs[row].User)];
        Assert.Equal(users, _ml.Data.CreateEnumerable<Interactions.Interaction>(split.Train, reuseRowObject: false).Select(r => r.User));
        ValueToKeyMappingTransformer keys = _ml.Transforms.Conversion.MapValueToKey("User").Fit(split.Train);
        IDataView mapped = keys.Transform(split.Train);
        Assert.Equal(users.Distinct().Count(), (int)((KeyDataViewType)mapped.Schema["User"].Type).Count);
        Assert.Equal(rows, Interactions.Rows(_ml.Data.Cache(mapped)));
        Assert.Equal(rows, Interactions.Rows(_ml.Data.ShuffleRows(mapped, seed: 1)).Order());
        Assert.Equal(rows.Skip(7).Take(5), Interactions.Rows(_ml.Data.TakeRows(_ml.Data.SkipRows(split.Train, 7), 5)));
    }

    [Fact]
    public void A_cursor_set_is_one_cursor_over_all_rows()
    {
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(Watched(500));
        DataViewRowCursor[] cursors = split.Train.GetRowCursorSet(split.Train.Schema, 4, new Random(1));
        using DataViewRowCursor cursor = Assert.Single(cursors);
        int rows = 0;
        while (cursor.MoveNext())
            rows++;
        Assert.Equal(split.Train.GetRowCount(), rows);
    }

    [Fact]
    public void Row_ids_and_annotations_are_those_of_the_source()
    {
        IDataView keys = Interactions.As(_ml, Interactions.Load(_ml, (3, 1), (3, 1), (4, 1)), "key");
        IDataView view = _ml.Data.DropDuplicateInteractions(keys);
        VBuffer<int> values = default;
        view.Schema["User"].GetKeyValues(ref values);
        Assert.Equal([3, 4], values.DenseValues());
        using DataViewRowCursor all = keys.GetRowCursor([]), cursor = view.GetRowCursor([]);
        ValueGetter<DataViewRowId> getAll = all.GetIdGetter(), get = cursor.GetIdGetter();
        DataViewRowId expected = default, found = default;
        for (int row = 0; row < 3; row++)
        {
            Assert.True(all.MoveNext());
            if (row == 1)
                continue;
            Assert.True(cursor.MoveNext());
            getAll(ref expected);
            get(ref found);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void Empty_data_give_empty_parts()
    {
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(_ml.Data.FilterByMinimumCount(_ml.Data.DropDuplicateInteractions(Watched(0))));
        Assert.Empty(Interactions.Rows(split.Train));
        Assert.Empty(Interactions.Rows(split.Validation));
        Assert.Empty(Interactions.Rows(split.Test));
        Assert.Equal(0, split.Train.GetRowCount());
        Assert.Empty(Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(Watched(0)).Train));
    }

    [Theory]
    [InlineData(90, "has 90 now")]
    [InlineData(0, "has 0 now")]
    [InlineData(null, "has more than 100 now")]
    public void A_source_with_another_number_of_rows_is_an_error(int? limit, string expected)
    {
        WatchedView source = Watched(200);
        source.Limit = 100;
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        Interactions.Rows(split.Train);
        source.Limit = limit;
        foreach (IDataView part in (IDataView[])[split.Train, split.Validation, split.Test])
        {
            string message = Assert.Throws<InvalidOperationException>(() => Interactions.Rows(part)).Message;
            Assert.Contains("it had 100 rows", message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_failed_pass_is_tried_again()
    {
        WatchedView source = Watched(100);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        source.Fails = true;
        Assert.Throws<IOException>(() => Interactions.Rows(split.Train));
        Assert.Null(split.Train.GetRowCount());
        source.Fails = false;
        Interactions.AssertPartition(Interactions.Rows(split), 100);
    }

    [Fact]
    public void Threads_share_one_computation()
    {
        WatchedView source = Watched(20_000);
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(source);
        int[][] parts = new int[12][];
        Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = 12 }, n =>
            parts[n] = Interactions.Rows((n % 3) switch { 0 => split.Train, 1 => split.Validation, _ => split.Test }));
        Assert.Equal(1 + parts.Length, source.CursorCount);
        Interactions.AssertPartition((parts[0], parts[1], parts[2]), 20_000);
        for (int n = 3; n < parts.Length; n++)
            Assert.Equal(parts[n % 3], parts[n]);
    }

    [Fact]
    public void More_rows_than_an_array_holds_are_an_error()
    {
        WatchedView source = Watched(10);
        source.RowCount = 3_000_000_000;
        IDataView[] views =
        [
            _ml.Data.DropDuplicateInteractions(source),
            _ml.Data.FilterByMinimumCount(source),
            _ml.Data.LeaveOneOutSplit(source).Test,
            _ml.Data.TemporalLeaveOneOutSplit(source).Test,
            _ml.Data.RatioSplit(source).Test,
        ];
        foreach (IDataView view in views)
        {
            string message = Assert.Throws<InvalidOperationException>(() => Interactions.Rows(view)).Message;
            Assert.Contains("at least 3,000,000,000 rows", message, StringComparison.Ordinal);
        }
        Assert.Equal(0, source.CursorCount);
    }

    private WatchedView Watched(int rows) => new(Interactions.Load(_ml, Interactions.Random(rows, 60, 1000, seed: 1)));
}
