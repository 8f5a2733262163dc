namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

/// <summary>Splits of data in which a user has an item in several rows: a pair is never in two parts, and no row is lost.</summary>
public sealed class DuplicateSplitTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string, string, int> Cases()
    {
        TheoryData<string, string, int> cases = [];
        foreach (string split in (string[])["leave one out", "temporal, by row", "temporal, by time", "ratio", "cold items"])
        {
            foreach (string kind in (string[])["int", "text", "key"])
            {
                for (int seed = 0; seed < 4; seed++)
                    cases.Add(split, kind, seed);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_rows_of_a_pair_are_in_one_part(string split, string kind, int seed)
    {
        Timed[] rows = Random(seed);
        var parts = Interactions.Rows(Split(split, Interactions.As(_ml, _ml.Data.LoadFromEnumerable(rows), kind), seed));
        Interactions.AssertPartition(parts, rows.Length);
        HashSet<(int, int)> train = Pairs(rows, parts.Train), validation = Pairs(rows, parts.Validation), test = Pairs(rows, parts.Test);
        Assert.False(train.Overlaps(validation) || train.Overlaps(test) || validation.Overlaps(test));
        // Several rows of a pair are held out together, or the test would show nothing.
        Assert.True(parts.Test.Length > test.Count + 5);
        Assert.True(validation.Count > 5);
    }

    /// <summary>Rows that repeat an earlier one change nothing for the first rows of pairs: the split is that of the data without them.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pair_goes_where_it_went_without_duplicates(string split, string kind, int seed)
    {
        Timed[] rows = Random(seed);
        Timed[] distinct = [.. rows.GroupBy(r => (r.User, r.Item)).Select(g => g.First() with { Time = g.Min(r => r.Time) })];
        // Leaves the order in which users and items first appear as it is.
        Assert.Equal(distinct.OrderBy(r => r.Row), distinct);
        var with = Interactions.Rows(Split(split, Interactions.As(_ml, _ml.Data.LoadFromEnumerable(rows), kind), seed));
        var without = Interactions.Rows(Split(split, Interactions.As(_ml, _ml.Data.LoadFromEnumerable(distinct), kind), seed));
        Assert.Equal(Pairs(rows, without.Test).Order(), Pairs(rows, with.Test).Order());
        Assert.Equal(Pairs(rows, without.Validation).Order(), Pairs(rows, with.Validation).Order());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Counts_are_those_of_pairs(int seed)
    {
        Timed[] rows = Random(seed);
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        var leaveOneOut = Interactions.Rows(_ml.Data.LeaveOneOutSplit(data, seed: seed));
        var ratio = Interactions.Rows(_ml.Data.RatioSplit(data, validationFraction: 0.2, testFraction: 0.3, seed: seed));
        int whole = 0;
        foreach (IGrouping<int, (int User, int Item)> user in rows.Select(r => (r.User, r.Item)).Distinct().GroupBy(p => p.User))
        {
            int pairs = user.Count(), leftOut = pairs >= 3 ? 1 : 0;
            Assert.Equal((leftOut, leftOut), (CountOf(leaveOneOut.Validation), CountOf(leaveOneOut.Test)));
            Assert.Equal((pairs * 2 / 10, pairs * 3 / 10), (CountOf(ratio.Validation), CountOf(ratio.Test)));
            whole += pairs < 3 && rows.Count(r => r.User == user.Key) >= 3 ? 1 : 0;

            int CountOf(int[] part) => Pairs(rows, part).Count(p => p.Item1 == user.Key);
        }
        // Users whose three rows are of fewer items.
        Assert.True(whole > 0);
    }

    /// <summary>Of a user's pairs by their first times, the last is for test.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_pair_is_as_old_as_its_earliest_row(int seed)
    {
        Timed[] rows = Random(seed);
        var parts = Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(rows), timeColumnName: "Time"));
        HashSet<(int, int)> expectedTest = [], expectedValidation = [];
        foreach (IGrouping<int, Timed> user in rows.GroupBy(r => r.User))
        {
            (int, int)[] byAge = [.. user.GroupBy(r => (r.User, r.Item)).OrderBy(p => p.Min(r => r.Time)).ThenBy(p => p.Min(r => r.Row)).Select(p => p.Key)];
            if (byAge.Length < 3)
                continue;
            expectedTest.Add(byAge[^1]);
            expectedValidation.Add(byAge[^2]);
        }
        Assert.Equal(expectedTest.Order(), Pairs(rows, parts.Test).Order());
        Assert.Equal(expectedValidation.Order(), Pairs(rows, parts.Validation).Order());
    }

    [Fact]
    public void An_item_that_a_user_comes_back_to_is_not_new()
    {
        // Items 0, 1, 2, then 0 again, last of all.
        IDataView data = Interactions.Load(_ml, (1, 0), (1, 1), (1, 2), (1, 0));
        var (train, validation, test) = Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(data));
        Assert.Equal([0, 3], train);
        Assert.Equal([1], validation);
        Assert.Equal([2], test);
    }

    [Fact]
    public void A_row_without_an_item_is_a_pair_of_its_own()
    {
        Unnamed[] rows = [.. Enumerable.Range(0, 9).Select(row => new Unnamed { User = 1, Item = row < 6 ? float.NaN : 7, Row = row })];
        var parts = Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(rows)));
        // Seven pairs: six rows without an item, and three rows of item 7.
        Assert.Equal([6, 7, 8], parts.Test);
        Assert.Equal([5], parts.Validation);
        parts = Interactions.Rows(_ml.Data.RatioSplit(_ml.Data.LoadFromEnumerable(rows), validationFraction: 0, testFraction: 0.99));
        Interactions.AssertPartition(parts, 9);
        Assert.True(parts.Train.Length is 1 or 3, $"{parts.Train.Length}");
    }

    [Fact]
    public void Evaluation_of_a_split_with_duplicates_counts_a_pair_once()
    {
        Timed[] rows = Random(3);
        IDataView keyed = Interactions.As(_ml, _ml.Data.LoadFromEnumerable(rows), "key");
        InteractionSplit split = _ml.Data.LeaveOneOutSplit(keyed, seed: 1);
        TopNMetrics metrics = _ml.Ranking.EvaluateTopN(_ml.Ranking.Trainers.Popularity().Fit(split.Train), split.Test, split.Train);
        Assert.Equal(Pairs(rows, Interactions.Rows(split.Test)).Count, metrics.UserCount);
    }

    private InteractionSplit Split(string split, IDataView data, int seed) => split switch
    {
        "leave one out" => _ml.Data.LeaveOneOutSplit(data, seed: seed),
        "temporal, by row" => _ml.Data.TemporalLeaveOneOutSplit(data),
        "temporal, by time" => _ml.Data.TemporalLeaveOneOutSplit(data, timeColumnName: "Time"),
        "ratio" => _ml.Data.RatioSplit(data, seed: seed),
        "cold items" => _ml.Data.ColdItemSplit(data, seed: seed),
        _ => throw new ArgumentOutOfRangeException(nameof(split)),
    };

    private static HashSet<(int, int)> Pairs(Timed[] rows, int[] part) => [.. part.Select(row => (rows[row].User, rows[row].Item))];

    /// <summary>Long-tailed random pairs, many of them several times, at times that are often equal and in no order.</summary>
    private static Timed[] Random(int seed)
    {
        Random random = new(seed);
        return [.. Interactions.Random(1200, 150, 25, seed).Select((p, row) => new Timed { User = p.User, Item = p.Item, Time = random.Next(200), Row = row })];
    }

    private sealed record Timed
    {
        public int User { get; set; }

        public int Item { get; set; }

        public int Time { get; set; }

        public int Row { get; set; }
    }

    private sealed class Unnamed
    {
        public int User { get; set; }

        public float Item { get; set; }

        public int Row { get; set; }
    }
}
