using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Tests.Training;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Propagation, losses and gradients on the device against formulas in double precision.</summary>
public sealed class DeviceGradientTests
{
    private const int Dimension = 12;
    private const int BatchSize = 64;

    public static TheoryData<DeviceType> Devices => [.. TorchDevices.Available];

    public static TheoryData<DeviceType, int> DevicesAndLayers()
    {
        TheoryData<DeviceType, int> data = [];
        foreach (DeviceType type in TorchDevices.Available)
        {
            foreach (int layers in (int[])[0, 1, 2, 3, 4])
                data.Add(type, layers);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(DevicesAndLayers))]
    public void Propagation_equals_the_oracle(DeviceType type, int layers)
    {
        Device device = TorchDevices.GetOrSkip(type);
        // Few users and many interactions of each: their neighbours take several bags.
        foreach (BipartiteGraph graph in (BipartiteGraph[])[TestGraphs.Random(57, 43, 700, seed: 4), TestGraphs.Random(9, 2_000, 20_000, seed: 5)])
        {
            float[] weights = [.. Enumerable.Range(0, layers + 1).Select(l => 1f / (l + 2))];
            double[][] input = Oracle.RandomTable(graph.UserCount + graph.ItemCount, 5, seed: 3);
            using DeviceTensors tensors = new(device);
            HeterogeneousGraph network = new(graph);
            DevicePropagation propagation = new(network, new DeviceGraph(network, 5, tensors), weights, 5, tensors);
            using DisposeScope scope = NewDisposeScope();
            Tensor table = ToTensor(input, device);
            AssertClose(Oracle.Propagate(graph, input, weights), propagation.Apply(table), 1e-5);
            AssertClose(input, table, 0);
        }
        Assert.True(TestGraphs.Random(9, 2_000, 20_000, seed: 5).ItemsOf(0).Length > 2 * DeviceGraph.BagSize);
    }

