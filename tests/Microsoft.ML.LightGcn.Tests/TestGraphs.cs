using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Seeded graphs for tests: long-tailed, with nodes that have no interaction at all.</summary>
internal static class TestGraphs
{
    public static BipartiteGraph Random(int users, int items, int pairs, int seed)
    {
        Random random = new(seed);
        BipartiteGraphBuilder builder = new(users, items);
        for (int p = 0; p < pairs; p++)
        {
            // The last user and the last item stay alone whenever there is room.
            int user = random.Next(Math.Max(1, users - 1));
            int item = (int)(Math.Max(1, items - 1) * Math.Pow(random.NextDouble(), 2));
            builder.Add(user, item);
        }
        return builder.Build();
    }

    /// <summary>Relations of every kind, large enough that threads share the rows of each type of nodes; most items have tag 0.</summary>
    public static HeterogeneousGraph WithManyRelations(int seed)
    {
        const int Users = 3000, Items = 1500, Tags = 1200, Groups = 1100;
        Random random = new(seed);
        return new HeterogeneousGraph(Random(Users, Items, 20_000, seed), relations:
        [
            new EdgeSet("tags", GraphRelationKind.ItemAttribute, 0.6f, Edges(Items, Tags, mirrored: false), [.. Enumerable.Range(0, Tags).Select(tag => $"tag {tag}")]),
            new EdgeSet("fellows", GraphRelationKind.ItemItem, 1.7f, Edges(Items, Items, mirrored: true), []),
            new EdgeSet("groups", GraphRelationKind.UserAttribute, 2.5f, Edges(Users, Groups, mirrored: false), [.. Enumerable.Range(0, Groups).Select(group => $"group {group}")]),
        ]);

        SparseRows Edges(int rowCount, int columnCount, bool mirrored)
        {
            List<int> rows = [], columns = [];
            List<float> weights = [];
            for (int row = 0; row < rowCount; row++)
            {
                if (!mirrored && random.Next(10) > 0)
                    Add(row, 0);
                for (int n = 0; n < 3; n++)
                    Add(row, random.Next(columnCount));
            }
            return SparseRows.FromEntries([.. rows], [.. columns], [.. weights], rowCount, columnCount);

            void Add(int row, int column)
            {
                if (mirrored && row == column)
                    return;
                float weight = 0.1f + random.NextSingle();
                rows.Add(row);
                columns.Add(column);
                weights.Add(weight);
                if (!mirrored)
                    return;
                rows.Add(column);
                columns.Add(row);
                weights.Add(weight);
            }
        }
    }

    public static BipartiteGraph FromPairs(int users, int items, params (int User, int Item)[] pairs)
    {
        BipartiteGraphBuilder builder = new(users, items);
        foreach ((int user, int item) in pairs)
            builder.Add(user, item);
        return builder.Build();
    }

    /// <summary>The plan of a trainer's options on a graph.</summary>
    public static TrainingPlan Plan(BipartiteGraph graph, LightGcnTrainer.Options options, int seed, NodeTable? previous = null) => Plan(new HeterogeneousGraph(graph), options, seed, previous);

    /// <summary>A session of the CPU engine, at its start.</summary>
    public static ITrainingSession Start(TrainingPlan plan) => new CpuTrainingEngine().Start(plan, InitialEmbeddings.Create(plan, default));

    /// <summary>The plan of a trainer's options on a graph, in float32 unless they say otherwise.</summary>
    public static TrainingPlan Plan(HeterogeneousGraph graph, LightGcnTrainer.Options options, int seed, NodeTable? previous = null) =>
        new(graph, options.Resolve(graph.Interactions.InteractionCount, graph.Layout.NodeCount, seed) with { PropagationPrecision = options.PropagationPrecision ?? PropagationPrecision.Float32 }, previous is null ? null : new PreviousEmbeddings(previous));
}
