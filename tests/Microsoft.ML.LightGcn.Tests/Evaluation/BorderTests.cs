using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Tests.Evaluation;

/// <summary>Users and items that a model does not know, in evaluation and in lists; and graded relevance.</summary>
public sealed class BorderTests
{
    private readonly MLContext _ml = new(1);
    private readonly List<string> _log = [];

    public BorderTests() => _ml.Log += (_, e) => _log.Add($"{e.Kind} {e.Message}");

    [Fact]
    public void Held_out_rows_that_can_not_be_ranked_are_counted_by_reason()
    {
        Taste.Interaction[] train = Pairs("u1 i1", "u1 i2", "u2 i2", "u2 i3", "u3 i1");
        ITransformer keys = Map(train);
        IDataView seen = keys.Transform(_ml.Data.LoadFromEnumerable(train));
        PopularityTransformer model = _ml.Ranking.Trainers.Popularity("User", "Item").Fit(seen);
        // 17 rows: 11 of unknown users, one of them with an unknown item too, 3 of unknown items, 2 seen, 1 to rank.
        IDataView heldOut = keys.Transform(_ml.Data.LoadFromEnumerable(Pairs(
            "a i1", "b i1", "c i1", "d i1", "e i1", "f i1", "g i1", "h i1", "i i1", "j i2", "k new", "u1 x", "u2 y", "u3 z", "u1 i1", "u2 i2", "u1 i3")));
        TopNMetrics metrics = _ml.Ranking.EvaluateTopN(model, heldOut, seen, new() { Cutoffs = [2] });
        Assert.Equal((11L, 3L, 2, 1), (metrics.UnknownUserHeldOutCount, metrics.UnknownItemHeldOutCount, metrics.SeenHeldOutCount, metrics.HeldOutCount));
        string line = Assert.Single(_log, entry => entry.Contains("held-out rows", StringComparison.Ordinal));
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.Contains("Of 17 held-out rows 1 interactions are ranked; left out: 11 of unknown users, 3 of unknown items, 2 among the seen ones.", line, StringComparison.Ordinal);

        // A tenth and less is no warning, and nothing left out is no line.
        _log.Clear();
        Taste.Interaction[] fine = Pairs([.. Enumerable.Range(0, 9).Select(_ => "u1 i3"), "nobody i1"]);
        Assert.Equal(1, _ml.Ranking.EvaluateTopN(model, keys.Transform(_ml.Data.LoadFromEnumerable(fine)), seen).UnknownUserHeldOutCount);
        Assert.DoesNotContain(_log, entry => entry.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Single(_log, entry => entry.Contains("Of 10 held-out rows", StringComparison.Ordinal));
        _log.Clear();
        _ml.Ranking.EvaluateTopN(model, keys.Transform(_ml.Data.LoadFromEnumerable(fine[..9])), seen);
        Assert.DoesNotContain(_log, entry => entry.Contains("held-out rows", StringComparison.Ordinal));

        IDataView strangers = keys.Transform(_ml.Data.LoadFromEnumerable(Pairs("a i1", "u1 x", "u1 i1")));
        Assert.Contains(
            "of 3 rows, 1 of unknown users, 1 of unknown items, 1 among the seen ones",
            Assert.Throws<ArgumentException>(() => _ml.Ranking.EvaluateTopN(model, strangers, seen)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_rows_that_can_not_be_ranked_are_counted_by_reason()
    {
        Taste.Interaction[] train = Pairs("u1 i1", "u1 i2", "u2 i2", "u2 i3", "u3 i1");
        ITransformer keys = Map(train);
        IDataView data = keys.Transform(_ml.Data.LoadFromEnumerable(train));
        _ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data, keys.Transform(_ml.Data.LoadFromEnumerable(Pairs("a i1", "u1 x", "u1 i1", "u1 i3"))));
        string line = Assert.Single(_log, entry => entry.Contains("validation rows", StringComparison.Ordinal));
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.Contains("Of 4 validation rows 1 interactions are ranked; left out: 1 of unknown users, 1 of unknown items, 1 among the seen ones.", line, StringComparison.Ordinal);
        Assert.Contains(
            "of 2 rows, 1 of unknown users, 1 of unknown items, 0 among the seen ones",
            Assert.Throws<ArgumentException>(() => _ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data, keys.Transform(_ml.Data.LoadFromEnumerable(Pairs("a i1", "u1 x"))))).Message,
            StringComparison.Ordinal);
    }

    public static TheoryData<string> Models => ["LightGcn", "LightGcn with BPR", "BprMatrixFactorization", "Popularity", "ItemKnn", "Ease", "GraphFilter", "GraphFilter with a low-pass part", "Factors", "Factors of NaN"];

    [Theory]
    [MemberData(nameof(Models))]
    public void What_a_model_knows_nothing_of_is_no_recommendation(string name)
    {
        // Of ten users and eight items, user 9 and item 7 have keys and no interactions. Scores of opposites are negative.
        (int User, int Item)[] pairs = [.. Enumerable.Range(0, 9).SelectMany(user => Enumerable.Range(0, 7).Where(item => item % 2 == user % 2 && (user + item) % 5 != 0).Select(item => (user, item)))];
        IDataView train = KeyRows.Create(_ml, 10, 8, pairs);
        ITransformer? fitted = name switch
        {
            "LightGcn" => _ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(train),
            // Negatives among all items move item 7, but say nothing of it.
            "LightGcn with BPR" => _ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { EmbeddingDimension = 8, Objective = new BprObjective(), EpochCount = 3 }).Fit(train),
            "BprMatrixFactorization" => _ml.Ranking.Trainers.BprMatrixFactorization(embeddingDimension: 8, epochCount: 3).Fit(train),
            "Popularity" => _ml.Ranking.Trainers.Popularity("User", "Item").Fit(train),
            "ItemKnn" => _ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(train),
            "Ease" => _ml.Ranking.Trainers.Ease("User", "Item").Fit(train),
            "GraphFilter" => _ml.Ranking.Trainers.GraphFilter("User", "Item").Fit(train),
            "GraphFilter with a low-pass part" => _ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 2 }).Fit(train),
            _ => null,
        };
        IItemScorer scorer = fitted is null ? Factors(name.EndsWith("NaN", StringComparison.Ordinal) ? float.NaN : 0) : ((Microsoft.ML.LightGcn.MLNet.Transformers.IRankingTransformer)fitted).Model;
        float[] scores = new float[10 * 8];
        scorer.ScoreItems([.. Enumerable.Range(0, 10)], scores);
        bool scoresAllUsers = name == "Popularity";
        for (int user = 0; user < 10; user++)
        {
            for (int item = 0; item < 8; item++)
            {
                bool isKnown = item < 7 && (user < 9 || scoresAllUsers);
                Assert.Equal(isKnown, float.IsFinite(scores[user * 8 + item]));
                Assert.Equal(isKnown, !float.IsNaN(scores[user * 8 + item]));
            }
        }
        Recommender recommender = fitted is null ? _ml.Model.CreateRecommender(scorer, train) : _ml.Model.CreateRecommender(fitted);
        for (int user = 0; user < 10; user++)
        {
            Recommendations one = recommender.Recommend(user, new() { Count = 8, ExcludeSeen = false });
            Assert.Equal(Enumerable.Range(0, 7), one.Items.Select(item => int.Parse(item.Id, null)).Order());
            Assert.Equal(one.Items, recommender.RecommendMany([user], new() { Count = 8, ExcludeSeen = false }, cancellationToken: TestContext.Current.CancellationToken)[0].Items);
            Assert.DoesNotContain(recommender.Recommend(user, new() { Count = 8, ExcludeSeen = false, AllowList = recommender.GetItems(1, 7) }).Items, item => item.Id == "7");
            Assert.Equal(user < 9 ? RecommendationSource.KnownUser : RecommendationSource.Popularity, one.Source);
            Assert.Equal(user < 9 || scoresAllUsers, one.Items.All(item => float.IsFinite(item.Score)));
        }
        if (name is not ("Popularity" or "Factors" or "Factors of NaN" or "BprMatrixFactorization"))
        {
            Assert.DoesNotContain(recommender.RecommendToNewUser(recommender.GetItems(0, 2), new() { Count = 8, ExcludeSeen = false }).Items, item => item.Id == "7");
            Assert.Equal(float.NaN, recommender.Explain(0, 7).Score);
            Explanation nobody = recommender.Explain(9, 0);
            Assert.Equal((RecommendationSource.Popularity, float.NaN), (nobody.Source, nobody.Score));
            Assert.Empty(nobody.History);
            Assert.Equal(RecommendationSource.Popularity, recommender.ExplainToNewUser(recommender.GetItems([]), 0).Source);
            Assert.Equal(RecommendationSource.Popularity, recommender.ExplainToNewUser(recommender.GetItems(7), 0).Source);
            Assert.Equal(float.NaN, recommender.ExplainToNewUser(recommender.GetItems(0, 2), 7).Score);
        }
        // Held out: an unknown item and one below all others. The unknown one is never a hit, and the other is one in the last place.
        int worst = Enumerable.Range(0, 7).MinBy(item => scores[item]);
        TopNMetrics metrics = Evaluate(fitted, scorer, KeyRows.Create(_ml, 10, 8, [(0, 7), (0, worst)]));
        Assert.Equal(0.5, metrics[RankingMetric.Recall, 7]);
        Assert.Equal(0.5, metrics[RankingMetric.Recall, 50]);
        // Some models have several items in the last place.
        if (scores[..7].Count(score => score == scores[worst]) == 1)
            Assert.Equal(0, metrics[RankingMetric.Recall, 6]);
        Assert.Equal(scoresAllUsers ? 1 : 0, Evaluate(fitted, scorer, KeyRows.Create(_ml, 10, 8, [(9, 0)]))[RankingMetric.HitRate, 50]);
        if (fitted is null)
            return;

