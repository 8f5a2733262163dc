using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>The start of training, which every process makes for its own columns: the bits of the whole start's columns.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("spectral", 40)]
    [InlineData("spectral", 5)]
    [InlineData("normal", 21)]
    [InlineData("uniform", 40)]
    [InlineData("continued", 40)]
    [InlineData("continued-normal", 21)]
    public void Every_process_makes_its_columns_of_the_whole_start(string start, int dimension)
    {
        HeterogeneousGraph graph = TestGraphs.WithManyRelations(seed: 3);
        NodeTable? previous = start.StartsWith("continued", StringComparison.Ordinal) ? Previous(graph.Layout, dimension) : null;
        EmbeddingInitialization initialization = start switch
        {
            "normal" or "continued-normal" => EmbeddingInitialization.Normal(),
            "uniform" => EmbeddingInitialization.XavierUniform,
            _ => EmbeddingInitialization.Spectral(),
        };
        AssertSame(TestGraphs.Plan(graph, Options(dimension, initialization), seed: 4, previous), 1, 2, 3, 5);
    }

    [Fact]
    public void Tables_that_pass_in_parts_give_the_same()
    {
        // 512 components: 8,192 rows pass at once, of 20,000 items. Beyond 8 processes some get no rows.
        const int Dimension = 512;
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.Random(2000, 20_000, 60_000, seed: 6), Options(Dimension, EmbeddingInitialization.Spectral(1)), seed: 4);
        AssertSame(plan, 2, 9);
    }

    [Fact]
    public void Items_with_neither_fellows_nor_relations_keep_their_direction()
    {
        // Nobody chose two items, and item 2 has no tag.
        BipartiteGraph interactions = TestGraphs.FromPairs(4, 3, (0, 0), (1, 1), (2, 2), (3, 2));
        EdgeSet tags = new("tags", GraphRelationKind.ItemAttribute, 1, SparseRows.FromEntries([0, 1], [0, 0], [1, 1], 3, 1), ["tag"]);
        AssertSame(TestGraphs.Plan(new HeterogeneousGraph(interactions, relations: [tags]), Options(4, EmbeddingInitialization.Spectral()), seed: 4), 2, 4);
    }

    private static void AssertSame(TrainingPlan plan, params int[] processCounts)
    {
        Matrix whole = InitialEmbeddings.Create(plan, default);
        Assert.True(whole.Padded.ContainsAnyExcept(0f));
        foreach (int count in processCounts.Where(count => count <= whole.ColumnCount))
        {
            ColumnLayout columns = new(whole.ColumnCount, count);
            Matrix[] parts = ThreadProcesses.RunAll(count, group => InitialEmbeddings.Create(plan, new ExchangedColumns(group, columns), default));
            for (int rank = 0; rank < count; rank++)
            {
                Assert.Equal((whole.RowCount, columns.Count(rank)), (parts[rank].RowCount, parts[rank].ColumnCount));
                for (int row = 0; row < whole.RowCount; row++)
                    Assert.True(whole.Row(row).Slice(columns.First(rank), columns.Count(rank)).SequenceEqual(parts[rank].Row(row)), $"row {row} of process {rank} of {count}");
            }
        }
    }

    private static LightGcnTrainer.Options Options(int dimension, EmbeddingInitialization initialization) =>
        new() { EmbeddingDimension = dimension, Initialization = initialization, NumberOfThreads = 2 };

    /// <summary>Every third node is unknown to the model to continue from.</summary>
    private static NodeTable Previous(NodeLayout layout, int dimension)
    {
        Random random = new(8);
        NodeTable table = new(layout, dimension);
        for (int node = 0; node < layout.NodeCount; node++)
        {
            foreach (ref float value in table[node])
                value = node % 3 == 0 ? 0 : random.NextSingle() - 0.5f;
        }
        return table;
    }
}
