using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Recommending;

public sealed class RecommenderTests
{
    private readonly Fitted _fitted = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_known_user_gets_the_best_items_of_a_plain_sort_that_were_not_seen()
    {
        for (int user = 0; user < _fitted.Model.UserCount; user++)
        {
            Recommendations found = _fitted.Recommender.Recommend(_fitted.UserId(user));
            Assert.Equal(_fitted.Best(user, item => _fitted.IsNew(user, item)), Pairs(found));
            Assert.Equal(RecommendationSource.KnownUser, found.Source);
            Assert.False(found.IsShort);
            Assert.Empty(found.UnusedItemIds);
            Assert.Equal(found.Items, _fitted.Recommender.Recommend(new Key((uint)user + 1)).Items);
            Assert.All(found.Items, item => Assert.Equal((_fitted.ItemId((int)item.Key.Value - 1), item.Id), (item.Id, _fitted.Recommender.GetItemId(item.Key))));
            Assert.Equal(_fitted.UserId(user), _fitted.Recommender.GetUserId(new Key((uint)user + 1)));
        }
    }

    [Fact]
    public void Options_leave_out_denied_items_and_all_but_allowed_ones_and_low_scores()
    {
        Recommender recommender = _fitted.Recommender;
        Random random = new(2);
        for (int user = 0; user < 20; user++)
        {
            int[] denied = [.. Enumerable.Range(0, 40).Where(_ => random.Next(3) == 0)], allowed = [.. Enumerable.Range(0, 40).Where(_ => random.Next(2) == 0)];
            RecommendationOptions options = new()
            {
                Count = 7,
                ExcludeSeen = user % 2 == 0,
                DenyList = recommender.GetItems(denied.Select(_fitted.ItemId)),
                AllowList = user % 3 == 0 ? null : recommender.GetItems(allowed.Select(_fitted.ItemId)),
            };
            (string Id, float Score)[] expected = _fitted.Best(user, item => (!options.ExcludeSeen || _fitted.IsNew(user, item)) && !denied.Contains(item) && (options.AllowList is null || allowed.Contains(item)), 7);
            Assert.Equal(expected, Pairs(recommender.Recommend(_fitted.UserId(user), options)));
            options.MinimumScore = expected[2].Score;
            Recommendations few = recommender.Recommend(_fitted.UserId(user), options);
            Assert.Equal(expected[..3], Pairs(few));
            Assert.True(few.IsShort);
            Assert.Equal(7, few.RequestedCount);
            Assert.Equal(few.Items, recommender.RecommendMany([_fitted.UserId(user)], options, cancellationToken: Token)[0].Items);
        }
    }

    [Fact]
    public void A_list_is_short_rather_than_padded_with_what_is_left_out()
    {
        Recommendations all = _fitted.Recommender.Recommend("u0", new RecommendationOptions { Count = 1000 });
        Assert.Equal(40 - 8, all.Items.Count);
        Assert.True(all.IsShort);
        RecommendationOptions nothing = new() { AllowList = _fitted.Recommender.GetItems("no such item") };
        Assert.Equal(["no such item"], nothing.AllowList.UnknownIds);
        Assert.Empty(_fitted.Recommender.Recommend("u0", nothing).Items);
        Assert.True(_fitted.Recommender.Recommend("u0", nothing).IsShort);
    }

    [Fact]
    public void An_unknown_user_gets_what_is_popular_and_the_result_says_so()
    {
        BipartiteGraph history = _fitted.History;
        Recommendations found = _fitted.Recommender.Recommend("nobody");
        Assert.Equal(RecommendationSource.Popularity, found.Source);
        Assert.Equal(
            Enumerable.Range(0, 40).OrderByDescending(item => history.UsersOf(item).Length).Take(10).Select(item => (_fitted.ItemId(item), float.NaN)),
            Pairs(found));
        // A number of users is no score of the model, so that nothing reaches a minimum.
        Assert.Empty(_fitted.Recommender.Recommend("nobody", new RecommendationOptions { MinimumScore = 0.1f }).Items);
        Assert.Empty(_fitted.Recommender.RecommendMany(["nobody"], new RecommendationOptions { MinimumScore = -1000 }, cancellationToken: Token)[0].Items);
        Assert.Equal(found.Items, _fitted.Recommender.Recommend(new Key(0)).Items);
        Assert.Equal(found.Items, _fitted.Recommender.Recommend(new Key(61)).Items);
        Assert.Equal(found.Items, _fitted.Recommender.RecommendToNewUser(_fitted.Recommender.GetItems("?")).Items);
        string best = found.Items[0].Id;
        Assert.DoesNotContain(_fitted.Recommender.Recommend("nobody", new RecommendationOptions { DenyList = _fitted.Recommender.GetItems(best) }).Items, item => item.Id == best);
        Assert.Equal([best], _fitted.Recommender.Recommend("nobody", new RecommendationOptions { AllowList = _fitted.Recommender.GetItems(best) }).Items.Select(item => item.Id));
    }