        // As pairs of a data view, fitted, loaded and restored.
        IDataView all = KeyRows.Create(_ml, 10, 8, [.. Enumerable.Range(0, 80).Select(n => (n / 8, n % 8))]);
        using MemoryStream stream = new();
        _ml.Model.Save(fitted, train.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out _), restored = _ml.Model.RestoreLightGcn(loaded);
        foreach (ITransformer model in new[] { fitted, loaded, restored })
            Assert.Equal(scores, model.Transform(all).GetColumn<float>("Score"));
        Assert.Equal(recommender.Recommend(0).Items, _ml.Model.CreateRecommender(restored).Recommend(0).Items);
    }

    [Fact]
    public void Validation_ranks_items_without_an_embedding_last()
    {
        // Item 4 has no interactions. Scores of the rest are as often negative as not; with zero before them it would be a hit.
        IDataView train = KeyRows.Create(_ml, 6, 5, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (4, 0), (5, 2)]);
        List<TrainingEpoch> epochs = [];
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.ValidationCutoff = 5;
        options.Progress = new Collector(epochs);
        _ml.Ranking.Trainers.LightGcn(options).Fit(train, KeyRows.Create(_ml, 6, 5, [(0, 4), (1, 4), (2, 4)]));
        Assert.NotEmpty(epochs);
        Assert.All(epochs, epoch => Assert.Equal(0, epoch.Validation![RankingMetric.HitRate, 5]));
    }

    [Fact]
    public void Gains_grade_the_relevance_of_NDCG()
    {
        // Ranks of user 0: items 3, 2, 1, 0; gains 1 of item 3, 4 of item 1, 2 (the greater of two) of item 0. A row of gain 0 is no relevant item.
        TableScorer scorer = new(new float[,] { { 0, 1, 2, 3 }, { 3, 2, 1, 0 } });
        IDataView heldOut = Gained((0, 3, 1), (0, 1, 4), (0, 0, 1), (0, 0, 2), (0, 2, 0), (1, 1, 0.5f));
        TopNMetrics metrics = _ml.Ranking.EvaluateTopN(scorer, heldOut, options: new() { Cutoffs = [1, 3, 4], GainColumnName = "Stars" });
        double Discount(int rank) => 1 / Math.Log2(rank + 2);
        Assert.Equal([1 / 4.0, 0], metrics.PerUser(RankingMetric.Ndcg, 1), Close);
        double ideal3 = 4 * Discount(0) + 2 * Discount(1) + 1 * Discount(2);
        Assert.Equal([(1 * Discount(0) + 4 * Discount(2)) / ideal3, Discount(1) / Discount(0)], metrics.PerUser(RankingMetric.Ndcg, 3), Close);
        Assert.Equal([(1 * Discount(0) + 4 * Discount(2) + 2 * Discount(3)) / ideal3, Discount(1) / Discount(0)], metrics.PerUser(RankingMetric.Ndcg, 4), Close);
        // Every gain above 0 is a hit to the others.
        Assert.Equal(3, metrics.HeldOut.ItemsOf(0).Length);
        Assert.Equal([1.0, 1.0], metrics.PerUser(RankingMetric.Recall, 4));

        // Equal gains, of whatever size, are the metric without any.
        TopNMetrics plain = _ml.Ranking.EvaluateTopN(scorer, heldOut, options: new() { Cutoffs = [2] });
        TopNMetrics equal = _ml.Ranking.EvaluateTopN(scorer, Gained((0, 3, 7), (0, 1, 7), (0, 0, 7), (0, 2, 7), (1, 1, 7)), options: new() { Cutoffs = [2], GainColumnName = "Stars" });
        Assert.Equal(plain.PerUser(RankingMetric.Ndcg, 2), equal.PerUser(RankingMetric.Ndcg, 2), Close);
        Assert.Throws<ArgumentException>(() => metrics.CompareTo(_ml.Ranking.EvaluateTopN(scorer, heldOut, options: new() { Cutoffs = [3] }), RankingMetric.Ndcg, 3));

        // Seen pairs go with their gains, and users of no history too.
        TopNMetrics unseen = _ml.Ranking.EvaluateTopN(scorer, heldOut, KeyRows.Create(_ml, 2, 4, [(0, 1)]), new() { Cutoffs = [3], GainColumnName = "Stars", MinimumHistory = 1 });
        Assert.Equal([(1 * Discount(0) + 2 * Discount(2)) / (2 * Discount(0) + 1 * Discount(1))], unseen.PerUser(RankingMetric.Ndcg, 3), Close);

        static bool Close(double left, double right) => Math.Abs(left - right) < 1e-12;
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Gains_that_are_none_are_refused_with_their_row(float gain)
    {
        TableScorer scorer = new(new float[2, 4]);
        string message = Assert.Throws<InvalidOperationException>(() => _ml.Ranking.EvaluateTopN(scorer, Gained((0, 1, 1), (1, 2, gain)), options: new() { GainColumnName = "Stars" })).Message;
        Assert.Contains("Gain column 'Stars' is", message, StringComparison.Ordinal);
        Assert.Contains("row 1", message, StringComparison.Ordinal);
        Assert.Contains("0 or a positive finite number", message, StringComparison.Ordinal);
        Assert.Contains("Could not find gain column 'Label'", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.EvaluateTopN(scorer, Gained((0, 1, 1)), options: new() { GainColumnName = "Label" })).Message, StringComparison.Ordinal);
        Assert.Contains("without gain", Assert.Throws<ArgumentException>(() => _ml.Ranking.EvaluateTopN(scorer, Gained((0, 1, 0)), options: new() { GainColumnName = "Stars" })).Message, StringComparison.Ordinal);
    }

    private TopNMetrics Evaluate(ITransformer? fitted, IItemScorer scorer, IDataView heldOut)
    {
        TopNEvaluationOptions options = new() { Cutoffs = [6, 7, 50] };
        return fitted is null ? _ml.Ranking.EvaluateTopN(scorer, heldOut, options: options) : _ml.Ranking.EvaluateTopN(fitted, heldOut, options: options);
    }

    /// <summary>Factors whose scores are as often negative as not; those of user 9 and of item 7 are all of one value.</summary>
    private static FactorModel Factors(float ofUnknown)
    {
        Random random = new(4);
        float[] Table(int rows) => [.. Enumerable.Range(0, rows * 3).Select(n => n / 3 == rows - 1 ? ofUnknown : random.NextSingle() - 0.5f)];
        return new FactorModel(Table(10), Table(8), 3);
    }

    private ITransformer Map(Taste.Interaction[] rows) =>
        _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(_ml.Data.LoadFromEnumerable(rows));

    private static Taste.Interaction[] Pairs(params string[] pairs) =>
        Array.ConvertAll(pairs, pair => new Taste.Interaction { UserId = pair.Split(' ')[0], ItemId = pair.Split(' ')[1] });

    private IDataView Gained(params (uint User, uint Item, float Stars)[] rows) =>
        _ml.Data.LoadFromEnumerable(rows.Select(row => new GainedRow { User = row.User, Item = row.Item, Stars = row.Stars }));

    private sealed class GainedRow
    {
        [KeyType(2)]
        public uint User { get; set; }

        [KeyType(4)]
        public uint Item { get; set; }

        public float Stars { get; set; }
    }

    private sealed class Collector(List<TrainingEpoch> epochs) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => epochs.Add(value);
    }
}
