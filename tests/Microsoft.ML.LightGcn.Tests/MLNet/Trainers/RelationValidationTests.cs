namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class RelationValidationTests
{
    /// <summary>Attributes are nodes behind the items, and no candidates.</summary>
    [Fact]
    public void Validation_while_training_ranks_items_alone()
    {
        MLContext ml = new(1);
        Taste taste = Taste.Create(ml);
        Progress progress = new();
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.EpochCount = 1;
        options.Progress = progress;
        options.Relations = [GraphRelation.ItemAttribute("group", ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(item => new ItemGroup { Item = $"i{item}", Attribute = $"group {item % Taste.Groups}" })), strength: 5)];
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train, taste.Validation);
        TopNMetrics afterwards = ml.Ranking.EvaluateTopN(model, taste.Validation, taste.Train);
        TopNMetrics meanwhile = Assert.Single(progress.Epochs).Validation!;
        Assert.Equal(afterwards[RankingMetric.Ndcg, 10], meanwhile[RankingMetric.Ndcg, 10]);
        Assert.Equal(afterwards[RankingMetric.HitRate, 10], meanwhile[RankingMetric.HitRate, 10]);
    }

    private sealed class ItemGroup
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";
    }

    private sealed class Progress : IProgress<TrainingEpoch>
    {
        public List<TrainingEpoch> Epochs { get; } = [];

        public void Report(TrainingEpoch value) => Epochs.Add(value);
    }
}
