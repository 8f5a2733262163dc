namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>
/// Training against somebody else's log: LightGCN-PyTorch, whose fifth epoch on Gowalla has a loss of 0.1128 and a test
/// recall@20 of 0.1071. Takes two minutes or so.
/// </summary>
public sealed class GowallaReferenceTests
{
    [Fact]
    public void Five_epochs_of_the_paper_s_settings_give_the_published_loss_and_recall()
    {
        string? folder = Datasets.Find("gowalla");
        Assert.SkipWhen(folder is null, Datasets.Missing("gowalla"));
        (BipartiteGraph train, BipartiteGraph test) = Gowalla.Read(folder!);
        MLContext ml = new(1);
        IDataView rows = BaselineFit.Rows(ml, train);
        Losses losses = new();
        LightGcnTrainer.Options options = LightGcnTrainer.Options.Paper();
        (options.EpochCount, options.Seed, options.Progress, options.CancellationToken) = (5, 2020, losses, TestContext.Current.CancellationToken);
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(rows);
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, BaselineFit.Rows(ml, test), rows, new() { Cutoffs = [20] });
        TestContext.Current.TestOutputHelper?.WriteLine($"loss {losses.Last:F4}, recall@20 {metrics[RankingMetric.Recall, 20]:F4}, ndcg@20 {metrics[RankingMetric.Ndcg, 20]:F4}");
        Assert.Equal(Gowalla.Users, metrics.UserCount);
        Assert.InRange(losses.Last, 0.10, 0.13);
        Assert.InRange(metrics[RankingMetric.Recall, 20], 0.105, 0.112);
    }

    private sealed class Losses : IProgress<TrainingEpoch>
    {
        public double Last { get; private set; }

        public void Report(TrainingEpoch value) => Last = value.Loss;
    }
}
