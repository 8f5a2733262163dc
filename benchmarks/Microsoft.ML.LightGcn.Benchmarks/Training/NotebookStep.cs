using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>
/// The notebook's training step in TorchSharp: sparse COO products, BPR, autograd and Adam. Its batches are drawn beforehand,
/// where the notebook and the engine draw theirs within the step.
/// </summary>
internal sealed class NotebookStep : IStepPeer
{
    private readonly int _userCount, _layerCount;
    private readonly Tensor _adjacency;
    private readonly Parameter _embeddings;
    private readonly optim.Optimizer _optimizer;
    private readonly (Tensor Users, Tensor Positives, Tensor Negatives)[] _batches;
    private int _step;

    /// <param name="plan">Settings, initial embeddings and samples: those of the engine.</param>
    /// <param name="threadCount">Number of threads.</param>
    /// <param name="batchCount">Number of batches to draw; steps take them in turn.</param>
    public NotebookStep(TrainingPlan plan, int threadCount, int batchCount)
    {
        set_num_threads(threadCount);
        TrainingSettings settings = plan.Settings;
        int dimension = settings.EmbeddingDimension, nodes = plan.Layout.NodeCount;
        _userCount = plan.Layout.UserCount;
        _layerCount = settings.LayerCount;
        _adjacency = LibtorchAdjacency.Create(plan.Interactions);
        float[] initial = InitialEmbeddings.Create(plan, default).ToArray(0, nodes);
        _embeddings = new Parameter(tensor(initial, [nodes, dimension]));
        _optimizer = optim.Adam([_embeddings], settings.LearningRate, weight_decay: settings.WeightDecay);
        _batches = [.. Enumerable.Range(0, batchCount).Select(step => Batch(StepSettings.Samples(plan, step)))];
    }

    public double Step()
    {
        (Tensor users, Tensor positives, Tensor negatives) = _batches[_step++ % _batches.Length];
        using DisposeScope scope = NewDisposeScope();
        _optimizer.zero_grad();
        Tensor all = LibtorchAdjacency.Propagate(_adjacency, _embeddings, _layerCount);
        Tensor userTable = all[..Index(_userCount)], itemTable = all[Index(_userCount)..];
        Tensor user = userTable[users];
        Tensor positiveScores = (user * itemTable[positives]).sum(1), negativeScores = (user * itemTable[negatives]).sum(1);
        Tensor loss = -log(sigmoid(positiveScores - negativeScores) + 1e-12).mean();
        loss.backward();
        _optimizer.step();
        return loss.ToSingle();

        static System.Index Index(int row) => row;
    }

    public void Dispose()
    {
        foreach ((Tensor users, Tensor positives, Tensor negatives) in _batches)
        {
            users.Dispose();
            positives.Dispose();
            negatives.Dispose();
        }
        _optimizer.Dispose();
        _embeddings.Dispose();
        _adjacency.Dispose();
    }

    private static (Tensor, Tensor, Tensor) Batch((int User, int Positive, int Negative)[] samples) => (
        tensor(samples.Select(sample => (long)sample.User).ToArray()),
        tensor(samples.Select(sample => (long)sample.Positive).ToArray()),
        tensor(samples.Select(sample => (long)sample.Negative).ToArray()));
}
