using Microsoft.ML.LightGcn.Evaluation;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>The peers on the Gowalla split of the LightGCN paper, against published numbers.</summary>
public sealed class BaselineQualityTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void Two_hops_and_GF_CF_reach_their_published_quality_on_Gowalla()
    {
        string? folder = Datasets.Find("gowalla");
        Assert.SkipWhen(folder is null, Datasets.Missing("gowalla"));
        (BipartiteGraph train, BipartiteGraph test) = Gowalla.Read(folder!);
        Assert.Equal((29_858, 40_981, 810_128, 217_242), (train.UserCount, train.ItemCount, train.InteractionCount, test.InteractionCount));
        IDataView rows = BaselineFit.Rows(Ml, train);
        // A tenth of the users is enough to be within a few percent.
        HeldOutInteractions heldOut = HeldOutInteractions.FromGraph(test, train).Subset(3000, seed: 1);

        Check(Ml.Ranking.Trainers.GraphFilter().Fit(rows).Model, 0.167, 0.132);
        // Shen et al. (2021), table 2.
        Check(Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 256, Seed = 1 }).Fit(rows).Model, 0.1849, 0.1518);

        void Check(IItemScorer model, double recall, double ndcg)
        {
            TopNMetrics metrics = ItemRanking.Evaluate(model, heldOut, train, [20], false, Environment.ProcessorCount, TestContext.Current.CancellationToken);
            Assert.InRange(metrics[RankingMetric.Recall, 20], 0.95 * recall, 1.05 * recall);
            Assert.InRange(metrics[RankingMetric.Ndcg, 20], 0.95 * ndcg, 1.05 * ndcg);
        }
    }
}
