using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>A session's state is all that its result depends on.</summary>
public sealed class ResumeTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_state_from_the_middle_of_an_epoch_goes_on_to_the_same_bits(bool keepsBest, bool withRelations)
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        CancellationToken token = TestContext.Current.CancellationToken;
        BipartiteGraph interactions = TestGraphs.Random(57, 43, 700, seed: 4);
        HeterogeneousGraph graph = withRelations ? RelationGraphs.Of(interactions, weighted: true, ofUsers: true) : new(interactions);
        using TorchTrainingSession whole = new(Plan(graph, steps: 10), device), stopped = new(Plan(graph, steps: 4), device), resumed = new(Plan(graph, steps: 10), device);
        // The first four steps of an epoch are the same, however many follow.
        stopped.RunEpoch(0, token);
        if (keepsBest)
            stopped.KeepBest();
        using MemoryStream file = new();
        stopped.SaveState(new TrainingStateWriter(file));
        file.Position = 0;
        resumed.LoadState(new TrainingStateReader(file, file.Length));

        Assert.Equal(whole.RunEpoch(0, token), resumed.RunEpoch(0, token), 1e-12);
        Assert.Equal(whole.RunEpoch(1, token), resumed.RunEpoch(1, token), 1e-12);
        TrainedEmbeddings expected = keepsBest ? stopped.GetEmbeddings() : whole.GetEmbeddings();
        Assert.Equal(expected.Users, resumed.GetEmbeddings().Users);
        Assert.Equal(expected.BaseItems, resumed.GetEmbeddings().BaseItems);
        Assert.Equal(expected.BaseAttributes, resumed.GetEmbeddings().BaseAttributes);
        Assert.Equal(16 * graph.AttributeCount, expected.BaseAttributes.Length);
        Assert.NotEqual(stopped.GetEmbeddings().Users, whole.GetEmbeddings().Users);
    }

    private static TrainingPlan Plan(HeterogeneousGraph graph, int steps) =>
        new(graph, new LightGcnTrainer.Options { EmbeddingDimension = 16, BatchSize = 64, StepsPerEpoch = steps, WeightDecay = 1e-4f, LearningRateDecay = LearningRateDecay.None, NumberOfThreads = 1 }, 5, _ => default);
}
