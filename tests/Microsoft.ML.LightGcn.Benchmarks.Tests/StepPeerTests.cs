using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class StepPeerTests
{
    private const int Steps = 20, BatchSize = 256;

    /// <summary>The loss of each step, the first from the initial embeddings and the rest after Adam's updates.</summary>
    [Fact]
    public void The_steps_of_both_engines_and_the_notebook_have_the_same_losses()
    {
        LibtorchTest.Require();
        TrainingPlan plan = StepSettings.Bpr(SyntheticGraph.Create(60, 100, 400, seed: 3), threadCount: 2, BatchSize);
        using EngineStep engine = new(plan), torch = new(plan, TorchEngine.Cpu());
        using NotebookStep notebook = new(plan, threadCount: 2, batchCount: Steps);
        List<double> losses = [];
        for (int step = 0; step < Steps; step++)
        {
            losses.Add(engine.Step());
            Assert.Equal(losses[^1], torch.Step(), 1e-6);
            Assert.Equal(losses[^1], notebook.Step(), 1e-6);
        }
        // Enough has been learned to tell a wrong update.
        Assert.True(losses[0] - losses[^1] > 1e-3, string.Join(' ', losses));
    }

    [Fact]
    public void A_step_of_either_objective_is_one_batch()
    {
        BipartiteGraph graph = SyntheticGraph.Create(60, 100, 400, seed: 3);
        Assert.Equal(1, StepSettings.Bpr(graph, threadCount: 1).StepsPerEpoch);
        Assert.Equal(4096, StepSettings.Bpr(graph, threadCount: 1).SamplesPerEpoch);
        TrainingPlan softmax = StepSettings.SampledSoftmax(graph, threadCount: 1);
        Assert.IsType<SampledSoftmaxObjective>(softmax.Settings.Objective);
        Assert.Equal(1, softmax.StepsPerEpoch);
        Assert.Equal(4096, softmax.SamplesPerEpoch);
    }
}
