using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Graphs;
using Microsoft.ML.LightGcn.Tests.MLNet.Data;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class RelationSmoothingTests
{
    private const int FirstItem = Network.Users, FirstTag = Network.Users + Network.Items;

    [Theory]
    [InlineData(5, true)]
    [InlineData(16, false)]
    [InlineData(72, true)]
    public void Items_are_drawn_to_what_they_are_related_to_as_the_formula_says_on_any_number_of_threads(int dimension, bool weighted)
    {
        Network network = new(seed: dimension, weighted);
        double[][] items = Oracle.RandomTable(Network.Items, dimension, seed: 8);
        // An item that no user chose has no row in a subspace.
        Array.Clear(items[^1]);
        float[] smoothed = Smooth(network.Graph, items, threads: 1).ToArray(0, Network.Items);
        Assert.Equal(smoothed, Smooth(network.Graph, items, threads: 3).ToArray(0, Network.Items));
        double[][] expected = [.. Enumerable.Range(0, Network.Items).Select(item => Expected(network, items, item))];
        PropagationTests.AssertClose(expected, Smooth(network.Graph, items, threads: 2), 1e-5);
        Assert.Contains(Enumerable.Range(0, Network.Items - 1), item => Math.Abs(expected[item][0] - items[item][0]) > 0.01);
    }

    [Fact]
    public void Threads_that_share_the_items_and_the_attributes_draw_the_same()
    {
        const int Dimension = 8;
        HeterogeneousGraph graph = TestGraphs.WithManyRelations(seed: 4);
        BipartiteGraph interactions = graph.Interactions;
        int firstItem = interactions.UserCount, firstAttribute = firstItem + interactions.ItemCount;
        double[][] items = Oracle.RandomTable(interactions.ItemCount, Dimension, seed: 8);
        double[][] directions = [.. Enumerable.Range(firstItem, graph.Layout.NodeCount - firstItem).Select(Direction)];
        double[][] expected = [.. items.Select((row, item) => Scaled(Drawn(item), Length(row)))];
        float[] one = Smooth(graph, items, threads: 1).ToArray(0, items.Length);
        Assert.Equal(one, Smooth(graph, items, threads: 3).ToArray(0, items.Length));
        PropagationTests.AssertClose(expected, Smooth(graph, items, threads: 2), 1e-5);

        double[] Direction(int node)
        {
            double[] sum = new double[Dimension];
            if (node < firstAttribute)
                Add(sum, items[node - firstItem], 1);
            else
            {
                graph.VisitEdges(node, (neighbour, weight) =>
                {
                    // Groups are of users, who have no rows here.
                    for (int k = 0; neighbour >= firstItem && k < Dimension; k++)
                        sum[k] += weight * items[neighbour - firstItem][k];
                });
            }
            return Scaled(sum, 1);
        }

        double[] Drawn(int item)
        {
            double[] sum = new double[Dimension];
            foreach (int user in interactions.UsersOf(item))
                Add(sum, directions[item], interactions.ItemsOf(user).Length - 1);
            graph.VisitEdges(firstItem + item, (neighbour, weight) =>
            {
                if (neighbour >= firstItem)
                    Add(sum, directions[neighbour - firstItem], weight);
            });
            return sum;
        }
    }

    [Fact]
    public void Without_relations_of_items_nothing_changes()
    {
        BipartiteGraph interactions = TestGraphs.Random(12, 10, 40, seed: 2);
        double[][] items = Oracle.RandomTable(10, 8, seed: 8);
        EdgeSet groups = new("groups", GraphRelationKind.UserAttribute, 1, SparseRows.FromEntries([0, 1], [0, 0], [1, 1], 12, 1), ["group"]);
        float[] before = PropagationTests.ToTable(items).ToArray(0, 10);
        Assert.Equal(before, Smooth(new HeterogeneousGraph(interactions), items, threads: 2).ToArray(0, 10));
        Assert.Equal(before, Smooth(new HeterogeneousGraph(interactions, relations: [groups]), items, threads: 2).ToArray(0, 10));
    }

    [Fact]
    public void Content_decides_where_an_item_has_few_co_occurrences()
    {
        // Items 0 and 1 are of tag 0; item 0 was chosen by 30 users of two items each, item 1 by one such user. Item 2 is everybody's other item,
        // and item 3 has one user, who has nothing else.
        BipartiteGraph interactions = TestGraphs.FromPairs(32, 4, [.. Enumerable.Range(0, 30).SelectMany(user => new[] { (user, 0), (user, 2) }), (30, 1), (30, 2), (31, 3)]);
        EdgeSet tags = new("tags", GraphRelationKind.ItemAttribute, 1, SparseRows.FromEntries([0, 1], [0, 0], [1, 1], 4, 1), ["tag"]);
        Matrix smoothed = Smooth(new HeterogeneousGraph(interactions, relations: [tags]), [[1, 0], [0, 1], [0, -2], [3, 0]], threads: 1);
        // The tag's direction is (1, 1) / sqrt(2): the first item has 30 co-occurrences against it, the second 1.
        Assert.Equal(0.71 / 30.71, smoothed.Row(0)[1] / smoothed.Row(0)[0], 1e-3);
        Assert.Equal(0.71 / 1.71, smoothed.Row(1)[0] / smoothed.Row(1)[1], 2e-3);
        Assert.Equal([0, -2], smoothed.Row(2).ToArray());
        Assert.Equal([3, 0], smoothed.Row(3).ToArray());
    }

    private static double[] Expected(Network network, double[][] items, int item)
    {
        double length = Length(items[item]);
        if (length == 0)
            return items[item];
        BipartiteGraph graph = network.Graph.Interactions;
        double cooccurrences = 0;
        foreach (int user in graph.UsersOf(item))
            cooccurrences += graph.ItemsOf(user).Length - 1;
        double[] sum = [.. items[item].Select(value => cooccurrences * value / length)];
        for (int other = 0; other < Network.Items; other++)
            Add(sum, items[other], network[FirstItem + item, FirstItem + other]);
        for (int tag = 0; tag < Network.Tags; tag++)
        {
            double[] direction = new double[sum.Length];
            for (int other = 0; other < Network.Items; other++)
            {
                for (int k = 0; k < sum.Length; k++)
                    direction[k] += network[FirstItem + other, FirstTag + tag] * items[other][k];
            }
            Add(sum, direction, network[FirstItem + item, FirstTag + tag]);
        }
        return Scaled(sum, length);
    }

    /// <summary>A row at another length; a zero row stays zero.</summary>
    private static double[] Scaled(double[] row, double length)
    {
        double before = Length(row);
        return before == 0 ? row : [.. row.Select(value => value * length / before)];
    }

    /// <summary>sum += weight times the direction of a row.</summary>
    private static void Add(double[] sum, double[] row, double weight)
    {
        double length = Length(row);
        for (int k = 0; length > 0 && k < sum.Length; k++)
            sum[k] += weight * row[k] / length;
    }

    private static double Length(double[] row) => Math.Sqrt(Oracle.Dot(row, row));

    private static Matrix Smooth(HeterogeneousGraph graph, double[][] items, int threads)
    {
        using ThreadTeam team = new(threads);
        Matrix table = PropagationTests.ToTable(items);
        RelationSmoothing.Smooth(graph, table, new ColumnShare(table.ColumnCount), team);
        return table;
    }
}
