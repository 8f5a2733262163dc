namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class ColdItemSplitTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0.1, 0.2)]
    [InlineData(0, 0.5)]
    [InlineData(0.29, 0)]
    [InlineData(0, 0)]
    [InlineData(0.495, 0.5)]
    public void Exactly_the_rounded_share_of_the_items_is_held_out_whole(double validationFraction, double testFraction)
    {
        (int User, int Item)[] pairs = Interactions.Random(3000, 100, 350, seed: 3);
        var parts = Interactions.Rows(_ml.Data.ColdItemSplit(Interactions.Load(_ml, pairs), "Item", validationFraction, testFraction, seed: 5));
        Interactions.AssertPartition(parts, pairs.Length);
        int[] train = Items(parts.Train), validation = Items(parts.Validation), test = Items(parts.Test);
        int items = pairs.Select(p => p.Item).Distinct().Count();
        Assert.InRange(items, 300, 350);
        Assert.Equal((int)Math.Floor(items * validationFraction + 0.5), validation.Length);
        Assert.Equal((int)Math.Floor(items * testFraction + 0.5), test.Length);
        // No item is in two parts.
        Assert.Equal(items, train.Length + validation.Length + test.Length);
        Assert.Equal(items, train.Union(validation).Union(test).Count());

        int[] Items(int[] rows) => [.. rows.Select(row => pairs[row].Item).Distinct()];
    }

    [Fact]
    public void The_share_of_a_handful_of_items_is_rounded_with_halves_up()
    {
        IDataView data = Interactions.Load(_ml, Enumerable.Range(0, 10).Select(row => (row, row % 5)));
        var parts = Interactions.Rows(_ml.Data.ColdItemSplit(data, validationFraction: 0.1, testFraction: 0.29));
        // Half an item and 1.45 of five.
        Assert.Equal((2, 2), (parts.Validation.Length, parts.Test.Length));
        parts = Interactions.Rows(_ml.Data.ColdItemSplit(data, validationFraction: 0.5, testFraction: 0.49));
        Assert.Equal((0, 6, 4), (parts.Train.Length, parts.Validation.Length, parts.Test.Length));
    }

    [Fact]
    public void The_same_seed_gives_the_same_rows_for_every_type_of_column_and_another_seed_others()
    {
        IDataView data = Interactions.Load(_ml, Interactions.Random(2000, 300, 100, seed: 4));
        var expected = Interactions.Rows(_ml.Data.ColdItemSplit(data, seed: 9));
        foreach (string kind in (string[])["int", "text", "key", "key by value"])
        {
            var found = Interactions.Rows(new MLContext(2).Data.ColdItemSplit(Interactions.As(_ml, data, kind), seed: 9));
            Assert.Equal(expected.Train, found.Train);
            Assert.Equal(expected.Validation, found.Validation);
            Assert.Equal(expected.Test, found.Test);
        }
        Assert.NotEqual(expected.Test, Interactions.Rows(_ml.Data.ColdItemSplit(data, seed: 10)).Test);
    }

    /// <summary>Only the seed, the order in which items appear and their number decide.</summary>
    [Fact]
    public void The_items_rows_and_the_other_part_do_not_change_a_draw()
    {
        int[] test = HeldOut(Enumerable.Range(0, 200).Select(item => (1, item)), validationFraction: 0.1, split => split.Test);
        (int, int)[] other = [.. Enumerable.Range(0, 200).SelectMany(item => Enumerable.Range(0, 1 + item % 3).Select(user => (user, 7 * item)))];
        Assert.Equal(test.Select(item => 7 * item), HeldOut(other, validationFraction: 0.1, split => split.Test));
        Assert.Equal(test.Select(item => 7 * item), HeldOut(other, validationFraction: 0.4, split => split.Test));
        // More of the same draw when the share grows.
        int[] validation = HeldOut(other, validationFraction: 0.1, split => split.Validation), more = HeldOut(other, validationFraction: 0.4, split => split.Validation);
        Assert.Equal((20, 80), (validation.Length, more.Length));
        Assert.Empty(validation.Except(more));

        int[] HeldOut(IEnumerable<(int, int)> pairs, double validationFraction, Func<InteractionSplit, IDataView> part) =>
            [.. Interactions.Column<int>(part(_ml.Data.ColdItemSplit(Interactions.Load(_ml, pairs), validationFraction: validationFraction, seed: 4)), "Item").Distinct()];
    }

    /// <summary>A published split must stay the same in every release: these rows may never change.</summary>
    [Fact]
    public void The_draws_of_a_seed_are_fixed()
    {
        var parts = Interactions.Rows(_ml.Data.ColdItemSplit(Interactions.Load(_ml, Enumerable.Range(0, 20).Select(row => (row, row))), seed: 42));
        Assert.Equal("1 15", string.Join(" ", parts.Validation));
        Assert.Equal("0 3 5 11", string.Join(" ", parts.Test));
    }

    [Fact]
    public void Every_item_is_held_out_equally_often()
    {
        const int Seeds = 3000;
        IDataView data = Interactions.Load(_ml, Enumerable.Range(0, 10).Select(row => (row, row)));
        int[] validation = new int[10], test = new int[10];
        for (int seed = 0; seed < Seeds; seed++)
        {
            InteractionSplit split = _ml.Data.ColdItemSplit(data, seed: seed);
            validation[Assert.Single(Interactions.Rows(split.Validation))]++;
            foreach (int row in Interactions.Rows(split.Test))
                test[row]++;
        }
        // 300 and 600 expected; the standard deviations are 16 and 22.
        Assert.All(validation, count => Assert.InRange(count, 220, 380));
        Assert.All(test, count => Assert.InRange(count, 490, 710));
    }

    [Fact]
    public void Rows_without_an_item_stay_in_train_and_count_for_no_item()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(row => new Rated { Item = row < 2 ? float.NaN : row, Row = row }).ToArray());
        var parts = Interactions.Rows(_ml.Data.ColdItemSplit(data, validationFraction: 0.4, testFraction: 0.5));
        Interactions.AssertPartition(parts, 12);
        Assert.Equal((4, 5), (parts.Validation.Length, parts.Test.Length));
        Assert.Equal([0, 1], parts.Train.Where(row => row < 2));
        Assert.Empty(Interactions.Rows(_ml.Data.ColdItemSplit(_ml.Data.LoadFromEnumerable<Rated>([])).Test));
    }

    [Fact]
    public void Nothing_is_read_before_a_cursor_and_then_the_items_once()
    {
        WatchedView source = new(Interactions.Load(_ml, Interactions.Random(500, 60, 1000, seed: 1)));
        InteractionSplit split = _ml.Data.ColdItemSplit(source);
        Assert.Equal(0, source.CursorCount);
        using (split.Test.GetRowCursor([]))
            Assert.Equal(2, source.CursorCount);
        Interactions.Rows(split.Train);
        Assert.Equal(3, source.CursorCount);
        source.RowCount = 3_000_000_000;
        Assert.Contains("at least 3,000,000,000 rows", Assert.Throws<InvalidOperationException>(() => Interactions.Rows(_ml.Data.ColdItemSplit(source).Test)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_arguments_fail_in_the_call()
    {
        IDataView data = Interactions.Load(_ml, (1, 1));
        Fails("Could not find item column 'Book'", () => _ml.Data.ColdItemSplit(data, "Book"));
        Fails("Argument validationFraction: expected at least 0 and less than 1, found -0.1", () => _ml.Data.ColdItemSplit(data, validationFraction: -0.1));
        Fails("Argument testFraction: expected at least 0 and less than 1, found NaN", () => _ml.Data.ColdItemSplit(data, testFraction: double.NaN));
        Fails("Argument validationFraction + testFraction: expected less than 1, found 1.0", () => _ml.Data.ColdItemSplit(data, validationFraction: 0.1, testFraction: 0.9));

        static void Fails(string message, Action call) =>
            Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal);
    }

    private sealed class Rated
    {
        public float Item { get; set; }

        public int Row { get; set; }
    }
}
