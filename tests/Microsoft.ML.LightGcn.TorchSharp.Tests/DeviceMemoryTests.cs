using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>What training takes: planned, flat over steps, and named when it is too much.</summary>
public sealed class DeviceMemoryTests
{
    public static TheoryData<string> Objectives => ["bpr", "bpr-popular", "softmax"];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void The_plan_is_what_a_session_keeps(string objective)
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        foreach (HeterogeneousGraph graph in (HeterogeneousGraph[])[.. RelationGraphs.AllOf(TestGraphs.Random(57, 43, 700, seed: 4)), .. RelationGraphs.AllOf(TestGraphs.Random(9, 2_000, 20_000, seed: 5))])
        {
            foreach (PositiveSampling positives in Enum.GetValues<PositiveSampling>())
            {
                TrainingPlan plan = Plan(graph, objective, positives);
                DeviceMemoryPlan memory = new(plan);
                using TorchTrainingSession session = new(plan, InitialEmbeddings.Create(plan, TestContext.Current.CancellationToken), device);
                Assert.Equal(memory.Kept, session.ByteCount);
                double lossSum = 0;
                session.RunSteps(0, plan.StepsPerEpoch, ref lossSum, TestContext.Current.CancellationToken);
                session.Propagate([]);
                Assert.Equal(memory.Kept, session.ByteCount);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void No_tensor_is_left_after_a_thousand_steps(string objective)
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        TrainingPlan plan = Plan(RelationGraphs.Of(TestGraphs.Random(57, 43, 700, seed: 4), weighted: true, ofUsers: true), objective, PositiveSampling.ByInteraction);
        using TorchTrainingSession session = new(plan, InitialEmbeddings.Create(plan, TestContext.Current.CancellationToken), device);
        double lossSum = 0;
        session.RunSteps(0, plan.StepsPerEpoch, ref lossSum, TestContext.Current.CancellationToken);
        DisposeScopeManager.Statistics.Reset();
        session.RunSteps(plan.StepsPerEpoch, 100L * plan.StepsPerEpoch, ref lossSum, TestContext.Current.CancellationToken);
        Assert.Equal(0, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        Assert.True(DisposeScopeManager.Statistics.TensorStatistics.CreatedInScopeCount > 10_000);
    }

    [Fact]
    public void Too_much_memory_is_named_with_what_training_takes()
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        DeviceMemoryPlan memory = new(Plan(new HeterogeneousGraph(TestGraphs.Random(57, 43, 700, seed: 4)), "bpr", PositiveSampling.ByUser));
        ExternalException failure = Assert.Throws<ExternalException>(() => empty(1L << 50, ScalarType.Float32, device));
        Assert.True(DeviceMemoryPlan.IsOutOfMemory(failure), failure.Message);
        Assert.True(DeviceMemoryPlan.IsOutOfMemory("CUDA out of memory. Tried to allocate 20.00 GiB."));
        Assert.False(DeviceMemoryPlan.IsOutOfMemory("index out of range"));
        string message = memory.OutOfMemory(device, failure).Message;
        foreach (string part in (string[])["57 users", "43 items", "16 dimensions", "MiB", "EmbeddingDimension"])
            Assert.Contains(part, message, StringComparison.Ordinal);
    }

    private static TrainingPlan Plan(HeterogeneousGraph graph, string objective, PositiveSampling positives) => TestGraphs.Plan(graph, new LightGcnTrainer.Options
    {
        Objective = objective switch
        {
            "bpr" => new BprObjective(),
            "bpr-popular" => new BprObjective { Negatives = NegativeSampling.PopularityBiased(20, 0.7) },
            _ => new SampledSoftmaxObjective { NegativeCount = 32 },
        },
        Positives = positives,
        EmbeddingDimension = 16,
        BatchSize = 64,
        StepsPerEpoch = 10,
        BatchL2 = 1e-4f,
        NumberOfThreads = 1,
    }, 5);
}
