using Microsoft.ML;
using Microsoft.ML.Data;

namespace Leaderboard.Tests;

public sealed class PairViewTests
{
    [Fact]
    public void Rows_are_keys_that_count_from_1_and_end_for_good()
    {
        PairView view = PairView.Create([(0, 2), (4, 0)], userCount: 5, itemCount: 3);
        Assert.Equal(2, view.GetRowCount());
        Assert.Equal([1u, 5u], view.GetColumn<uint>("User"));
        Assert.Equal([3u, 1u], view.GetColumn<uint>("Item"));
        Assert.Equal(5u, ((KeyDataViewType)view.Schema["User"].Type).Count);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Item"]]);
        Assert.False(cursor.IsColumnActive(view.Schema["User"]));
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        Assert.Equal(1, cursor.Position);
        Assert.False(cursor.MoveNext() || cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Item"]));
    }

    [Fact]
    public void A_copy_has_the_keys_and_what_they_stand_for()
    {
        MLContext ml = new(1);
        IDataView rows = ml.Data.LoadFromEnumerable(new[] { new Row { A = "x", B = "q" }, new Row { A = "", B = "p" }, new Row { A = "y", B = "q" } });
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "A").Append(ml.Transforms.Conversion.MapValueToKey("Item", "B")).Fit(rows).Transform(rows);
        PairView copy = PairView.Copy(keyed);
        // A missing value stays one.
        Assert.Equal(keyed.GetColumn<uint>("User"), copy.GetColumn<uint>("User"));
        Assert.Equal([1u, 0u, 2u], copy.GetColumn<uint>("User"));
        Assert.Equal([1u, 2u, 1u], copy.GetColumn<uint>("Item"));
        VBuffer<ReadOnlyMemory<char>> values = default;
        copy.Schema["Item"].GetKeyValues(ref values);
        Assert.Equal(["q", "p"], values.DenseValues().Select(value => value.ToString()));
    }

    private sealed class Row
    {
        public string A { get; set; } = "";

        public string B { get; set; } = "";
    }
}
