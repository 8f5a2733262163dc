using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class InteractionFiltersTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void The_first_row_of_each_pair_is_kept()
    {
        IDataView data = Interactions.Load(_ml, (1, 1), (1, 2), (1, 1), (2, 1), (1, 2), (2, 1), (-1, 0), (0, -1));
        Assert.Equal([0, 1, 3, 6, 7], Interactions.Rows(_ml.Data.DropDuplicateInteractions(data)));
    }

    [Theory]
    [InlineData("int")]
    [InlineData("text")]
    [InlineData("key")]
    [InlineData("key by value")]
    public void Duplicates_are_those_that_a_set_finds(string kind)
    {
        (int User, int Item)[] pairs = Interactions.Random(5000, 200, 100, seed: 2);
        HashSet<(int, int)> seen = [];
        int[] expected = [.. Enumerable.Range(0, pairs.Length).Where(row => seen.Add(pairs[row]))];
        IDataView view = _ml.Data.DropDuplicateInteractions(Interactions.As(_ml, Interactions.Load(_ml, pairs), kind));
        Assert.InRange(expected.Length, 100, pairs.Length - 100);
        Assert.Equal(expected, Interactions.Rows(view));
    }

    [Fact]
    public void A_missing_user_or_item_is_no_duplicate_and_is_dropped_by_the_minimum_count()
    {
        TextRow[] rows = [new("a", "x", 0), new("", "x", 1), new("", "x", 2), new("a", "", 3), new("a", "", 4), new("a", "x", 5), new(null, null, 6), new("A", "x", 7)];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        Assert.Equal([0, 1, 2, 3, 4, 6, 7], Interactions.Rows(_ml.Data.DropDuplicateInteractions(data)));
        Assert.Equal([0, 5, 7], Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: 1, minimumPerItem: 1)));
        // Two more rows with x have no user: they do not count.
        Assert.Empty(Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: 1, minimumPerItem: 4)));
    }

    [Fact]
    public void A_missing_key_and_NaN_are_missing()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(KeyRow));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        // ML.NET reads a key-typed uint as zero-based, and one at or over the count as missing.
        KeyRow[] rows = [new(0, 1, 0), new(7, 1, 1), new(7, 1, 2), new(2, float.NaN, 3), new(2, float.NaN, 4), new(2, 5, 5), new(2, 5, 6)];
        IDataView data = _ml.Data.LoadFromEnumerable(rows, definition);
        Assert.Equal([0, 1, 2, 3, 4, 5], Interactions.Rows(_ml.Data.DropDuplicateInteractions(data)));
        Assert.Equal([0, 5, 6], Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: 1, minimumPerItem: 1)));
    }

    [Fact]
    public void What_becomes_rare_is_dropped_in_turn()
    {
        // Item 9 has one row; without it user 3 has one row, and without that item 2 has one row.
        IDataView data = Interactions.Load(_ml, (1, 1), (2, 1), (3, 9), (3, 2), (1, 2), (2, 3), (1, 3));
        Assert.Equal([0, 1, 5, 6], Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: 2, minimumPerItem: 2)));
        Assert.Equal(7, Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: 0, minimumPerItem: 1)).Length);
        Assert.Empty(Interactions.Rows(_ml.Data.FilterByMinimumCount(data)));
    }

    [Theory]
    [InlineData("int", 5, 5)]
    [InlineData("text", 3, 9)]
    [InlineData("key", 12, 4)]
    [InlineData("key by value", 1, 20)]
    public void The_minimum_count_is_that_of_the_notebook(string kind, int minimumPerUser, int minimumPerItem)
    {
        (int User, int Item)[] pairs = Interactions.Random(3000, 400, 300, seed: minimumPerUser);
        List<int> expected = [.. Enumerable.Range(0, pairs.Length)];
        int before, rounds = 0;
        do
        {
            before = expected.Count;
            HashSet<int> users = [.. expected.GroupBy(row => pairs[row].User).Where(g => g.Count() >= minimumPerUser).Select(g => g.Key)];
            HashSet<int> items = [.. expected.GroupBy(row => pairs[row].Item).Where(g => g.Count() >= minimumPerItem).Select(g => g.Key)];
            expected = [.. expected.Where(row => users.Contains(pairs[row].User) && items.Contains(pairs[row].Item))];
            rounds++;
        }
        while (expected.Count < before);
        IDataView data = Interactions.As(_ml, Interactions.Load(_ml, pairs), kind);
        Assert.InRange(expected.Count, 500, pairs.Length - 100);
        Assert.True(minimumPerUser == 1 || rounds > 2, "The case should need more than one round.");
        Assert.Equal(expected, Interactions.Rows(_ml.Data.FilterByMinimumCount(data, minimumPerUser: minimumPerUser, minimumPerItem: minimumPerItem)));
    }

    [Fact]
    public void Wrong_arguments_fail_in_the_call()
    {
        IDataView data = Interactions.Load(_ml, (1, 1));
        Fails("Could not find user column 'Reader'", () => _ml.Data.DropDuplicateInteractions(data, "Reader"));
        Fails("Could not find item column 'Book'", () => _ml.Data.FilterByMinimumCount(data, itemColumnName: "Book"));
        Fails("Argument minimumPerItem: expected at least 0, found -1", () => _ml.Data.FilterByMinimumCount(data, minimumPerItem: -1));
        Fails("Argument minimumPerUser: expected at least 0, found -2", () => _ml.Data.FilterByMinimumCount(data, minimumPerUser: -2));
        IDataView vectors = _ml.Transforms.Concatenate("Both", "Score", "Score")
            .Fit(Scores()).Transform(Scores());
        Fails("Schema mismatch for user column 'Both': expected a scalar key, text, number, Boolean, time or row id, got Vector<Single, 2>",
            () => _ml.Data.DropDuplicateInteractions(vectors, "Both", "Score"));
        Assert.Throws<ArgumentNullException>(() => _ml.Data.DropDuplicateInteractions(null!));
        Assert.Throws<ArgumentNullException>(() => _ml.Data.DropDuplicateInteractions(data, null!));
        Assert.Throws<ArgumentNullException>(() => InteractionDataCatalog.DropDuplicateInteractions(null!, data));

        IDataView Scores() => _ml.Data.LoadFromEnumerable([new Scored()]);
        static void Fails(string message, Action call) =>
            Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal);
    }

    private sealed class TextRow(string? user, string? item, int row)
    {
        public string? User { get; } = user;

        public string? Item { get; } = item;

        public int Row { get; } = row;
    }

    private sealed class KeyRow(uint user, float item, int row)
    {
        public uint User { get; } = user;

        public float Item { get; } = item;

        public int Row { get; } = row;
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }
}
