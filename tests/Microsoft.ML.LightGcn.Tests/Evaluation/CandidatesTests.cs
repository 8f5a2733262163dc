using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Evaluation;

namespace Microsoft.ML.LightGcn.Tests.Evaluation;

/// <summary>Evaluation of new items alone, and of users with a short or a long history.</summary>
public sealed class CandidatesTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void Hand_computed_ranks_among_new_items()
    {
        // Items 0, 1 and 3 are seen; 2, 4 and 5 are new.
        IDataView seen = KeyRows.Create(Ml, 3, 6, [(0, 0), (0, 1), (1, 3)]);
        TableScorer scorer = new(new float[,] { { 9, 8, 1, 7, 2, 1 }, { 0, 0, 3, 0, 2, 1 }, { 5, 4, 3, 2, 1, 0 } });
        IDataView heldOut = KeyRows.Create(Ml, 3, 6, [(0, 2), (0, 3), (1, 4), (2, 0), (2, 1)]);
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new() { Cutoffs = [1, 2], Candidates = CandidateItems.New, WithCatalogueMetrics = true });

        // User 2's held-out items are both seen by others; of user 0's, item 3 is.
        Assert.Equal([0, 1], metrics.Users.ToArray());
        Assert.Equal(2, metrics.HeldOutCount);
        // User 0: item 2 is below item 4 and ties with item 5. User 1: item 4 is below item 2.
        Assert.Equal([1 / 2.5, 1 / 2.0], metrics.PerUser(RankingMetric.ReciprocalRank, 2));
        Assert.Equal(0, metrics[RankingMetric.HitRate, 1]);
        // Lists of two: items 4 and 2 for user 0, 2 and 4 for user 1; item 5 is in none.
        Assert.Equal(2 / 3.0, metrics.Catalogue(2).Coverage);
        Assert.Equal((-2 * 0 + 0 * 2 + 2 * 2) / (3 * 4.0), metrics.Catalogue(2).Gini, 1e-12);
        Assert.Equal(2 / 3.0, metrics.Catalogue(1).Coverage);
    }

    /// <summary>The baseline of a cold-item evaluation: what no knowledge at all gives.</summary>
    [Fact]
    public void A_constant_scorer_gets_the_middle_rank_among_the_new_items_only()
    {
        // 40 items, of which 9 are new.
        IDataView seen = KeyRows.Create(Ml, 1, 40, Enumerable.Range(9, 31).Select(item => (0, item)));
        TopNMetrics metrics = Ml.Ranking.EvaluateTopN(new TableScorer(new float[1, 40]), KeyRows.Create(Ml, 1, 40, [(0, 3)]), seen, new() { Cutoffs = [4, 5], Candidates = CandidateItems.New });
        Assert.Equal(0, metrics[RankingMetric.HitRate, 4]);
        Assert.Equal(1 / 5.0, metrics[RankingMetric.ReciprocalRank, 5]);
    }

    /// <summary>Few distinct scores, so that ties abound; duplicates and seen rows among the held-out ones.</summary>
    [Fact]
    public void Random_cases_equal_a_slow_oracle_for_any_number_of_threads()
    {
        int evaluated = 0;
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 90], Gen.Int[1, 6], Gen.Int[0, 1_000_000]).Sample((users, items, levels, seed) =>
        {
            Random random = new(seed);
            float[,] scores = new float[users, items];
            foreach (ref float score in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref scores[0, 0], scores.Length))
                score = random.Next(levels) - 2;
            (int User, int Item)[] Pairs(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.Next(users), random.Next(items)))];
            (int User, int Item)[] seen = Pairs(random.Next(40)), heldOut = Pairs(1 + random.Next(40));
            TopNEvaluationOptions options = new()
            {
                Cutoffs = [1, 5, 20],
                Candidates = random.Next(3) > 0 ? CandidateItems.New : CandidateItems.All,
                MinimumHistory = random.Next(2) > 0 ? random.Next(3) : null,
                MaximumHistory = random.Next(2) > 0 ? 2 + random.Next(6) : null,
                WithCatalogueMetrics = random.Next(2) > 0,
                NumberOfThreads = 1,
            };

            HashSet<int> known = [.. seen.Select(p => p.Item)];
            bool IsCandidate(int user, int item) => options.Candidates == CandidateItems.New ? !known.Contains(item) : !seen.Contains((user, item));
            int History(int user) => seen.Distinct().Count(p => p.User == user);
            var expected = heldOut.Where(p => IsCandidate(p.User, p.Item) && History(p.User) >= (options.MinimumHistory ?? 0) && History(p.User) <= (options.MaximumHistory ?? int.MaxValue))
                .GroupBy(p => p.User).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => g.Select(p => p.Item).Distinct().ToArray());
            TopNMetrics Evaluate() => Ml.Ranking.EvaluateTopN(new TableScorer(scores), KeyRows.Create(Ml, users, items, heldOut), KeyRows.Create(Ml, users, items, seen), options);
            if (expected.Count == 0)
            {
                Assert.Throws<ArgumentException>(Evaluate);
                return;
            }
            Interlocked.Increment(ref evaluated);
            TopNMetrics metrics = Evaluate();
            Assert.Equal(expected.Keys, metrics.Users.ToArray());
            Assert.Equal(expected.Sum(user => user.Value.Length), metrics.HeldOutCount);
            Assert.Equal(heldOut.Distinct().Intersect(seen).Count(), metrics.SeenHeldOutCount);
            foreach (int cutoff in options.Cutoffs)
            {
                foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                {
                    double[] perUser = [.. expected.Select(user => RankingOracle.Metric(metric, cutoff, [.. user.Value.Select(item => RankingOracle.Rank(scores, user.Key, item, i => IsCandidate(user.Key, i)))]))];
                    Assert.Equal(perUser, metrics.PerUser(metric, cutoff), (a, b) => Math.Abs(a - b) < 1e-12);
                    Assert.Equal(perUser.Average(), metrics[metric, cutoff], 1e-12);
                }
                if (options.WithCatalogueMetrics)
                {
                    int[] recommended = [.. expected.Keys.SelectMany(user => Enumerable.Range(0, items).Where(item => IsCandidate(user, item)).OrderByDescending(item => scores[user, item]).Take(cutoff))];
                    int candidates = options.Candidates == CandidateItems.New ? items - known.Count : items;
                    Assert.Equal(recommended.Distinct().Count() / (double)candidates, metrics.Catalogue(cutoff).Coverage, 1e-12);
                }
            }
            options.NumberOfThreads = 3;
            TopNMetrics again = Evaluate();
            Assert.Equal(0, metrics.CompareTo(again, RankingMetric.Ndcg, 20).Difference);
            foreach (int cutoff in options.Cutoffs)
            {
                foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                    Assert.Equal(metrics.PerUser(metric, cutoff), again.PerUser(metric, cutoff));
                if (options.WithCatalogueMetrics)
                    Assert.Equal(metrics.Catalogue(cutoff), again.Catalogue(cutoff));
            }
        }, iter: 300);
        Assert.InRange(evaluated, 50, 300);
    }

    [Fact]
    public void Every_model_is_evaluated_on_new_items_and_short_histories_by_its_scores()
    {
        const int Users = 30, Items = 24;
        Random random = new(7);
        // The last eight items are new.
        (int User, int Item)[] trainPairs = [.. Enumerable.Range(0, 200).Select(_ => (random.Next(Users), random.Next(Items - 8))).Distinct()];
        (int User, int Item)[] heldOutPairs = [.. Enumerable.Range(0, 150).Select(_ => (random.Next(Users), random.Next(Items))).Distinct()];
        IDataView train = KeyRows.Create(Ml, Users, Items, trainPairs), heldOut = KeyRows.Create(Ml, Users, Items, heldOutPairs);
        LightGcnTransformer lightGcn = Ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(train);
        (ITransformer Model, IItemScorer Scores)[] models =
        [
            (lightGcn, lightGcn.Model),
            (new TransformerChain<ITransformer>(lightGcn, Ml.Transforms.CopyColumns("Again", "Score").Fit(lightGcn.Transform(train))), lightGcn.Model),
            Peer(Ml.Ranking.Trainers.Popularity().Fit(train)),
            Peer(Ml.Ranking.Trainers.ItemKnn().Fit(train)),
            Peer(Ml.Ranking.Trainers.GraphFilter().Fit(train)),
            Peer(Ml.Ranking.Trainers.Ease().Fit(train)),
        ];
        int most = (int)trainPairs.CountBy(p => p.User).Average(p => p.Value);
        TopNEvaluationOptions options = new() { Cutoffs = [3], Candidates = CandidateItems.New, MaximumHistory = most };
        var expected = heldOutPairs.Where(p => p.Item >= Items - 8 && trainPairs.Count(t => t.User == p.User) <= most).GroupBy(p => p.User, p => p.Item).OrderBy(g => g.Key).ToArray();
        Assert.InRange(expected.Length, 5, Users - 5);
        foreach ((ITransformer model, IItemScorer scorer) in models)
        {
            float[] flat = new float[Users * Items];
            scorer.ScoreItems([.. Enumerable.Range(0, Users)], flat);
            float[,] scores = new float[Users, Items];
            Buffer.BlockCopy(flat, 0, scores, 0, flat.Length * sizeof(float));
            TopNMetrics metrics = Ml.Ranking.EvaluateTopN(model, heldOut, train, options);
            Assert.Equal(expected.Select(user => user.Key), metrics.Users.ToArray());
            // None of these models knows anything of a new item.
            Assert.All(expected, user => Assert.All(user, item => Assert.Equal(float.NaN, scores[user.Key, item])));
            Assert.All(metrics.PerUser(RankingMetric.Ndcg, 3), value => Assert.Equal(0, value));
            TopNMetrics all = Ml.Ranking.EvaluateTopN(model, heldOut, train, new() { Cutoffs = [3], MaximumHistory = most });
            foreach ((int user, double value) in all.Users.ToArray().Zip(all.PerUser(RankingMetric.Ndcg, 3)))
            {
                int[] seen = [.. trainPairs.Where(pair => pair.User == user).Select(pair => pair.Item)];
                double[] ranks = [.. heldOutPairs.Where(pair => pair.User == user && !seen.Contains(pair.Item)).Select(pair =>
                    pair.Item >= Items - 8 ? double.PositiveInfinity : RankingOracle.Rank(scores, user, pair.Item, other => other < Items - 8 && !seen.Contains(other)))];
                Assert.Equal(RankingOracle.Metric(RankingMetric.Ndcg, 3, ranks), value, 1e-12);
            }
        }

        static (ITransformer, IItemScorer) Peer<TModel>(RankingTransformer<TModel> fitted) where TModel : class, IItemScorer => (fitted, fitted.Model);
    }

    [Fact]
    public void A_scorer_that_ranks_by_itself_is_asked_for_all_items_only()
    {
        RankerOfAllItems scorer = new(4, 5);
        IDataView seen = KeyRows.Create(Ml, 4, 5, [(0, 0), (1, 0), (1, 1)]), heldOut = KeyRows.Create(Ml, 4, 5, [(0, 3), (1, 4), (2, 2)]);
        // Every rank is the ranker's own answer, 7.
        TopNMetrics all = Ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new() { Cutoffs = [8], MinimumHistory = 1 });
        Assert.Equal([0, 1], all.Users.ToArray());
        Assert.Equal([1 / 8.0, 1 / 8.0], all.PerUser(RankingMetric.ReciprocalRank, 8));
        TopNMetrics fresh = Ml.Ranking.EvaluateTopN(scorer, heldOut, seen, new() { Cutoffs = [8], Candidates = CandidateItems.New, MinimumHistory = 1 });
        Assert.Equal([1 / 2.0, 1 / 2.0], fresh.PerUser(RankingMetric.ReciprocalRank, 8));
    }

    [Fact]
    public void Models_are_compared_on_the_same_candidates_only()
    {
        Random random = new(3);
        float[,] better = new float[200, 30], worse = new float[200, 30];
        for (int user = 0; user < 200; user++)
        {
            for (int item = 0; item < 30; item++)
                (better[user, item], worse[user, item]) = (item == 20 + user % 10 ? 1 : random.NextSingle(), random.NextSingle());
        }
        IDataView seen = KeyRows.Create(Ml, 200, 30, Enumerable.Range(0, 200).Select(user => (user, user % 20)));
        IDataView heldOut = KeyRows.Create(Ml, 200, 30, Enumerable.Range(0, 200).Select(user => (user, 20 + user % 10)));
        TopNMetrics Evaluate(float[,] scores, CandidateItems candidates) => Ml.Ranking.EvaluateTopN(new TableScorer(scores), heldOut, seen, new() { Cutoffs = [3], Candidates = candidates });
        TopNComparison comparison = Evaluate(better, CandidateItems.New).CompareTo(Evaluate(worse, CandidateItems.New), RankingMetric.Ndcg, 3);
        Assert.InRange(comparison.Difference, comparison.Interval.Lower, comparison.Interval.Upper);
        Assert.InRange(comparison.Interval.Lower, 0.5, 1);
        Assert.Contains("candidates", Assert.Throws<ArgumentException>(() => Evaluate(better, CandidateItems.New).CompareTo(Evaluate(worse, CandidateItems.All), RankingMetric.Ndcg, 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_refused_with_a_reason()
    {
        TableScorer scorer = new(new float[2, 3]);
        IDataView heldOut = KeyRows.Create(Ml, 2, 3, [(0, 0)]);
        Refused("Option Candidates: expected seen data", null, new() { Candidates = CandidateItems.New });
        Refused("Option MinimumHistory: expected seen data", null, new() { MinimumHistory = 0 });
        Refused("Option MaximumHistory: expected seen data", null, new() { MaximumHistory = 3 });
        Refused("Option Candidates: expected a value of CandidateItems, found 9", null, new() { Candidates = (CandidateItems)9 });
        Refused("Option MinimumHistory: expected at least 0, found -1", null, new() { MinimumHistory = -1 });
        Refused("Option MaximumHistory: expected at least 0, found -1", null, new() { MaximumHistory = -1 });
        Refused("Option MaximumHistory: expected at least 5, found 4", null, new() { MinimumHistory = 5, MaximumHistory = 4 });
        Refused("each of the 3 items of column 'Item' has interactions", [(0, 1), (0, 2), (1, 0)], new() { Candidates = CandidateItems.New });
        Refused("no interactions with the 2 items of column 'Item' that are new", [(1, 0)], new() { Candidates = CandidateItems.New });
        Refused("none of the 1 users with held-out interactions has a history of 2 or more items", [(0, 1), (0, 1)], new() { MinimumHistory = 2 });
        Refused("has a history of 0 to 0 items", [(0, 1)], new() { MaximumHistory = 0 });

        void Refused(string message, (int, int)[]? seen, TopNEvaluationOptions options) => Assert.Contains(
            message,
            Assert.ThrowsAny<ArgumentException>(() => Ml.Ranking.EvaluateTopN(scorer, heldOut, seen is null ? null : KeyRows.Create(Ml, 2, 3, seen), options)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Ranks by itself, always 7th from 0, and scores all items the same.</summary>
    private sealed class RankerOfAllItems(int users, int items) : IItemRanker
    {
        public int UserCount => users;

        public int ItemCount => items;

        public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores) => scores.Clear();

        public void Rank(HeldOutInteractions heldOut, BipartiteGraph? seen, ReadOnlySpan<int> unknownItems, Span<double> ranks, CancellationToken cancellationToken)
        {
            Assert.True(heldOut.ExcludedItems.IsEmpty);
            ranks.Fill(7);
        }
    }
}
