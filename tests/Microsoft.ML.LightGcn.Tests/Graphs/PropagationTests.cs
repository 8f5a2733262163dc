using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

public sealed class PropagationTests
{
    public static TheoryData<int, int, PropagationPrecision> DimensionsAndLayers()
    {
        TheoryData<int, int, PropagationPrecision> data = [];
        foreach (int dimension in (int[])[1, 5, 16, 30, 64, 100, 128, 200])
        {
            foreach (int layers in (int[])[0, 1, 2, 3, 4])
            {
                foreach (PropagationPrecision precision in Enum.GetValues<PropagationPrecision>())
                    data.Add(dimension, layers, precision);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(DimensionsAndLayers))]
    public void Forward_and_backward_equal_the_double_oracle(int dimension, int layers, PropagationPrecision precision)
    {
        // Bfloat16 rounds by at most 2^-9 of a component before each hop; without hops nothing is rounded.
        double tolerance = precision == PropagationPrecision.Float32 || layers == 0 ? 1e-5 : layers / 512.0;
        BipartiteGraph graph = TestGraphs.Random(57, 43, 700, seed: dimension + layers);
        int nodes = graph.UserCount + graph.ItemCount;
        float[] weights = [.. Enumerable.Range(0, layers + 1).Select(l => 1f / (l + 2))];
        double[][] expectedInput = Oracle.RandomTable(nodes, dimension, seed: 3);
        Matrix input = ToTable(expectedInput), output = new(nodes, dimension);
        using ThreadTeam team = new(2);
        Propagation propagation = Create(new HeterogeneousGraph(graph), weights, dimension, team, precision);

        propagation.Forward(input, output);
        AssertClose(Oracle.Propagate(graph, expectedInput, weights), output, tolerance);

        // Backward is the same operator on a table that is zero outside the batch.
        double[][] sparse = Oracle.Zeros(nodes, dimension);
        BatchGradient gradient = new(nodes, 30, dimension, hasBase: false, replacesEmbeddings: false);
        Random random = new(5);
        for (int n = 0; n < 30; n++)
        {
            int node = random.Next(nodes);
            int slot = gradient.AddNode(node);
            sparse[node] = expectedInput[node];
            input.Row(node).CopyTo(gradient.Rows.Row(slot));
        }
        // Forward for the batch's nodes alone gives the same bits.
        propagation.Forward(input, gradient);
        Assert.All(gradient.Nodes.ToArray(), node => Assert.Equal(output.PaddedRow(node), gradient.EmbeddingOf(node)));
        AssertClose(Oracle.Propagate(graph, sparse, weights), Backward(propagation, gradient, nodes), tolerance);
    }

    [Fact]
    public void A_batch_of_every_node_goes_back_like_a_dense_table()
    {
        const int Dimension = 32;
        BipartiteGraph graph = TestGraphs.Random(40, 30, 300, seed: 9);
        int nodes = graph.UserCount + graph.ItemCount;
        double[][] dense = Oracle.RandomTable(nodes, Dimension, seed: 4);
        Matrix table = ToTable(dense);
        BatchGradient gradient = new(nodes, long.MaxValue, Dimension, hasBase: false, replacesEmbeddings: false);
        for (int node = nodes - 1; node >= 0; node--)
            table.Row(node).CopyTo(gradient.Rows.Row(gradient.AddNode(node)));
        using ThreadTeam team = new(2);
        float[] weights = [0.25f, 0.25f, 0.25f, 0.25f];
        Matrix output = Backward(Create(new HeterogeneousGraph(graph), weights, Dimension, team), gradient, nodes);
        AssertClose(Oracle.Propagate(graph, dense, weights), output, 1e-5);
    }

    [Theory]
    [InlineData(2, PropagationPrecision.Float32)]
    [InlineData(7, PropagationPrecision.Float32)]
    [InlineData(2, PropagationPrecision.Bfloat16)]
    [InlineData(7, PropagationPrecision.Bfloat16)]
    public void Results_do_not_depend_on_the_number_of_threads(int threads, PropagationPrecision precision)
    {
        BipartiteGraph graph = TestGraphs.Random(3000, 2000, 60_000, seed: 1);
        int nodes = graph.UserCount + graph.ItemCount;
        Matrix input = ToTable(Oracle.RandomTable(nodes, 24, seed: 2));
        BatchGradient gradient = new(nodes, 500, 24, hasBase: false, replacesEmbeddings: false);
        for (int node = 0; node < nodes; node += 10)
            input.Row(node).CopyTo(gradient.Rows.Row(gradient.AddNode(node)));
        (float[] forward, float[] backward) = Run(threads);
        (float[] expectedForward, float[] expectedBackward) = Run(1);
        Assert.Equal(expectedForward, forward);
        Assert.Equal(expectedBackward, backward);

        (float[] Forward, float[] Backward) Run(int threadCount)
        {
            using ThreadTeam team = new(threadCount);
            Matrix output = new(nodes, 24);
            Propagation propagation = Create(new HeterogeneousGraph(graph), [0.4f, 0.3f, 0.2f, 0.1f], 24, team, precision);
            propagation.Forward(input, output);
            return (output.ToArray(0, nodes), Backward(propagation, gradient, nodes).ToArray(0, nodes));
        }
    }

    /// <summary>A propagation with the matrices that steps of training need.</summary>
    internal static Propagation Create(
        HeterogeneousGraph graph, float[] weights, int dimension, ThreadTeam team, PropagationPrecision precision = PropagationPrecision.Float32)
    {
        int nodes = graph.Layout.NodeCount;
        return new Propagation(
            graph, weights, new Matrix(nodes, dimension), team, precision, Propagation.NeedsSecond(weights, precision) ? new Matrix(nodes, dimension) : null);
    }

    /// <summary>All rows that the way back hands on, each of them once.</summary>
    internal static Matrix Backward(Propagation propagation, BatchGradient gradient, int nodeCount)
    {
        Matrix output = new(nodeCount, gradient.Rows.ColumnCount);
        int[] handedOn = new int[nodeCount];
        propagation.Backward(gradient, (start, end, rows) =>
        {
            rows.CopyTo(output.PaddedRows(start, end - start));
            for (int node = start; node < end; node++)
                Interlocked.Increment(ref handedOn[node]);
        });
        Assert.All(handedOn, count => Assert.Equal(1, count));
        return output;
    }

    internal static Matrix ToTable(double[][] rows)
    {
        Matrix table = new(rows.Length, rows[0].Length);
        for (int r = 0; r < rows.Length; r++)
        {
            for (int k = 0; k < rows[r].Length; k++)
                table.Row(r)[k] = (float)rows[r][k];
        }
        return table;
    }

    internal static void AssertClose(double[][] expected, Matrix actual, double tolerance)
    {
        for (int r = 0; r < expected.Length; r++)
        {
            for (int k = 0; k < expected[r].Length; k++)
                Assert.True(Math.Abs(expected[r][k] - actual.Row(r)[k]) <= tolerance * (1 + Math.Abs(expected[r][k])), $"row {r}, component {k}: expected {expected[r][k]}, found {actual.Row(r)[k]}");
        }
    }
}