    [Fact]
    public void An_unknown_user_with_a_list_is_folded_in_and_ids_that_say_nothing_are_reported()
    {
        ItemSet chosen = _fitted.Recommender.GetItems("i3", "not a book", "i7", "i3", "nor this");
        Assert.Equal(2, chosen.Count);
        Recommendations found = _fitted.Recommender.Recommend("nobody", new RecommendationOptions { NewUserItems = chosen });
        Assert.Equal(RecommendationSource.FoldIn, found.Source);
        Assert.Equal(["not a book", "nor this"], found.UnusedItemIds);
        Assert.DoesNotContain(found.Items, item => item.Id is "i3" or "i7");
        Assert.Equal(found.Items, _fitted.Recommender.RecommendToNewUser(chosen).Items);
        Assert.Equal(found.Items, _fitted.Recommender.RecommendMany(["u1", "nobody"], new RecommendationOptions { NewUserItems = chosen }, cancellationToken: Token)[1].Items);
        // A known user is not folded in.
        Assert.Equal(RecommendationSource.KnownUser, _fitted.Recommender.Recommend("u1", new RecommendationOptions { NewUserItems = chosen }).Source);
    }

    [Fact]
    public void Many_users_at_once_get_the_same_as_one_after_the_other()
    {
        string[] users = [.. Enumerable.Range(0, 60).Select(_fitted.UserId).Append("nobody").Reverse()];
        foreach (int threads in (int[])[1, 3])
        {
            List<RecommendationProgress> progress = [];
            IReadOnlyList<Recommendations> many = _fitted.Recommender.RecommendMany(users, new RecommendationOptions { NumberOfThreads = threads }, new Sink(progress), Token);
            Assert.Equal(users.Length, many.Count);
            for (int n = 0; n < users.Length; n++)
            {
                Recommendations one = _fitted.Recommender.Recommend(users[n]);
                Assert.Equal(one.Items, many[n].Items);
                Assert.Equal((one.Source, one.RequestedCount), (many[n].Source, many[n].RequestedCount));
            }
            Assert.Contains(new RecommendationProgress(61, 61), progress);
        }
        Assert.Empty(_fitted.Recommender.RecommendMany(Array.Empty<string>(), cancellationToken: Token));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => _fitted.Recommender.RecommendMany(users, cancellationToken: cancelled.Token));
    }

    [Fact]
    public void All_users_go_to_a_data_view_and_to_a_file()
    {
        IDataView view = _fitted.Recommender.RecommendToAll(new RecommendationOptions { Count = 5 }, cancellationToken: Token);
        IDataView named = _fitted.Context.Transforms.Conversion.MapKeyToValue("User").Append(_fitted.Context.Transforms.Conversion.MapKeyToValue("RecommendedItems")).Fit(view).Transform(view);
        Row[] rows = [.. _fitted.Context.Data.CreateEnumerable<Row>(named, reuseRowObject: false)];
        Assert.Equal(60, rows.Length);
        List<string> lines = ["user,item,rank,score,source"];
        for (int user = 0; user < 60; user++)
        {
            ScoredItem[] expected = [.. _fitted.Recommender.Recommend(_fitted.UserId(user), new RecommendationOptions { Count = 5 }).Items];
            Assert.Equal(_fitted.UserId(user), rows[user].User);
            Assert.Equal(expected.Select(item => item.Id), rows[user].RecommendedItems);
            Assert.Equal(expected.Select(item => item.Score), rows[user].RecommendedScores);
            lines.AddRange(expected.Select((item, n) => FormattableString.Invariant($"{_fitted.UserId(user)},{item.Id},{n + 1},{item.Score},KnownUser")));
        }
        DirectoryInfo folder = Directory.CreateTempSubdirectory("recommend");
        string path = Path.Combine(folder.FullName, "top.csv");
        _fitted.Recommender.SaveRecommendationsAsCsv(path, new RecommendationOptions { Count = 5 }, cancellationToken: Token);
        Assert.Equal(lines, File.ReadAllLines(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullName));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Similar_items_and_users_are_those_of_the_greatest_cosine()
    {
        Fitted fitted = new(options => options.Neighbourhood = null);
        double[][] items = Rows(fitted.Model.ItemEmbeddings, 16), users = Rows(fitted.Model.UserEmbeddings, 16);
        for (int item = 0; item < 40; item++)
        {
            IReadOnlyList<ScoredItem> found = fitted.Recommender.SimilarItems(fitted.ItemId(item), new RecommendationOptions { Count = 6, DenyList = fitted.Recommender.GetItemsByKey(5) });
            int[] expected = [.. Enumerable.Range(0, 40).Where(other => other != item && other != 4).OrderByDescending(other => Cosine(items[item], items[other])).Take(6)];
            Assert.Equal(expected.Select(fitted.ItemId), found.Select(other => other.Id));
            Assert.All(found, other => Assert.Equal(Cosine(items[item], items[other.Key - 1]), other.Score, 1e-5));
            Assert.Equal(found, fitted.Recommender.SimilarItems(new Key((uint)item + 1), new RecommendationOptions { Count = 6, AllowList = fitted.Recommender.GetItemsByKey(Enumerable.Range(1, 40).Where(key => key != 5).Select(key => (uint)key)) }));
        }
        for (int user = 0; user < 60; user++)
        {
            IReadOnlyList<ScoredUser> found = fitted.Recommender.SimilarUsers(fitted.UserId(user), 4);
            Assert.Equal(Enumerable.Range(0, 60).Where(other => other != user).OrderByDescending(other => Cosine(users[user], users[other])).Take(4).Select(fitted.UserId), found.Select(other => other.Id));
            Assert.All(found, other => Assert.Equal(Cosine(users[user], users[other.Key - 1]), other.Score, 1e-5));
            Assert.Equal(found, fitted.Recommender.SimilarUsers(new Key((uint)user + 1), 4));
        }
    }

    [Fact]
    public void Keys_without_values_go_by_their_number_and_keys_of_numbers_by_the_number()
    {
        MLContext ml = new(1);
        BipartiteGraph graph = TestGraphs.Random(30, 20, 200, seed: 4);
        IDataView rows = KeyRows.Create(ml, 30, 20, Enumerable.Range(0, 30).SelectMany(user => graph.ItemsOf(user).ToArray().Select(item => (user, item))));
        Recommender plain = ml.Model.CreateRecommender(ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(rows));
        Assert.Equal(plain.Recommend(new Key(8)).Items, plain.Recommend(7).Items);
        Assert.Equal(plain.Recommend(new Key(8)).Items, plain.Recommend("7").Items);
        Assert.All(plain.Recommend(7).Items, item => Assert.Equal((item.Key - 1).ToString(), item.Id));
        Assert.False(plain.TryGetUserKey(30, out Key none));
        Assert.Equal(0u, none.Value);

        var numbers = Enumerable.Range(0, 30).SelectMany(user => graph.ItemsOf(user).ToArray().Select(item => new Numbered { UserId = 1000 + user, ItemId = 500 - item }));
        IDataView data = ml.Data.LoadFromEnumerable(numbers.ToArray());
        ITransformer pipeline = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Append(ml.Ranking.Trainers.LightGcn(Taste.QuickOptions())).Fit(data);
        Recommender numbered = ml.Model.CreateRecommender(pipeline);
        Assert.True(numbered.TryGetUserKey(1004, out Key key));
        Recommendations found = numbered.Recommend(1004);
        Assert.Equal(RecommendationSource.KnownUser, found.Source);
        Assert.Equal(numbered.Recommend(key).Items, found.Items);
        Assert.All(found.Items, item => Assert.True(numbered.TryGetItemKey(long.Parse(item.Id), out Key same) && same == item.Key));
        Assert.Equal(["12"], numbered.GetItems(500, 12).UnknownIds);
    }

    [Fact]
    public void What_is_wrong_with_a_call_is_said()
    {
        Recommender recommender = _fitted.Recommender;
        Assert.Contains("Option Count: expected at least 1, found 0.", Assert.Throws<ArgumentOutOfRangeException>(() => recommender.Recommend("u1", new RecommendationOptions { Count = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("MinimumScore", Assert.Throws<ArgumentOutOfRangeException>(() => recommender.Recommend("u1", new RecommendationOptions { MinimumScore = float.NaN })).Message, StringComparison.Ordinal);
        Assert.Contains("NumberOfThreads", Assert.Throws<ArgumentOutOfRangeException>(() => _fitted.Context.Model.CreateRecommender(_fitted.Transformer, new RecommendationOptions { NumberOfThreads = 0 })).Message, StringComparison.Ordinal);
        ItemSet foreign = new Fitted().Recommender.GetItems("i1");
        Assert.Contains("DenyList", Assert.Throws<ArgumentException>(() => recommender.Recommend("u1", new RecommendationOptions { DenyList = foreign })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => recommender.RecommendToNewUser(foreign));
        Assert.Contains("'none'", Assert.Throws<KeyNotFoundException>(() => recommender.SimilarItems("none")).Message, StringComparison.Ordinal);
        Assert.Throws<KeyNotFoundException>(() => recommender.SimilarUsers(new Key(0)));
        Assert.Throws<KeyNotFoundException>(() => recommender.GetItemId(new Key(41)));
        Assert.Throws<KeyNotFoundException>(() => recommender.Explain("u1", "none"));
        Assert.Throws<ArgumentOutOfRangeException>(() => recommender.SimilarUsers("u1", 0));
    }

    [Fact]
    public void Without_history_what_needs_it_says_so_and_the_rest_works()
    {
        Fitted whole = new(options => options.Neighbourhood = null), fitted = new(options => (options.KeepHistory, options.Neighbourhood) = (false, null));
        Recommender recommender = fitted.Recommender;
        Assert.False(recommender.HasHistory);
        Assert.Null(fitted.Model.History);
        RecommendationOptions seenToo = new() { ExcludeSeen = false };
        Assert.Equal(whole.Best(3, _ => true), Pairs(recommender.Recommend(whole.UserId(3), seenToo)));
        Assert.Equal(whole.Recommender.SimilarItems("i3"), recommender.SimilarItems("i3"));
        foreach (Action ask in (Action[])
        [
            () => recommender.Recommend("u3"),
            () => recommender.Recommend("nobody", seenToo),
            () => recommender.RecommendToNewUser(recommender.GetItems("i3"), seenToo),
            () => recommender.Explain("u3", "i3"),
        ])
        {
            Assert.Contains("KeepHistory", Assert.Throws<InvalidOperationException>(ask).Message, StringComparison.Ordinal);
        }
    }

    private static (string, float)[] Pairs(Recommendations found) => [.. found.Items.Select(item => (item.Id, item.Score))];

    private static double[][] Rows(ReadOnlySpan<float> table, int dimension)
    {
        double[][] rows = new double[table.Length / dimension][];
        for (int r = 0; r < rows.Length; r++)
            rows[r] = [.. table.Slice(r * dimension, dimension).ToArray().Select(value => (double)value)];
        return rows;
    }

    private static double Cosine(double[] a, double[] b) => Training.Oracle.Dot(a, b) / Math.Sqrt(Training.Oracle.Dot(a, a) * Training.Oracle.Dot(b, b));

    private sealed class Sink(List<RecommendationProgress> seen) : IProgress<RecommendationProgress>
    {
        public void Report(RecommendationProgress value)
        {
            lock (seen)
                seen.Add(value);
        }
    }

    private sealed class Row
    {
        public string User { get; set; } = "";

        public string[] RecommendedItems { get; set; } = [];

        public float[] RecommendedScores { get; set; } = [];
    }

    private sealed class Numbered
    {
        public int UserId { get; set; }

        public long ItemId { get; set; }
    }
}
