using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.Tests.Evaluation;

public sealed class EvaluateTopNTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void Hand_computed_ranks_of_a_small_case()
    {
        // User 0 has seen item 0. Items by score: 1 (0.9), 4 (0.5), 2 (0.4) and 3 (0.4).
        TableScorer scorer = new(new float[,] { { 9, 0.9f, 0.4f, 0.4f, 0.5f }, { 1, 2, 3, 4, 5 } });
        IDataView seen = KeyRows.Create(Ml, 2, 5, [(0, 0)]);
        IDataView heldOut = KeyRows.Create(Ml, 2, 5, [(0, 4), (0, 2), (1, 0)]);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new() { Cutoffs = [3, 1, 2] });

        Assert.Equal([1, 2, 3], metrics.Cutoffs);
        Assert.Equal(2, metrics.UserCount);
        Assert.Equal(3, metrics.HeldOutCount);
        // User 0: item 4 at rank 1, item 2 at 2 + 1/2 (tied with 3). User 1: item 0 is last of five, rank 4.
        Assert.Equal(0, metrics[RankingMetric.HitRate, 1]);
        Assert.Equal(0.5, metrics[RankingMetric.HitRate, 2]);
        Assert.Equal([0.5, 0], metrics.PerUser(RankingMetric.Recall, 2));
        Assert.Equal([1, 0], metrics.PerUser(RankingMetric.Recall, 3));
        Assert.Equal([2 / 3.0, 0], metrics.PerUser(RankingMetric.Precision, 3));
        Assert.Equal([0.5, 0], metrics.PerUser(RankingMetric.ReciprocalRank, 3));
        double ideal = 1 + 1 / Math.Log2(3);
        Assert.Equal((1 / Math.Log2(3) + 1 / Math.Log2(4.5)) / ideal, metrics.PerUser(RankingMetric.Ndcg, 3)[0], 1e-12);
        Assert.Equal(1 / Math.Log2(3) / ideal / 2, metrics[RankingMetric.Ndcg, 2], 1e-12);
        Assert.Equal((1 / 2.0 + 2 / 3.5) / 2 / 2, metrics[RankingMetric.AveragePrecision, 3], 1e-12);
    }

    [Fact]
    public void The_only_held_out_item_at_the_top_is_worth_one_in_every_metric_but_precision()
    {
        TableScorer scorer = new(new float[,] { { 1, 2, 3 } });
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 1, 3, [(0, 2)]), null, new() { Cutoffs = [2] });
        foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
            Assert.Equal(metric == RankingMetric.Precision ? 0.5 : 1, metrics[metric, 2]);
    }

    [Fact]
    public void A_constant_scorer_gets_the_middle_rank()
    {
        TableScorer scorer = new(new float[1, 21]);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 1, 21, [(0, 3)]), null, new() { Cutoffs = [10, 11] });
        Assert.Equal(0, metrics[RankingMetric.HitRate, 10]);
        Assert.Equal(1 / 11.0, metrics[RankingMetric.ReciprocalRank, 11]);
    }

    /// <summary>Few distinct scores, so that ties abound; duplicates and seen rows among the held-out ones.</summary>
    [Fact]
    public void Random_cases_equal_a_slow_oracle()
    {
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 90], Gen.Int[1, 6], Gen.Int[0, 1_000_000]).Sample((users, items, levels, seed) =>
        {
            Random random = new(seed);
            float[,] scores = new float[users, items];
            foreach (ref float score in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref scores[0, 0], scores.Length))
                score = random.Next(levels) - 2;
            (int, int)[] Pairs(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.Next(users), random.Next(items)))];
            (int User, int Item)[] seen = Pairs(random.Next(40)), heldOut = Pairs(1 + random.Next(40));
            int[] cutoffs = [1, 5, 20];

            var expected = heldOut.Except(seen).GroupBy(p => p.User).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => g.Select(p => p.Item).Distinct().ToArray());
            if (expected.Count == 0)
                return;
            TopNMetrics metrics = Ml.Ranking.EvaluateTopN(new TableScorer(scores), KeyRows.Create(Ml, users, items, heldOut), KeyRows.Create(Ml, users, items, seen), new() { Cutoffs = cutoffs, NumberOfThreads = 2 });

            Assert.Equal(expected.Keys, metrics.Users.ToArray());
            Assert.Equal(heldOut.Distinct().Intersect(seen).Count(), metrics.SeenHeldOutCount);
            foreach (int cutoff in cutoffs)
            {
                foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                {
                    double[] perUser = [.. expected.Select(user => RankingOracle.Metric(metric, cutoff, [.. user.Value.Select(item => RankingOracle.Rank(scores, user.Key, item, i => !seen.Contains((user.Key, i))))]))];
                    Assert.Equal(perUser, metrics.PerUser(metric, cutoff), (a, b) => Math.Abs(a - b) < 1e-12);
                    Assert.Equal(perUser.Average(), metrics[metric, cutoff], 1e-12);
                }
            }
        }, iter: 200);
    }

    [Fact]
    public void Factors_pair_scoring_and_a_scorer_of_ones_own_give_identical_ranks()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Neighbourhood = null;
        LightGcnTransformer fitted = Ml.Ranking.Trainers.LightGcn(options).Fit(data.Train);
        TopNMetrics fast = Ml.Ranking.EvaluateTopN(fitted, data.Validation, data.Train);
        // Behind a foreign transformer nobody can see the factors.
        ITransformer foreign = new TransformerChain<ITransformer>(fitted, Ml.Transforms.CopyColumns("Again", "Score").Fit(fitted.Transform(data.Train)));
        LightGcnModelParameters model = fitted.Model;
        FactorModel factors = new(model.UserEmbeddings.ToArray(), model.ItemEmbeddings.ToArray(), model.EmbeddingDimension);
        FactorModel peer = FactorModel.FromMatrixFactorization(model.UserEmbeddings.ToArray(), model.ItemEmbeddings.ToArray(), model.EmbeddingDimension, usersAreRows: true);
        FactorModel turned = FactorModel.FromMatrixFactorization(model.ItemEmbeddings.ToArray(), model.UserEmbeddings.ToArray(), model.EmbeddingDimension, usersAreRows: false);
        TopNMetrics[] others =
        [
            Ml.Ranking.EvaluateTopN(foreign, data.Validation, data.Train),
            Ml.Ranking.EvaluateTopN(factors, data.Validation, data.Train),
            Ml.Ranking.EvaluateTopN(peer, data.Validation, data.Train),
            Ml.Ranking.EvaluateTopN(turned, data.Validation, data.Train),
        ];
        Assert.InRange(fast[RankingMetric.HitRate, 10], 0.3, 1);
        foreach (TopNMetrics other in others)
        {
            foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                Assert.Equal(fast.PerUser(metric, 10), other.PerUser(metric, 10));
        }
    }

    [Fact]
    public void A_whole_pipeline_is_evaluated_on_its_raw_rows()
    {
        Taste data = Taste.Create(Ml);
        var pipeline = Ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(Ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Append(Ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()));
        TransformerChain<LightGcnTransformer> fitted = pipeline.Fit(data.TrainRows);
        IDataView heldOutRows = Ml.Transforms.SelectColumns("UserId", "ItemId").Fit(data.Validation).Transform(data.Validation);
        TopNMetrics whole = Ml.Ranking.EvaluateTopN(fitted, heldOutRows, data.TrainRows);
        ITransformer keys = new TransformerChain<ITransformer>([.. fitted.Take(2)]);
        TopNMetrics parts = Ml.Ranking.EvaluateTopN(fitted.LastTransformer, keys.Transform(heldOutRows), keys.Transform(data.TrainRows));
        Assert.Equal(parts.PerUser(RankingMetric.Ndcg, 20), whole.PerUser(RankingMetric.Ndcg, 20));
    }

    [Fact]
    public void NaN_is_an_error_that_names_the_pair()
    {
        TableScorer scorer = new(new float[,] { { 1, 2, 3 }, { 1, float.NaN, 3 } });
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 2, 3, [(0, 0), (1, 0)])));
        Assert.Contains("user key 2 and item key 2 is NaN", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Set TopNEvaluationOptions.MissingScoresRankLast where NaN means that nothing is known of the pair.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_scores_rank_last_and_are_counted_where_they_are_allowed()
    {
        // User 0 has a score for all but item 3, user 1 for none.
        TableScorer scorer = new(new float[,] { { 4, 1, 3, float.NaN }, { float.NaN, float.NaN, float.NaN, float.NaN } });
        IDataView heldOut = KeyRows.Create(Ml, 2, 4, [(0, 1), (0, 3), (1, 0), (1, 2)]), seen = KeyRows.Create(Ml, 2, 4, [(0, 0)]);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new() { Cutoffs = [1, 2, 50], MissingScoresRankLast = true, WithCatalogueMetrics = true });
        Assert.Equal((4, 3), (metrics.HeldOutCount, metrics.UnscoredHeldOutCount));
        Assert.Equal([0.0, 0], metrics.PerUser(RankingMetric.Recall, 1));
        Assert.Equal([0.5, 0], metrics.PerUser(RankingMetric.Recall, 2));
        Assert.Equal([0.5, 0], metrics.PerUser(RankingMetric.Recall, 50));
        // Items 2 and 1 are recommended to user 0, nothing to user 1.
        Assert.Equal(0.5, metrics.Catalogue(50).Coverage);
        TableScorer complete = new(new float[,] { { 4, 1, 3, 2 }, { 1, 1, 1, 1 } });
        Assert.Equal(0, Ml.Ranking.EvaluateTopN(complete, heldOut, seen, new() { MissingScoresRankLast = true }).UnscoredHeldOutCount);
        TableScorer infinite = new(new float[,] { { 4, 1, float.PositiveInfinity, 2 }, { 1, 1, 1, 1 } });
        Assert.Throws<InvalidOperationException>(() => Ml.Ranking.EvaluateTopN(infinite, heldOut, seen, new() { MissingScoresRankLast = true }));
    }

    /// <summary>As ML.NET's matrix factorization does with its regression loss for users and items without rows.</summary>
    [Fact]
    public void A_foreign_transformer_that_gives_NaN_is_ranked_without_an_option()
    {
        // User 2 and item 3 have keys and no rows.
        IDataView rows = KeyRows.Create(Ml, 3, 4, [(0, 0), (0, 1), (1, 1), (1, 2)]), heldOut = KeyRows.Create(Ml, 3, 4, [(0, 2), (0, 3), (1, 3), (2, 0)]);
        ITransformer model = Ml.Transforms.CustomMapping<KeyPair, KeyScore>(
            (pair, score) => score.Score = pair.User == 3 || pair.Item == 4 ? float.NaN : pair.Item, contractName: null).Fit(rows);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(model, heldOut, rows, new() { Cutoffs = [1, 50] });
        Assert.Equal((4, 3), (metrics.HeldOutCount, metrics.UnscoredHeldOutCount));
        Assert.Equal([0.5, 0, 0], metrics.PerUser(RankingMetric.Recall, 1));
        Assert.Equal([0.5, 0, 0], metrics.PerUser(RankingMetric.Recall, 50));
        // The same as factors, as MatrixFactorizationModelParameters has them.
        FactorModel factors = FactorModel.FromMatrixFactorization([1, 1, float.NaN], [1, 2, 3, float.NaN], 1, usersAreRows: true);
        TopNMetrics same = Ml.Ranking.EvaluateTopN(factors, heldOut, rows, new() { Cutoffs = [1, 50] });
        Assert.Equal((metrics.UnscoredHeldOutCount, metrics[RankingMetric.Ndcg, 50]), (same.UnscoredHeldOutCount, same[RankingMetric.Ndcg, 50]));
    }

    [Fact]
    public void Bad_input_is_refused_with_a_reason()
    {
        TableScorer scorer = new(new float[2, 3]);
        IDataView rows = KeyRows.Create(Ml, 2, 3, [(0, 0)]);
        Assert.Contains("Could not find user column 'Nobody'", Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(scorer, rows, null, new() { UserColumnName = "Nobody" })).Message, StringComparison.Ordinal);
        Assert.Contains("expected Key<UInt32, 0-2>, got Key<UInt32, 0-3>", Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 2, 4, [(0, 0)]))).Message, StringComparison.Ordinal);
        Assert.Contains("of 1 rows, 0 of unknown users, 0 of unknown items, 1 among the seen ones", Assert.Throws<ArgumentException>(() => Ml.Ranking.EvaluateTopN(scorer, rows, rows)).Message, StringComparison.Ordinal);
        Assert.Contains("Option Cutoffs", Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(scorer, rows, null, new() { Cutoffs = [0] })).Message, StringComparison.Ordinal);
        Assert.Contains("Option NumberOfThreads", Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(scorer, rows, null, new() { NumberOfThreads = 0 })).Message, StringComparison.Ordinal);
        ITransformer copies = Ml.Transforms.CopyColumns("Other", "User").Fit(rows);
        Assert.Contains("Could not find score column 'Score'", Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(copies, rows)).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => Ml.Ranking.EvaluateTopN(scorer, rows, null, new() { CancellationToken = new CancellationToken(canceled: true) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.EvaluateTopN(scorer, rows)[RankingMetric.Recall, 7]);
    }

    [Fact]
    public void Catalogue_metrics_of_a_small_case()
    {
        // Both users get items 2 and 1 at K = 2 (user 0 has seen 3), user 1 gets 3 and 2.
        TableScorer scorer = new(new float[,] { { 0, 1, 2, 3 }, { 0, 1, 2, 3 } });
        IDataView seen = KeyRows.Create(Ml, 2, 4, [(0, 3), (0, 0), (1, 0)]);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 2, 4, [(0, 1), (1, 1)]), seen, new() { Cutoffs = [1, 2], WithCatalogueMetrics = true });
        CatalogueMetrics at2 = metrics.Catalogue(2);
        // Exposure: item 1 once, item 2 twice, item 3 once.
        Assert.Equal(0.75, at2.Coverage);
        // Popularity: item 0 two users, item 3 one; items 1 and 2 none, counted as one of two users.
        Assert.Equal(1, at2.Novelty, 1e-12);
        // Ranks: item 0 is 0, item 3 is 1, items 1 and 2 share 2.5.
        Assert.Equal((2.5 * 3 + 1) / 4, at2.MeanPopularityRank, 1e-12);
        Assert.Equal((-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / (4.0 * 4), at2.Gini, 1e-12);
        Assert.Equal(0.5, metrics.Catalogue(1).Coverage);
        Assert.Throws<InvalidOperationException>(() => Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 2, 4, [(0, 1)])).Catalogue(10));
    }

    [Fact]
    public void Per_user_values_come_as_a_data_view()
    {
        TableScorer scorer = new(new float[,] { { 1, 2, 3 }, { 0, 0, 0 }, { 3, 2, 1 } });
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, KeyRows.Create(Ml, 3, 3, [(0, 2), (2, 2), (2, 0)]), null, new() { Cutoffs = [1] });
        IDataView view = metrics.ToDataView(1);
        Assert.Equal([1u, 3u], view.GetColumn<uint>("User"));
        Assert.Equal([1, 2], view.GetColumn<int>("HeldOut"));
        Assert.Equal(metrics.PerUser(RankingMetric.Recall, 1), view.GetColumn<double>("Recall"));
        Assert.Equal(2, view.GetRowCount());
    }

    [Fact]
    public void Intervals_and_comparisons_are_calibrated_and_seeded()
    {
        // 400 users, one held-out item each; the better model hits for 60 %, the other for 45 %.
        Random random = new(5);
        float[,] better = new float[400, 20], worse = new float[400, 20];
        for (int user = 0; user < 400; user++)
        {
            better[user, 0] = random.NextDouble() < 0.60 ? 1 : -1;
            worse[user, 0] = random.NextDouble() < 0.45 ? 1 : -1;
        }
        IDataView heldOut = KeyRows.Create(Ml, 400, 20, Enumerable.Range(0, 400).Select(user => (user, 0)));
        TopNEvaluationOptions options = new() { Cutoffs = [1] };
        TopNMetrics first = Ml.Ranking.EvaluateTopN(new TableScorer(better), heldOut, null, options), second = Ml.Ranking.EvaluateTopN(new TableScorer(worse), heldOut, null, options);
        double mean = first[RankingMetric.HitRate, 1], error = Math.Sqrt(mean * (1 - mean) / 400);
        ConfidenceInterval interval = first.ConfidenceInterval(RankingMetric.HitRate, 1);
        Assert.Equal(mean - 1.96 * error, interval.Lower, 0.01);
        Assert.Equal(mean + 1.96 * error, interval.Upper, 0.01);
        Assert.Equal(interval, first.ConfidenceInterval(RankingMetric.HitRate, 1));
        Assert.NotEqual(interval, first.ConfidenceInterval(RankingMetric.HitRate, 1, seed: 1));

        TopNComparison comparison = first.CompareTo(second, RankingMetric.HitRate, 1);
        Assert.Equal(mean - second[RankingMetric.HitRate, 1], comparison.Difference, 1e-12);
        Assert.InRange(comparison.Difference, comparison.Interval.Lower, comparison.Interval.Upper);
        Assert.True(comparison.Interval.Lower > 0);
        Assert.InRange(comparison.PValue, 0.0005, 0.01);
        TopNComparison same = first.CompareTo(first, RankingMetric.HitRate, 1);
        Assert.Equal((0, 1), (same.Difference, same.PValue));
        Assert.Throws<ArgumentException>(() => first.CompareTo(Ml.Ranking.EvaluateTopN(new TableScorer(worse), KeyRows.Create(Ml, 400, 20, [(0, 1)]), null, options), RankingMetric.HitRate, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => first.ConfidenceInterval(RankingMetric.HitRate, 1, level: 1));
    }

    private sealed class KeyPair
    {
        [KeyType(3)]
        public uint User { get; set; }

        [KeyType(4)]
        public uint Item { get; set; }
    }

    private sealed class KeyScore
    {
        public float Score { get; set; }
    }
}
