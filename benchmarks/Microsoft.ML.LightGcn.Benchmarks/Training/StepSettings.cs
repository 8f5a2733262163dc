using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The plans whose first epochs are single steps: the notebook's settings, and the same with sampled softmax.</summary>
internal static class StepSettings
{
    private const int Seed = 1;

    /// <summary>The notebook's step: BPR with popularity-biased negatives.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="threadCount">Number of threads.</param>
    /// <param name="batchSize">Positive pairs in the batch; null is the notebook's 4,096.</param>
    /// <param name="precision">Of the rows kept between layers.</param>
    public static TrainingPlan Bpr(BipartiteGraph graph, int threadCount, int? batchSize = null, PropagationPrecision precision = PropagationPrecision.Float32) =>
        Plan(graph, threadCount, batchSize, precision, null);

    /// <summary>The same step with the negatives that a whole batch shares.</summary>
    /// <inheritdoc cref="Bpr" path="/param"/>
    public static TrainingPlan SampledSoftmax(BipartiteGraph graph, int threadCount, int? batchSize = null, PropagationPrecision precision = PropagationPrecision.Float32) =>
        Plan(graph, threadCount, batchSize, precision, new SampledSoftmaxObjective());

    /// <summary>The samples of a BPR step, as the CPU engine draws them.</summary>
    public static (int User, int Positive, int Negative)[] Samples(TrainingPlan plan, int step)
    {
        TrainingSettings settings = plan.Settings;
        SampleSource source = new(plan.Interactions, settings.Positives, ((BprObjective)settings.Objective).Negatives, settings.Seed);
        var samples = new (int, int, int)[settings.BatchSize];
        for (int s = 0; s < samples.Length; s++)
            samples[s] = source.Draw((long)step * samples.Length + s);
        return samples;
    }

    private static TrainingPlan Plan(BipartiteGraph graph, int threadCount, int? batchSize, PropagationPrecision precision, TrainingObjective? objective)
    {
        LightGcnTrainer.Options options = LightGcnTrainer.Options.GoodBooksNotebook();
        options.StepsPerEpoch = 1;
        options.NumberOfThreads = threadCount;
        options.PropagationPrecision = precision;
        options.BatchSize = batchSize ?? options.BatchSize;
        options.Objective = objective ?? options.Objective;
        return new TrainingPlan(new HeterogeneousGraph(graph), options.Resolve(graph.InteractionCount, graph.UserCount + graph.ItemCount, Seed));
    }
}
