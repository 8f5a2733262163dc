using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Models;

namespace Microsoft.ML.LightGcn.Tests.Evaluation;

/// <summary>Models that are scored some items at a time rank as they would by whole rows of scores, which the slow oracle is compared with.</summary>
public sealed class PartRankingTests
{
    private const int Users = 150, Items = 2_500;
    private static readonly MLContext Ml = new(1);

    public static TheoryData<string, CandidateItems, bool> Cases
    {
        get
        {
            TheoryData<string, CandidateItems, bool> cases = [];
            foreach (string model in (string[])["lightgcn", "embeddings alone", "ties"])
            {
                cases.Add(model, CandidateItems.All, false);
                foreach (CandidateItems candidates in Enum.GetValues<CandidateItems>())
                    cases.Add(model, candidates, true);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ranks_are_those_of_whole_rows(string name, CandidateItems candidates, bool withSeen)
    {
        IItemScorer model = name == "ties" ? Ties() : ItemPartsTests.Fit(withNeighbourhood: name == "lightgcn", dimension: 16);
        Random random = new(3);
        IDataView seen = KeyRows.Create(Ml, Users, Items, Pairs(4_000, Items / 2)), heldOut = KeyRows.Create(Ml, Users, Items, Pairs(1_500, Items));
        TopNEvaluationOptions options = new() { Cutoffs = [5, 20, 100, Items], Candidates = candidates, WithCatalogueMetrics = true, MissingScoresRankLast = true };
        TopNMetrics expected = Evaluate(new WholeRows(model), 2);
        Assert.NotEqual(0, expected.UnscoredHeldOutCount);
        Assert.InRange(expected.PerUser(RankingMetric.Recall, Items).Average(), 0.5, 0.9999);
        foreach (int threads in (int[])[1, 2, 7])
        {
            TopNMetrics found = Evaluate(model, threads);
            Assert.Equal(expected.UnscoredHeldOutCount, found.UnscoredHeldOutCount);
            foreach (int cutoff in options.Cutoffs)
            {
                foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                    Assert.Equal(expected.PerUser(metric, cutoff), found.PerUser(metric, cutoff));
                Assert.Equal(expected.Catalogue(cutoff), found.Catalogue(cutoff));
            }
        }

        (int, int)[] Pairs(int count, int items) => [.. Enumerable.Range(0, count).Select(_ => (random.Next(Users), random.Next(items)))];

        TopNMetrics Evaluate(IItemScorer scorer, int threads)
        {
            options.NumberOfThreads = threads;
            return Ml.Ranking.EvaluateTopN(scorer, heldOut, withSeen ? seen : null, options);
        }
    }

    [Fact]
    public void A_score_that_is_not_finite_is_refused_with_its_keys()
    {
        float[] users = [1, 2, float.MaxValue], items = new float[Items];
        items.AsSpan().Fill(1);
        items[2_000] = 4;
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(
            () => Ml.Ranking.EvaluateTopN(new FactorModel(users, items, 1), KeyRows.Create(Ml, 3, Items, [(0, 5), (2, 7)]), null, new()));
        Assert.Contains("user key 3 and item key 2001", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_is_not_known_may_have_no_score()
    {
        Matrix table = new(3 + Items, 1);
        table.Padded.Fill(1);
        table.Row(0)[0] = table.Row(3 + 1_500)[0] = float.NaN;
        FactorScorer scorer = new(table, new NodeLayout(3, Items));
        HeldOutInteractions heldOut = HeldOutInteractions.FromGraph(TestGraphs.Random(3, Items, 400, seed: 1), null);
        TopNMetrics metrics = Evaluate(KnownNodes.Except([0], [1_500]));
        Assert.Equal(0, metrics.PerUser(RankingMetric.Recall, Items)[0]);
        Assert.InRange(metrics.PerUser(RankingMetric.Recall, Items)[1], 0.9, 1);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => Evaluate(KnownNodes.Except([0], [])));
        Assert.Contains("user key 2 and item key 1501", refusal.Message, StringComparison.Ordinal);

        TopNMetrics Evaluate(KnownNodes known) =>
            ItemRanking.Evaluate(scorer, heldOut, null, [Items], withCatalogue: false, 1, TestContext.Current.CancellationToken, known);
    }

    /// <summary>Whole numbers: many scores are equal. Some users and items have no factors, or NaN.</summary>
    private static FactorModel Ties()
    {
        Random random = new(2);
        float[] users = [.. Enumerable.Range(0, Users * 3).Select(_ => (float)random.Next(-2, 3))], items = [.. Enumerable.Range(0, Items * 3).Select(_ => (float)random.Next(-2, 3))];
        users.AsSpan(30, 3).Clear();
        users[63] = float.NaN;
        items.AsSpan(3_072, 3).Clear();
        items[7_000] = float.NaN;
        return new FactorModel(users, items, 3);
    }

    /// <summary>Hides what the scores are made of.</summary>
    private sealed class WholeRows(IItemScorer scorer) : IItemScorer
    {
        public int UserCount => scorer.UserCount;

        public int ItemCount => scorer.ItemCount;

        public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores) => scorer.ScoreItems(users, scores);
    }
}
