// What compiles here is part of the surface, so that nothing is added to the lines.
#pragma warning disable xUnit1051
namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>Ids of any type, by which users and items are asked for.</summary>
public sealed class IdTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void A_model_with_text_ids_is_asked_by_text()
    {
        Recommender recommender = Create(n => $"u{n}", n => $"i{n}");
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend("u7").Source);
        Assert.Equal(recommender.Recommend("u7").Items, recommender.Recommend("u7".AsMemory()).Items);
        ItemSet liked = recommender.GetItems("i1", "i2");
        Assert.Equal(2, liked.Count);
        Assert.Equal(1, recommender.GetItems("i1").Count);
        Assert.Equal(0, recommender.GetItems([]).Count);
        Assert.Equal(0, recommender.GetItems().Count);
        Assert.Equal(recommender.Recommend("u8").Items, recommender.RecommendMany(["u7", "u8"])[1].Items);
        Assert.Equal("i3", recommender.GetItemId(KeyOf(recommender, "i3")));
        Assert.Equal(recommender.ExplainToNewUser(liked, "i3").Score, recommender.ExplainToNewUser(liked, KeyOf(recommender, "i3")).Score);
        Assert.Equal(5, recommender.RecommendToAll(new() { Count = 5 }).Preview(1).RowView[0].Values.Select(value => value.Value).OfType<Microsoft.ML.Data.VBuffer<uint>>().Single().Length);
        // A number is no id of a text column, even where its text would be.
        Wrong(() => recommender.Recommend(7));
        Wrong(() => recommender.RecommendMany(new[] { 1, 2, 3 }));
        Wrong(() => recommender.GetItems(new List<int> { 1, 2 }));
        Wrong(() => recommender.SimilarItems(7UL));
        Wrong(() => recommender.Explain("u7", 3.5));
        Wrong(() => recommender.TryGetUserKey(Guid.Empty, out _));
        Assert.Throws<ArgumentNullException>(() => recommender.Recommend((string)null!));
    }

    [Fact]
    public void A_model_with_whole_numbers_is_asked_by_numbers_of_any_width()
    {
        Recommender recommender = Create(n => n, n => n);
        IReadOnlyList<ScoredItem> expected = recommender.Recommend(7).Items;
        Assert.Equal(10, expected.Count);
        Assert.Equal(expected, recommender.Recommend(7UL).Items);
        Assert.Equal(expected, recommender.Recommend((byte)7).Items);
        Assert.Equal(expected, recommender.Recommend(7L).Items);
        // As files and results write it.
        Assert.Equal(expected, recommender.Recommend("7").Items);
        Assert.Equal(expected, recommender.Recommend("007").Items);
        Assert.Equal(expected, recommender.RecommendMany(new[] { 1, 2, 7 })[2].Items);
        Assert.Equal(2, recommender.GetItems(new List<int> { 1, 2 }).Count);
        Assert.Equal(2, recommender.GetItems(1, 2).Count);
        Assert.Equal(["-1", "99"], recommender.GetItems(1L, 99, -1).UnknownIds.Order());
        Assert.Equal(0, recommender.GetItems([]).Count);
        Assert.Equal(RecommendationSource.Popularity, recommender.Recommend(1_000_000L).Source);
        Assert.Equal(RecommendationSource.Popularity, recommender.Recommend(long.MaxValue).Source);
        Assert.Equal(RecommendationSource.Popularity, recommender.Recommend("9223372036854775807").Source);
        Wrong(() => recommender.Recommend("u7"));
        Wrong(() => recommender.Recommend(7.5));
        Wrong(() => recommender.Recommend(true));
        Wrong(() => recommender.GetItems("i1"));
    }

    [Fact]
    public void A_model_with_times_or_real_numbers_is_asked_by_them()
    {
        DateTime start = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
        Recommender times = Create(n => start.AddDays(n), n => (double)n / 2);
        Assert.Equal(RecommendationSource.KnownUser, times.Recommend(start.AddDays(7)).Source);
        Assert.Equal(3, times.GetItems(0.5, 1, 1.5).Count);
        Assert.Equal(1, times.GetItems(3).Count);
        Assert.Equal(["2021-01-01T00:00:00.0000000"], Create(n => n, n => start.AddDays(n)).GetItems(start.AddDays(366)).UnknownIds);
        Recommender singles = Create(n => n, n => n == 0 ? -0f : n == 1 ? 1e10f : n + 0.1f);
        Assert.Equal(3, singles.GetItems(0, 2.1f, 3.1f).Count);
        Assert.Equal(2, singles.GetItems(0L, 10_000_000_000L).Count);
        Assert.Equal(2, singles.GetItems((double)2.1f, -0d).Count);
        Assert.Equal(2, singles.GetItems("0", "-0", "1e10").Count);
        Wrong(() => times.Recommend(7));
        Wrong(() => times.Recommend("yesterday"));
        Wrong(() => times.GetItems(start));
    }

    [Fact]
    public void Keys_are_keys_whatever_the_ids()
    {
        Recommender text = Create(n => $"u{n}", n => $"i{n}"), numbers = Create(n => n, n => 1000 - n);
        foreach (Recommender recommender in (Recommender[])[text, numbers])
        {
            Assert.Equal(recommender.Recommend(recommender.GetUserId(new Key(7))).Items, recommender.Recommend(new Key(7)).Items);
            Assert.Equal(recommender.SimilarItems(recommender.GetItemId(new Key(3))), recommender.SimilarItems(new Key(3)));
            Assert.Equal(2, recommender.GetItems(new Key(1), new Key(40)).Count);
            Assert.Equal(["41", "0"], recommender.GetItems(new Key(41), new Key(0)).UnknownIds);
        }
    }

    private static Key KeyOf(Recommender recommender, string item) => recommender.TryGetItemKey(item, out Key key) ? key : throw new InvalidOperationException(item);

    private static void Wrong(Func<object> call)
    {
        ArgumentException wrong = Assert.Throws<ArgumentException>(call);
        Assert.Contains("xpected", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("found", wrong.Message, StringComparison.Ordinal);
    }

    private static Recommender Create<TUser, TItem>(Func<int, TUser> user, Func<int, TItem> item)
    {
        Random random = new(1);
        IDataView rows = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 800).Select(n => new Row<TUser, TItem> { UserId = user(n % 60), ItemId = item(n < 40 ? n : random.Next(40)) }).ToArray());
        IDataView keys = Ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(Ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(rows).Transform(rows);
        return Ml.Model.CreateRecommender(Ml.Ranking.Trainers.LightGcn(embeddingDimension: 8, epochCount: 1).Fit(keys));
    }

    private sealed class Row<TUser, TItem>
    {
        public TUser UserId { get; set; } = default!;

        public TItem ItemId { get; set; } = default!;
    }
}
