using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>A session's state is all that its result depends on.</summary>
public sealed class ResumeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_from_the_middle_of_an_epoch_goes_on_to_the_same_bits(bool withRelations)
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        CancellationToken token = TestContext.Current.CancellationToken;
        BipartiteGraph interactions = TestGraphs.Random(57, 43, 700, seed: 4);
        HeterogeneousGraph graph = withRelations ? RelationGraphs.Of(interactions, weighted: true, ofUsers: true) : new(interactions);
        TrainingPlan plan = TestGraphs.Plan(graph, new LightGcnTrainer.Options { EmbeddingDimension = 16, BatchSize = 64, StepsPerEpoch = 10, WeightDecay = 1e-4f, NumberOfThreads = 1 }, 5);
        using TorchTrainingSession whole = Start(), stopped = Start(), resumed = Start();
        double wholeLoss = 0, loss = 0;
        Assert.Equal(20, whole.RunSteps(0, 20, ref wholeLoss, token));

        TrainingState state = new(stopped, graph.Layout, 16);
        Assert.Equal(4, stopped.RunSteps(0, 4, ref loss, token));
        state.KeepBest();
        using MemoryStream file = new();
        state.Save(new TrainingStateWriter(file));
        file.Position = 0;
        TrainingState read = new(resumed, graph.Layout, 16);
        read.Load(state.Progress, new TrainingStateReader(file, file.Length), ProcessGroup.Single);
        Assert.Equal(16, resumed.RunSteps(4, 16, ref loss, token));

        Assert.Equal(wholeLoss, loss);
        foreach (TrainingTable table in (TrainingTable[])[TrainingTable.Embeddings, TrainingTable.FirstMoment, TrainingTable.SecondMoment])
        {
            Assert.Equal(Rows(whole, table), Rows(resumed, table));
            Assert.NotEqual(Rows(whole, table), Rows(stopped, table));
        }
        Assert.True(read.HasBest);
        read.RestoreBest();
        Assert.Equal(Rows(stopped, TrainingTable.Best), Rows(resumed, TrainingTable.Embeddings));

        TorchTrainingSession Start() => new(plan, InitialEmbeddings.Create(plan, default), device);

        float[] Rows(TorchTrainingSession session, TrainingTable table)
        {
            float[] rows = new float[graph.Layout.NodeCount * 16];
            session.ReadRows(table, 0, rows);
            return rows;
        }
    }

    [Fact]
    public void A_session_stops_before_a_step()
    {
        Device device = TorchDevices.GetOrSkip(DeviceType.CPU);
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.Random(57, 43, 700, seed: 4), new LightGcnTrainer.Options { EmbeddingDimension = 16, BatchSize = 64, NumberOfThreads = 1 }, 5);
        using TorchTrainingSession session = new(plan, InitialEmbeddings.Create(plan, TestContext.Current.CancellationToken), device);
        double loss = 0;
        Assert.Equal(0, session.RunSteps(0, 5, ref loss, new CancellationToken(canceled: true)));
        Assert.Equal(0, loss);
    }
}
