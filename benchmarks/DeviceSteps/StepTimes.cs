using System.Diagnostics;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DeviceSteps;

/// <summary>One hop, one batch's gradient and one whole step, each in several ways, on one random graph.</summary>
internal static class StepTimes
{
    private const int BatchSize = 4096, Layers = 3, Repeats = 7;

    public static void Run(bool cuda, int users, int items, int interactions, int dimension)
    {
        BipartiteGraph graph = RandomGraph(users, items, interactions);
        Console.WriteLine($"{users:N0} users, {items:N0} items, {graph.InteractionCount:N0} interactions, dimension {dimension}, batch {BatchSize}, device {(cuda ? "cuda" : "cpu")}; median of {Repeats}");
        Device device = new(cuda ? DeviceType.CUDA : DeviceType.CPU, cuda ? 0 : -1);
        using DeviceTensors tensors = new(device);
        using DisposeScope scope = NewDisposeScope();
        DeviceGraph deviceGraph = new(new HeterogeneousGraph(graph), dimension, tensors);
        GatherTable table = tensors.Table(users + items, dimension);
        table.Rows.uniform_(-0.1, 0.1);
        Tensor rows = RowsOf(graph).to(device), columns = deviceGraph.UserItems.to(ScalarType.Int64);

        Console.WriteLine("hop");
        Tensor coo = sparse_coo_tensor(stack([rows, columns]), ones(rows.NumberOfElements, device: device), [users + items, users + items]);
        Time("embedding bags", device, () => deviceGraph.SumNeighbours(table));
        Time("COO product", device, () => coo.mm(table.Rows));
        Time("index_select, index_add", device, () => zeros_like(table.Rows).index_add_(0, rows, table.Rows.index_select(0, columns), 1));

        LightGcnTrainer.Options options = new() { Objective = new BprObjective(), Initialization = EmbeddingInitialization.Normal(), EmbeddingDimension = dimension, LayerCount = Layers, BatchSize = BatchSize, StepsPerEpoch = 1 };
        TrainingPlan plan = new(new HeterogeneousGraph(graph), options.Resolve(graph.InteractionCount, graph.UserCount + graph.ItemCount, seed: 1));
        using TorchTrainingSession session = new(plan, InitialEmbeddings.Create(plan, default), device);
        SampleBlock samples = session.Draw(0, BatchSize);
        Console.WriteLine("loss and gradient of BPR");
        Time("symmetric operator, bags", device, () => session.ComputeGradient(samples, 0).Gradient);
        Tensor normalized = Normalized(graph, rows, columns, device);
        Time("autograd, COO product", device, () => ByAutograd(normalized, table.Rows, samples, users));

        Console.WriteLine("step: samples are drawn for it alone, in place of many batches at once");
        Time("TorchSharp engine, BPR", device, Steps(session));
        using ITrainingSession cpu = new CpuTrainingEngine().Start(plan, InitialEmbeddings.Create(plan, default));
        Time("CPU engine, BPR", device, Steps(cpu));
        options.Objective = new SampledSoftmaxObjective();
        TrainingPlan softmax = new(new HeterogeneousGraph(graph), options.Resolve(graph.InteractionCount, graph.UserCount + graph.ItemCount, seed: 1));
        using TorchTrainingSession softmaxSession = new(softmax, InitialEmbeddings.Create(softmax, default), device);
        Time("TorchSharp engine, sampled softmax", device, Steps(softmaxSession));
        using ITrainingSession softmaxCpu = new CpuTrainingEngine().Start(softmax, InitialEmbeddings.Create(softmax, default));
        Time("CPU engine, sampled softmax", device, Steps(softmaxCpu));
    }

    /// <summary>Runs the next step each time.</summary>
    private static Func<Tensor> Steps(ITrainingSession session)
    {
        long step = 0;
        return () =>
        {
            double loss = 0;
            session.RunSteps(step++, 1, ref loss, default);
            return tensor(loss);
        };
    }

    private static void Time(string name, Device device, Func<Tensor> work)
    {
        List<double> times = [];
        for (int run = 0; run <= Repeats; run++)
        {
            using DisposeScope scope = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            work();
            if (device.type == DeviceType.CUDA)
                cuda.synchronize(device);
            // The first run warms up.
            if (run > 0)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine($"  {name,-36} {times[Repeats / 2],9:F2} ms");
    }

    private static Tensor ByAutograd(Tensor normalized, Tensor embeddings, SampleBlock samples, int users)
    {
        Tensor parameters = embeddings.detach().requires_grad_(true);
        Tensor layer = parameters, sum = parameters;
        for (int l = 0; l < Layers; l++)
        {
            layer = normalized.mm(layer);
            sum = sum.add(layer);
        }
        Tensor propagated = sum.div(Layers + 1), user = propagated.index_select(0, samples.Users);
        Tensor difference = user.mul(propagated.index_select(0, samples.Positives.add(users)).sub(propagated.index_select(0, samples.Negatives!.add(users)))).sum(1);
        nn.functional.softplus(difference.neg()).mean().backward();
        return parameters.grad!;
    }

    private static Tensor Normalized(BipartiteGraph graph, Tensor rows, Tensor columns, Device device)
    {
        int nodes = graph.UserCount + graph.ItemCount;
        Tensor inverseRoots = rows.bincount(null, nodes).to(ScalarType.Float32).rsqrt();
        Tensor values = inverseRoots.index_select(0, rows).mul(inverseRoots.index_select(0, columns));
        return sparse_coo_tensor(stack([rows, columns]), values, [nodes, nodes]).to(device);
    }

    private static Tensor RowsOf(BipartiteGraph graph)
    {
        Tensor userRows = arange(graph.UserCount, ScalarType.Int64).repeat_interleave(tensor(graph.ByUser.Offsets.ToArray()).to(ScalarType.Int64).diff());
        Tensor itemRows = arange(graph.ItemCount, ScalarType.Int64).repeat_interleave(tensor(graph.ByItem.Offsets.ToArray()).to(ScalarType.Int64).diff());
        return cat([userRows, itemRows.add(graph.UserCount)]);
    }

    private static BipartiteGraph RandomGraph(int users, int items, int interactions)
    {
        Random random = new(1);
        BipartiteGraphBuilder builder = new(users, items);
        for (int pair = 0; pair < interactions; pair++)
            builder.Add(random.Next(users), (int)(items * Math.Pow(random.NextDouble(), 1.5)));
        return builder.Build();
    }
}