    [Theory]
    [MemberData(nameof(DevicesAndLayers))]
    public void Propagation_over_relations_equals_the_dense_oracle(DeviceType type, int layers)
    {
        Device device = TorchDevices.GetOrSkip(type);
        foreach (bool weighted in (bool[])[true, false])
        {
            Network network = new(seed: 7, weighted);
            float[] weights = [.. Enumerable.Range(0, layers + 1).Select(l => 1f / (l + 2))];
            double[][] input = Oracle.RandomTable(network.Graph.Layout.NodeCount, 5, seed: 3);
            using DeviceTensors tensors = new(device);
            DevicePropagation propagation = new(network.Graph, new DeviceGraph(network.Graph, 5, tensors), weights, 5, tensors);
            using DisposeScope scope = NewDisposeScope();
            AssertClose(network.Propagate(input, weights), propagation.Apply(ToTensor(input, device)), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Long_lists_of_neighbours_of_many_kinds_are_summed_as_on_the_cpu(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        const int Users = 1_800, Items = 1_100, Dimension = 8;
        float[] weights = [0.4f, 0.3f, 0.2f, 0.1f];
        foreach (HeterogeneousGraph graph in RelationGraphs.AllOf(TestGraphs.Random(Users, Items, 9_000, seed: 5)))
        {
            double[][] input = Oracle.RandomTable(graph.Layout.NodeCount, Dimension, seed: 3);
            Matrix rows = new(graph.Layout.NodeCount, Dimension), expected = new(graph.Layout.NodeCount, Dimension);
            for (int node = 0; node < graph.Layout.NodeCount; node++)
                input[node].Select(value => (float)value).ToArray().CopyTo(rows.Row(node));
            using ThreadTeam team = new(1);
            new Propagation(graph, weights, new Matrix(graph.Layout.NodeCount, Dimension), team).Forward(rows, expected);
            using DeviceTensors tensors = new(device);
            using DisposeScope scope = NewDisposeScope();
            Tensor found = new DevicePropagation(graph, new DeviceGraph(graph, Dimension, tensors), weights, Dimension, tensors).Apply(ToTensor(input, device));
            AssertClose([.. expected.ToArray(0, graph.Layout.NodeCount).Select(value => (double)value).Chunk(Dimension)], found, 1e-5);

            // An item with many fellows, and the first attribute of items, take several bags.
            int[] counts = [.. DeviceGraph.EdgeCounts(graph)];
            bool related = graph.Relations.Count > 0;
            Assert.Equal(related, counts[Users] > 2 * DeviceGraph.BagSize);
            Assert.Equal(related, counts.Length > Users + Items && counts[Users + Items] > DeviceGraph.BagSize);
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndLayers))]
    public void Bpr_equals_the_oracle(DeviceType type, int layers)
    {
        Device device = TorchDevices.GetOrSkip(type);
        BipartiteGraph random = TestGraphs.Random(25, 20, 150, seed: 11);
        BipartiteGraph full = TestGraphs.FromPairs(2, 3, (0, 0), (0, 1), (0, 2), (1, 0));
        foreach (BipartiteGraph graph in (BipartiteGraph[])[random, full])
        {
            foreach (float l2 in (float[])[0, 0.05f])
            {
                LightGcnTrainer.Options options = Options(new BprObjective { Negatives = NegativeSampling.PopularityBiased(5, 0.5) }, layers, l2);
                SampleSource source = new(graph, options.Positives, ((BprObjective)options.Objective).Negatives, seed: 13);
                (int, int, int)[] samples = [.. Enumerable.Range(100, BatchSize).Select(n => source.Draw(n))];
                (double[][] start, double loss, double[][] gradient) = Compute(graph, options, device);
                float[] weights = [.. Enumerable.Repeat(1f / (layers + 1), layers + 1)];
                Assert.Equal(Oracle.BprLoss(graph, start, weights, samples, l2), loss, 1e-6);
                AssertClose(Oracle.BprGradient(graph, start, weights, samples, l2), gradient, 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesAndLayers))]
    public void Sampled_softmax_equals_its_formula_and_finite_differences(DeviceType type, int layers)
    {
        Device device = TorchDevices.GetOrSkip(type);
        BipartiteGraph graph = TestGraphs.Random(25, 20, 150, seed: 11);
        foreach (float l2 in (float[])[0, 0.05f])
        {
            SampledSoftmaxObjective objective = new() { Temperature = 0.3f, FrequencyCorrection = 0.7f, NegativeCount = 48 };
            LightGcnTrainer.Options options = Options(objective, layers, l2);
            (double[][] start, double loss, double[][] gradient) = Compute(graph, options, device);
            Assert.Equal(Loss(), loss, 1e-5);
            const double Step = 1e-5;
            Random random = new(14);
            for (int trial = 0; trial < 60; trial++)
            {
                int node = random.Next(start.Length), k = random.Next(Dimension);
                double value = start[node][k];
                start[node][k] = value + Step;
                double above = Loss();
                start[node][k] = value - Step;
                double below = Loss();
                start[node][k] = value;
                Assert.Equal((above - below) / (2 * Step), gradient[node][k], 2e-6);
            }

            double Loss() => SoftmaxLoss(graph, start, layers, options, objective, l2);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_low_temperature_and_zero_embeddings_do_not_overflow(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        BipartiteGraph graph = TestGraphs.Random(25, 20, 150, seed: 11);
        LightGcnTrainer.Options options = Options(new SampledSoftmaxObjective { Temperature = 0.002f, NegativeCount = 48 }, layers: 0, l2: 0);
        (_, double loss, double[][] gradient) = Compute(graph, options, device);
        Assert.True(double.IsFinite(loss) && loss > 1);
        Assert.All(gradient, row => Assert.All(row, value => Assert.True(double.IsFinite(value))));

        using DeviceTensors tensors = new(device);
        DeviceGraph deviceGraph = new(new HeterogeneousGraph(graph), Dimension, tensors);
        TrainingPlan plan = TestGraphs.Plan(graph, options, 13);
        (DeviceBatchLoss softmax, DeviceSampleSource source) = DeviceBatchLoss.Create(plan, deviceGraph, tensors);
        using DisposeScope scope = NewDisposeScope();
        GatherTable zero = tensors.Table(graph.UserCount + graph.ItemCount, Dimension);
        DeviceBatchResult result = softmax.Compute(zero.Rows, zero, source.Draw(0, BatchSize), 0);
        Assert.True(double.IsFinite(result.Loss.cpu().item<double>()));
        Assert.All(result.Gradient.cpu().data<float>().ToArray(), value => Assert.Equal(0, value));
    }

    private static LightGcnTrainer.Options Options(TrainingObjective objective, int layers, float l2) => new()
    {
        Objective = objective,
        Positives = PositiveSampling.ByUser,
        EmbeddingDimension = Dimension,
        LayerCount = layers,
        BatchSize = BatchSize,
        BatchL2 = l2,
        Initialization = EmbeddingInitialization.Normal(0.3f),
        NumberOfThreads = 1,
    };

    /// <summary>Loss and gradient of samples 100 to 163 at the embeddings of the start.</summary>
    private static (double[][] Start, double Loss, double[][] Gradient) Compute(BipartiteGraph graph, LightGcnTrainer.Options options, Device device)
    {
        int nodes = graph.UserCount + graph.ItemCount;
        options.StepsPerEpoch = 2;
        TrainingPlan plan = TestGraphs.Plan(graph, options, 13);
        Matrix initial = InitialEmbeddings.Create(plan, default);
        using TorchTrainingSession session = new(plan, initial, device);
        using DisposeScope scope = NewDisposeScope();
        // A batch before must leave no trace.
        session.ComputeGradient(session.Draw(0, BatchSize - 5), 0);
        (Tensor loss, Tensor gradient) = session.ComputeGradient(session.Draw(100, BatchSize), 100);
        double[][] start = Oracle.Zeros(nodes, Dimension);
        for (int node = 0; node < nodes; node++)
            start[node] = [.. initial.ToArray(node, 1).Select(value => (double)value)];
        return (start, loss.cpu().item<double>(), ToRows(gradient));
    }

    private static double SoftmaxLoss(BipartiteGraph graph, double[][] start, int layers, LightGcnTrainer.Options options, SampledSoftmaxObjective objective, double l2)
    {
        double[][] e = Oracle.Propagate(graph, start, [.. Enumerable.Repeat(1f / (layers + 1), layers + 1)]);
        SampleSource source = new(graph, options.Positives, NegativeSampling.Uniform, seed: 13);
        RandomStream random = source.NegativesStream(100);
        int[] negatives = new int[objective.NegativeCount];
        for (int place = 0; place < negatives.Length; place++)
            negatives[place] = graph.ByUser.Indices.Span[random.Next(graph.InteractionCount)];
        double sum = 0;
        for (int s = 0; s < BatchSize; s++)
        {
            (int user, int positive) = source.DrawPositive(100 + s);
            int node = graph.UserCount + positive;
            double term = Term(user, positive), total = term;
            foreach (int item in negatives)
                total += graph.ItemsOf(user).Contains(item) ? 0 : Term(user, item);
            sum += -Math.Log(term / total) + l2 / 2 * (Oracle.Dot(start[user], start[user]) + Oracle.Dot(start[node], start[node]));
        }
        return sum / BatchSize;

        double Term(int user, int item) => Math.Exp(Cosine(e[user], e[graph.UserCount + item]) / objective.Temperature!.Value) / Math.Pow(graph.UsersOf(item).Length, objective.FrequencyCorrection!.Value);

        static double Cosine(double[] x, double[] y) => Oracle.Dot(x, y) / Math.Sqrt(Oracle.Dot(x, x) * Oracle.Dot(y, y));
    }

    private static Tensor ToTensor(double[][] rows, Device device) =>
        tensor(rows.SelectMany(row => row.Select(value => (float)value)).ToArray()).reshape(rows.Length, rows[0].Length).to(device);

    private static double[][] ToRows(Tensor table) =>
        [.. table.cpu().data<float>().ToArray().Select(value => (double)value).Chunk((int)table.shape[1])];

    private static void AssertClose(double[][] expected, Tensor actual, double tolerance) => AssertClose(expected, ToRows(actual), tolerance);

    private static void AssertClose(double[][] expected, double[][] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int r = 0; r < expected.Length; r++)
        {
            for (int k = 0; k < expected[r].Length; k++)
                Assert.True(Math.Abs(expected[r][k] - actual[r][k]) <= tolerance * (1 + Math.Abs(expected[r][k])), $"row {r}, component {k}: expected {expected[r][k]}, found {actual[r][k]}");
        }
    }
}
