using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class InteractionSplitsTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    [InlineData(-7)]
    public void Leave_one_out_takes_two_rows_of_each_user_with_three(int seed)
    {
        (int User, int Item)[] pairs = [.. Interactions.Random(5000, 900, 100, seed: 3).Distinct()];
        var parts = Interactions.Rows(_ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, pairs), seed: seed));
        Interactions.AssertPartition(parts, pairs.Length);
        int[] expected = [.. pairs.GroupBy(p => p.User).Where(g => g.Count() >= 3).Select(g => g.Key).Order()];
        Assert.InRange(expected.Length, 100, 890);
        Assert.Equal(expected, parts.Test.Select(row => pairs[row].User).Order());
        Assert.Equal(expected, parts.Validation.Select(row => pairs[row].User).Order());
    }

    [Fact]
    public void Every_choice_of_a_test_and_a_validation_row_is_equally_likely()
    {
        const int Users = 60_000, Rows = 4, Choices = Rows * (Rows - 1);
        var parts = Interactions.Rows(_ml.Data.LeaveOneOutSplit(
            Interactions.Load(_ml, Enumerable.Range(0, Users * Rows).Select(row => (row % Users, row / Users))), seed: 5));
        int[] test = new int[Users], validation = new int[Users];
        foreach (int row in parts.Test)
            test[row % Users] = row / Users;
        foreach (int row in parts.Validation)
            validation[row % Users] = row / Users;
        int[] counts = new int[Rows * Rows];
        for (int user = 0; user < Users; user++)
            counts[test[user] * Rows + validation[user]]++;
        // 5,000 expected in each; the standard deviation is 68.
        for (int choice = 0; choice < counts.Length; choice++)
            Assert.InRange(counts[choice], choice / Rows == choice % Rows ? 0 : Users / Choices - 350, choice / Rows == choice % Rows ? 0 : Users / Choices + 350);
    }

    [Fact]
    public void The_same_seed_gives_the_same_rows_for_every_type_of_column_and_another_seed_others()
    {
        IDataView data = Interactions.Load(_ml, Interactions.Random(4000, 300, 100, seed: 4));
        var leaveOneOut = Interactions.Rows(_ml.Data.LeaveOneOutSplit(data, seed: 9));
        var ratio = Interactions.Rows(_ml.Data.RatioSplit(data, seed: 9));
        foreach (string kind in (string[])["int", "text", "key", "key by value"])
        {
            MLContext other = new(2);
            IDataView typed = Interactions.As(_ml, data, kind);
            Equal(leaveOneOut, Interactions.Rows(other.Data.LeaveOneOutSplit(typed, seed: 9)));
            Equal(ratio, Interactions.Rows(other.Data.RatioSplit(typed, seed: 9)));
        }
        Assert.NotEqual(leaveOneOut.Test, Interactions.Rows(_ml.Data.LeaveOneOutSplit(data, seed: 10)).Test);
        Assert.NotEqual(ratio.Test, Interactions.Rows(_ml.Data.RatioSplit(data, seed: 10)).Test);

        static void Equal((int[] Train, int[] Validation, int[] Test) a, (int[] Train, int[] Validation, int[] Test) b)
        {
            Assert.Equal(a.Train, b.Train);
            Assert.Equal(a.Validation, b.Validation);
            Assert.Equal(a.Test, b.Test);
        }
    }

    [Fact]
    public void A_users_draw_is_not_changed_by_the_users_after_it()
    {
        (int User, int Item)[] pairs = Interactions.Random(1000, 50, 100, seed: 6);
        var before = Interactions.Rows(_ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, pairs), seed: 1));
        var after = Interactions.Rows(_ml.Data.LeaveOneOutSplit(Interactions.Load(_ml, [.. pairs, .. Enumerable.Range(0, 9).Select(item => (1_000_000, item))]), seed: 1));
        Assert.Equal(before.Test, after.Test.Where(row => row < pairs.Length));
        Assert.Equal(before.Validation, after.Validation.Where(row => row < pairs.Length));
        Assert.Equal(before.Test.Length + 1, after.Test.Length);
        Assert.Equal(before.Validation.Length + 1, after.Validation.Length);
    }

    /// <summary>A published split must stay the same in every release: these rows may never change.</summary>
    [Fact]
    public void The_draws_of_a_seed_are_fixed()
    {
        IDataView data = Interactions.Load(_ml, Enumerable.Range(0, 24).Select(row => (row % 3, row)));
        var leaveOneOut = Interactions.Rows(_ml.Data.LeaveOneOutSplit(data, seed: 42));
        Assert.Equal("3 4 11", string.Join(" ", leaveOneOut.Test));
        Assert.Equal("7 12 20", string.Join(" ", leaveOneOut.Validation));
        var ratio = Interactions.Rows(_ml.Data.RatioSplit(data, validationFraction: 0.125, testFraction: 0.25, seed: 42));
        Assert.Equal("2 7 13 18 21 23", string.Join(" ", ratio.Test));
        Assert.Equal("3 16 20", string.Join(" ", ratio.Validation));
    }

    [Fact]
    public void Rows_without_a_user_stay_in_train()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(row => new Timed<float> { User = row < 4 ? float.NaN : 1, Row = row }));
        foreach (InteractionSplit split in (InteractionSplit[])[
            _ml.Data.LeaveOneOutSplit(data), _ml.Data.TemporalLeaveOneOutSplit(data), _ml.Data.RatioSplit(data, validationFraction: 0.25, testFraction: 0.25)])
        {
            var parts = Interactions.Rows(split);
            Interactions.AssertPartition(parts, 8);
            Assert.Equal([0, 1, 2, 3], parts.Train.Where(row => row < 4));
            Assert.Single(parts.Validation);
            Assert.Single(parts.Test);
        }
    }

    [Fact]
    public void Without_a_time_column_the_last_rows_are_held_out()
    {
        IDataView data = Interactions.Load(_ml, (1, 0), (2, 0), (1, 1), (2, 1), (3, 0), (3, 1), (1, 2), (1, 3), (2, 2));
        var (train, validation, test) = Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(data));
        Assert.Equal([0, 1, 2, 4, 5], train);
        Assert.Equal([3, 6], validation);
        Assert.Equal([7, 8], test);
    }

    [Fact]
    public void Of_equal_times_the_later_row_is_later()
    {
        Timed<int>[] rows = [new() { Time = 5, Row = 0 }, new() { Time = 9, Row = 1 }, new() { Time = 5, Row = 2 }, new() { Time = 1, Row = 3 }];
        Check(rows, validation: 2, test: 1);
        rows[3].Time = 9;
        Check(rows, validation: 1, test: 3);
        rows[0].Time = rows[2].Time = 9;
        Check(rows, validation: 2, test: 3);

        void Check(Timed<int>[] data, int validation, int test)
        {
            InteractionSplit split = _ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(data), timeColumnName: "Time");
            Assert.Equal([validation], Interactions.Rows(split.Validation));
            Assert.Equal([test], Interactions.Rows(split.Test));
        }
    }

    [Fact]
    public void Time_of_every_type_orders_the_rows()
    {
        Random random = new(8);
        TemporalMatchesSorting(n => (sbyte)random.Next(-128, 128));
        TemporalMatchesSorting(n => (byte)random.Next(256));
        TemporalMatchesSorting(n => (short)random.Next(-32768, 32768));
        TemporalMatchesSorting(n => (ushort)random.Next(65536));
        TemporalMatchesSorting(n => random.Next(int.MinValue, int.MaxValue));
        TemporalMatchesSorting(n => (uint)random.NextInt64(uint.MaxValue));
        // Neighbours that a double would not tell apart.
        TemporalMatchesSorting(n => 1_700_000_000_000_000_000 + random.Next(100));
        TemporalMatchesSorting(n => ulong.MaxValue - (ulong)random.Next(100) * (n % 3 == 0 ? 1ul << 57 : 1));
        TemporalMatchesSorting(n => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-45, 38)));
        TemporalMatchesSorting(n => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-320, 300)));
        double[] special = [double.NegativeInfinity, double.MinValue, -1, -0.0, 0.0, double.Epsilon, 1, double.PositiveInfinity];
        TemporalMatchesSorting(n => special[random.Next(special.Length)]);
        TemporalMatchesSorting(n => DateTime.UnixEpoch.AddTicks(random.Next(-1000, 1000)));
        TemporalMatchesSorting(n => new DateTimeOffset(2020, 1, 1, 12, random.Next(60), 0, TimeSpan.FromHours(random.Next(-1, 2))));
    }

    [Fact]
    public void A_time_that_is_not_a_number_names_column_and_row()
    {
        Timed<float>[] rows = [new() { Time = 5 }, new() { Time = 9 }, new() { Time = float.NaN }, new() { Time = 1 }];
        InteractionSplit split = _ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(rows), timeColumnName: "Time");
        string message = Assert.Throws<InvalidOperationException>(() => Interactions.Rows(split.Test)).Message;
        Assert.Contains("Time column 'Time' is NaN in row 2", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.1, 0.2)]
    [InlineData(0, 0.5)]
    [InlineData(0.29, 0)]
    [InlineData(0, 0)]
    [InlineData(0.49, 0.5)]
    public void A_ratio_is_taken_of_every_user_and_rounded_down(double validationFraction, double testFraction)
    {
        (int User, int Item)[] pairs = [.. Interactions.Random(5000, 500, 100, seed: 7).Distinct(), .. Enumerable.Range(0, 100).Select(item => (-100, item))];
        IDataView data = Interactions.Load(_ml, pairs);
        var parts = Interactions.Rows(_ml.Data.RatioSplit(data, "User", "Item", validationFraction, testFraction, seed: 3));
        Interactions.AssertPartition(parts, pairs.Length);
        ILookup<int, int> validation = parts.Validation.ToLookup(row => pairs[row].User), test = parts.Test.ToLookup(row => pairs[row].User);
        foreach (IGrouping<int, (int, int)> user in pairs.GroupBy(p => p.User))
        {
            Assert.Equal((int)Math.Floor(user.Count() * validationFraction + 1e-9), validation[user.Key].Count());
            Assert.Equal((int)Math.Floor(user.Count() * testFraction + 1e-9), test[user.Key].Count());
        }
        Assert.Equal(pairs.Select(p => p.User).Distinct().Order(), parts.Train.Select(row => pairs[row].User).Distinct().Order());
    }

    [Fact]
    public void A_ratio_holds_out_every_row_equally_often()
    {
        const int Users = 20_000, Rows = 10;
        var parts = Interactions.Rows(_ml.Data.RatioSplit(
            Interactions.Load(_ml, Enumerable.Range(0, Users * Rows).Select(row => (row % Users, row / Users)))));
        Assert.Equal(Users, parts.Validation.Length);
        Assert.Equal(2 * Users, parts.Test.Length);
        // 2,000 and 4,000 expected at each place; the standard deviations are 42 and 57.
        Assert.All(parts.Validation.CountBy(row => row / Users), place => Assert.InRange(place.Value, 1800, 2200));
        Assert.All(parts.Test.CountBy(row => row / Users), place => Assert.InRange(place.Value, 3750, 4250));
    }

    [Fact]
    public void Wrong_arguments_fail_in_the_call()
    {
        IDataView data = Interactions.Load(_ml, (1, 1));
        Fails("Could not find user column 'Reader'", () => _ml.Data.LeaveOneOutSplit(data, "Reader"));
        Fails("Could not find user column 'Reader'", () => _ml.Data.RatioSplit(data, "Reader"));
        Fails("Could not find user column 'Reader'", () => _ml.Data.TemporalLeaveOneOutSplit(data, "Reader"));
        Fails("Could not find item column 'Book'", () => _ml.Data.LeaveOneOutSplit(data, itemColumnName: "Book"));
        Fails("Could not find item column 'Book'", () => _ml.Data.RatioSplit(data, itemColumnName: "Book"));
        Fails("Could not find item column 'Book'", () => _ml.Data.TemporalLeaveOneOutSplit(data, itemColumnName: "Book"));
        Fails("Could not find time column 'When'", () => _ml.Data.TemporalLeaveOneOutSplit(data, timeColumnName: "When"));
        IDataView text = Interactions.As(_ml, data, "text");
        Fails("Schema mismatch for time column 'Item': expected a scalar number, DateTime or DateTimeOffset, got String",
            () => _ml.Data.TemporalLeaveOneOutSplit(text, timeColumnName: "Item"));
        Fails("Argument validationFraction: expected at least 0 and less than 1, found -0.1", () => _ml.Data.RatioSplit(data, validationFraction: -0.1));
        Fails("Argument testFraction: expected at least 0 and less than 1, found 1", () => _ml.Data.RatioSplit(data, testFraction: 1));
        Fails("Argument testFraction: expected at least 0 and less than 1, found NaN", () => _ml.Data.RatioSplit(data, testFraction: double.NaN));
        Fails("Argument validationFraction + testFraction: expected less than 1, found 1.0", () => _ml.Data.RatioSplit(data, validationFraction: 0.1, testFraction: 0.9));

        static void Fails(string message, Action call) =>
            Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal);
    }

    private void TemporalMatchesSorting<T>(Func<int, T> draw) where T : notnull
    {
        Random random = new(9);
        Timed<T>[] rows = [.. Enumerable.Range(0, 400).Select(n => new Timed<T> { User = random.Next(60), Time = draw(n), Row = n })];
        Timed<T>[][] users = [.. rows.GroupBy(r => r.User).Where(g => g.Count() >= 3).Select(g => g.OrderBy(r => r.Time).ThenBy(r => r.Row).ToArray())];
        var parts = Interactions.Rows(_ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(rows), timeColumnName: "Time"));
        Interactions.AssertPartition(parts, rows.Length);
        Assert.Equal(users.Select(u => u[^1].Row).Order(), parts.Test);
        Assert.Equal(users.Select(u => u[^2].Row).Order(), parts.Validation);
    }

    private sealed class Timed<T>
    {
        public float User { get; set; }

        // Another in every row that a test makes with Row.
        public int Item { get => Row; set => Row = value; }

        public T? Time { get; set; }

        public int Row { get; set; }
    }
}
