using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Scores and ranks on the device against the CPU's.</summary>
public sealed class DeviceScorerTests
{
    public static TheoryData<DeviceType> Devices => [.. TorchDevices.Available];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Ranks_and_scores_are_those_of_the_cpu(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        // Whole numbers: scores are exact and many are equal.
        const int Users = 700, Items = 3_000, Dimension = 3;
        Random random = new(1);
        Matrix table = new(Users + Items, Dimension);
        for (int row = 0; row < table.RowCount; row++)
        {
            for (int k = 0; k < Dimension; k++)
                table.Row(row)[k] = random.Next(-3, 4);
        }
        BipartiteGraph seen = TestGraphs.Random(Users, Items, 20_000, seed: 2);
        // The users' held-out items take several tiles.
        HeldOutInteractions heldOut = HeldOutInteractions.FromGraph(TestGraphs.Random(Users, Items, 4_000, seed: 3), seen);
        NodeLayout layout = new(Users, Items);
        FactorScorer cpu = new(table, layout);
        using Tensor nodes = tensor(table.ToArray(0, table.RowCount)).reshape(table.RowCount, Dimension).to(device);
        DeviceScorer scorer = new(nodes, layout);

        int[] some = [5, 0, 699];
        float[] expected = new float[some.Length * Items], found = new float[some.Length * Items];
        cpu.ScoreItems(some, expected);
        scorer.ScoreItems(some, found);
        Assert.Equal(expected, found);
        Assert.Throws<ArgumentException>(() => scorer.ScoreItems(some, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.ScoreItems([Users], new float[Items]));

        KnownNodes known = KnownNodes.Where(layout, node => node % 7 > 0);
        foreach ((BipartiteGraph? without, KnownNodes? of) in ((BipartiteGraph?, KnownNodes?)[])[(seen, null), (null, null), (seen, known), (null, known)])
        {
            TopNMetrics onCpu = ItemRanking.Evaluate(cpu, heldOut, without, [10, 50], withCatalogue: false, 2, TestContext.Current.CancellationToken, of);
            TopNMetrics onDevice = ItemRanking.Evaluate(scorer, heldOut, without, [10, 50], withCatalogue: false, 2, TestContext.Current.CancellationToken, of);
            foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
                Assert.Equal(onCpu.PerUser(metric, 50), onDevice.PerUser(metric, 50));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_score_that_is_not_finite_is_refused_with_its_keys(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        float[] rows = [1, 2, 3, float.NaN, 5];
        using Tensor nodes = tensor(rows).reshape(5, 1).to(device);
        HeldOutInteractions heldOut = HeldOutInteractions.FromGraph(TestGraphs.FromPairs(2, 3, (1, 2)), null);
        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => ItemRanking.Evaluate(new DeviceScorer(nodes, new NodeLayout(2, 3)), heldOut, null, [10], withCatalogue: false, 1, TestContext.Current.CancellationToken));
        Assert.Contains("user key 2 and item key 2", refusal.Message, StringComparison.Ordinal);
    }
}
