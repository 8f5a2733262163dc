using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.MLNet.Data;
using Microsoft.ML.LightGcn.Tests.Training;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

/// <summary>Propagation and whole steps over relations of all kinds, against dense products in double precision.</summary>
public sealed class RelationPropagationTests
{
    private static readonly float[] Weights = [0.1f, 0.4f, 0.3f, 0.2f];

    [Theory]
    [InlineData(16, 1, true, PropagationPrecision.Float32)]
    [InlineData(40, 2, true, PropagationPrecision.Float32)]
    [InlineData(64, 3, false, PropagationPrecision.Float32)]
    [InlineData(132, 3, true, PropagationPrecision.Float32)]
    [InlineData(64, 3, true, PropagationPrecision.Bfloat16)]
    [InlineData(16, 2, false, PropagationPrecision.Bfloat16)]
    public void Forward_and_backward_equal_the_dense_oracle_on_any_number_of_threads(int dimension, int layers, bool weighted, PropagationPrecision precision)
    {
        double tolerance = precision == PropagationPrecision.Float32 ? 1e-5 : layers / 512.0;
        Network network = new(seed: dimension, weighted);
        int nodes = network.Graph.Layout.NodeCount;
        float[] weights = Weights[..(layers + 1)];
        double[][] dense = Oracle.RandomTable(nodes, dimension, seed: 3), sparse = Oracle.Zeros(nodes, dimension);
        Matrix input = PropagationTests.ToTable(dense);
        BatchGradient gradient = new(nodes, 20, dimension, hasBase: false, replacesEmbeddings: false);
        for (int node = 0; node < Network.Users + Network.Items; node += 3)
        {
            sparse[node] = dense[node];
            input.Row(node).CopyTo(gradient.Rows.Row(gradient.AddNode(node)));
        }
        (float[] forward, float[] backward) = Run(1);
        foreach (int threads in (int[])[2, 7])
        {
            (float[] otherForward, float[] otherBackward) = Run(threads);
            Assert.Equal(forward, otherForward);
            Assert.Equal(backward, otherBackward);
        }

        (float[], float[]) Run(int threads)
        {
            using ThreadTeam team = new(threads);
            Propagation propagation = PropagationTests.Create(network.Graph, weights, dimension, team, precision);
            Matrix output = new(nodes, dimension);
            propagation.Forward(input, output);
            PropagationTests.AssertClose(network.Propagate(dense, weights), output, tolerance);
            propagation.Forward(input, gradient);
            Assert.All(gradient.Nodes.ToArray(), node => Assert.Equal(output.PaddedRow(node), gradient.EmbeddingOf(node)));
            Matrix back = PropagationTests.Backward(propagation, gradient, nodes);
            PropagationTests.AssertClose(network.Propagate(sparse, weights), back, tolerance);
            return (output.ToArray(0, nodes), back.ToArray(0, nodes));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Threads_that_share_every_type_of_nodes_get_the_same(int threads)
    {
        const int Dimension = 16;
        HeterogeneousGraph graph = TestGraphs.WithManyRelations(seed: 6);
        int nodes = graph.Layout.NodeCount;
        double[][] dense = Oracle.RandomTable(nodes, Dimension, seed: 3), sparse = Oracle.Zeros(nodes, Dimension);
        Matrix input = PropagationTests.ToTable(dense);
        BatchGradient gradient = new(nodes, 200, Dimension, hasBase: false, replacesEmbeddings: false);
        for (int node = 0; node < graph.Interactions.UserCount + graph.Interactions.ItemCount; node += 31)
        {
            sparse[node] = dense[node];
            input.Row(node).CopyTo(gradient.Rows.Row(gradient.AddNode(node)));
        }
        (float[] forward, float[] backward) = Run(1);
        (float[] sharedForward, float[] sharedBackward) = Run(threads);
        Assert.Equal(forward, sharedForward);
        Assert.Equal(backward, sharedBackward);

        (float[], float[]) Run(int threadCount)
        {
            using ThreadTeam team = new(threadCount);
            Matrix output = new(nodes, Dimension);
            Propagation propagation = PropagationTests.Create(graph, Weights[..3], Dimension, team);
            propagation.Forward(input, output);
            PropagationTests.AssertClose(Expected(dense), output, 1e-5);
            Matrix back = PropagationTests.Backward(propagation, gradient, nodes);
            PropagationTests.AssertClose(Expected(sparse), back, 1e-5);
            return (output.ToArray(0, nodes), back.ToArray(0, nodes));
        }

        double[][] Expected(double[][] layer)
        {
            double[][] result = Oracle.Zeros(nodes, Dimension);
            foreach (float weight in Weights[..3])
            {
                double[][] next = Oracle.Zeros(nodes, Dimension);
                for (int n = 0; n < nodes; n++)
                {
                    for (int k = 0; k < Dimension; k++)
                        result[n][k] += weight * layer[n][k];
                    graph.VisitEdges(n, (m, value) =>
                    {
                        for (int k = 0; k < Dimension; k++)
                            next[n][k] += value * graph.InverseRootDegrees[n] * graph.InverseRootDegrees[m] * layer[m][k];
                    });
                }
                layer = next;
            }
            return result;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_gradient_of_a_step_equals_finite_differences_for_every_kind_of_node(bool softmax)
    {
        const int Dimension = 12, BatchSize = 40;
        Network network = new(seed: 5, weighted: true);
        BipartiteGraph graph = network.Graph.Interactions;
        float[] weights = Weights[..3];
        int nodes = network.Graph.Layout.NodeCount;
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = Dimension,
            LayerCount = 2,
            LayerWeights = weights,
            BatchSize = BatchSize,
            StepsPerEpoch = 1,
            Objective = softmax ? new SampledSoftmaxObjective { Temperature = 0.3f, FrequencyCorrection = 0.7f, NegativeCount = 32 } : new BprObjective(),
        };
        TrainingPlan plan = TestGraphs.Plan(network.Graph, options, 13);
        double[][] start = Oracle.RandomTable(nodes, Dimension, seed: 12);
        Matrix embeddings = PropagationTests.ToTable(start);
        using ThreadTeam team = new(2);
        Propagation propagation = PropagationTests.Create(network.Graph, weights, Dimension, team);
        (BatchLoss batch, BatchGradient gradient) = BatchLoss.Create(plan, team);
        batch.Draw(0, BatchSize);
        propagation.Forward(embeddings, gradient);
        double loss = batch.Compute(embeddings);
        Matrix found = PropagationTests.Backward(propagation, gradient, nodes);

        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, 13);
        RandomStream random = source.NegativesStream(0);
        int[] negatives = new int[32];
        foreach (ref int item in negatives.AsSpan())
            item = graph.ByUser.Indices.Span[random.Next(graph.InteractionCount)];
        Assert.Equal(Loss(), loss, 1e-5);
        const double Step = 1e-5;
        int away = 0;
        for (int node = 0; node < nodes; node++)
        {
            int k = node % Dimension;
            double value = start[node][k];
            start[node][k] = value + Step;
            double above = Loss();
            start[node][k] = value - Step;
            double below = Loss();
            start[node][k] = value;
            Assert.Equal((above - below) / (2 * Step), found.Row(node)[k], 3e-6);
            away += Math.Abs(found.Row(node)[k]) > 1e-4 ? 1 : 0;
        }
        // Not a comparison of zeros: attributes have a gradient too.
        Assert.True(away > nodes / 2, $"{away} of {nodes} components are not near zero");
        Assert.Contains(Enumerable.Range(Network.Users + Network.Items, Network.Tags), node => found.Row(node).ToArray().Any(value => Math.Abs(value) > 1e-4));

        double Loss()
        {
            double[][] e = network.Propagate(start, weights);
            double sum = 0;
            for (int s = 0; s < BatchSize; s++)
            {
                (int user, int positive, int negative) = source.Draw(s);
                if (!softmax)
                {
                    sum += negative < 0 ? 0 : Math.Log(1 + Math.Exp(Oracle.Dot(e[user], e[Network.Users + negative]) - Oracle.Dot(e[user], e[Network.Users + positive])));
                    continue;
                }
                (user, positive) = source.DrawPositive(s);
                double term = Term(user, positive);
                sum -= Math.Log(term / (term + negatives.Sum(item => graph.ItemsOf(user).Contains(item) ? 0 : Term(user, item))));
            }
            return sum / BatchSize;

            double Term(int user, int item)
            {
                double[] x = e[user], y = e[Network.Users + item];
                return Math.Exp(Oracle.Dot(x, y) / Math.Sqrt(Oracle.Dot(x, x) * Oracle.Dot(y, y)) / 0.3f) / Math.Pow(graph.UsersOf(item).Length, 0.7);
            }
        }
    }
}
