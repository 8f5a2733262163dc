using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

public sealed class BipartiteGraphBuilderTests
{
    [Fact]
    public void Rows_are_sorted_distinct_and_transposes_of_each_other()
    {
        const int Users = 300, Items = 200;
        Random random = new(3);
        HashSet<(int User, int Item)> expected = [];
        BipartiteGraphBuilder builder = new(Users, Items);
        for (int p = 0; p < 20_000; p++)
        {
            (int user, int item) = (random.Next(Users - 5), random.Next(Items - 3));
            expected.Add((user, item));
            builder.Add(user, item);
        }
        BipartiteGraph graph = builder.Build();
        Assert.Equal(expected.Count, graph.InteractionCount);
        Assert.Equal(20_000 - expected.Count, builder.DuplicateCount);
        for (int user = 0; user < Users; user++)
            Assert.Equal(expected.Where(p => p.User == user).Select(p => p.Item).Order(), graph.ItemsOf(user).ToArray());
        for (int item = 0; item < Items; item++)
            Assert.Equal(expected.Where(p => p.Item == item).Select(p => p.User).Order(), graph.UsersOf(item).ToArray());
    }

    [Fact]
    public void More_pairs_than_a_block_are_kept()
    {
        BipartiteGraphBuilder builder = new(1000, 1000);
        for (int p = 0; p < 600_000; p++)
            builder.Add(p % 1000, p / 1000);
        BipartiteGraph graph = builder.Build();
        Assert.Equal(600_000, graph.InteractionCount);
        Assert.Equal(Enumerable.Range(0, 600), graph.ItemsOf(999).ToArray());
    }

    [Fact]
    public void Missing_and_out_of_range_keys_are_skipped_and_counted()
    {
        MLContext context = new(1);
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Pair));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), 2);
        // ML.NET reads a key-typed uint as zero-based, and one at or over the count as missing.
        IDataView data = context.Data.LoadFromEnumerable<Pair>([new(0, 0), new(2, 1), new(7, 0), new(1, 9), new(2, 1)], definition);
        List<string> log = [];
        context.Log += (_, e) => log.Add(e.RawMessage);
        IHost host = ((IHostEnvironment)context).Register("Test");
        using IChannel channel = host.Start("Reading");
        BipartiteGraph graph = new InteractionReader(host, "User", "Item").ReadTraining(data, 1, channel).Graph;
        Assert.Contains("Skipped 2 of 5 rows: user or item missing.", log);
        Assert.Contains("Merged 1 duplicate interactions.", log);
        Assert.Equal(2, graph.InteractionCount);
        Assert.Equal([0], graph.ItemsOf(0).ToArray());
        Assert.Equal([1], graph.ItemsOf(2).ToArray());
    }

    [Fact]
    public void Building_takes_no_more_than_24_bytes_an_interaction_and_leaves_8()
    {
        const int Count = 2_000_000;
        BipartiteGraphBuilder builder = new(2000, 2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int p = 0; p < Count; p++)
            builder.Add(p % 2000, p / 2000);
        BipartiteGraph graph = builder.Build();
        // Everything ever allocated, freed or not, is an upper bound of the peak.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 24L * Count);
        Assert.Equal(Count, graph.ByUser.Indices.Length);
        Assert.Equal(Count, graph.ByItem.Indices.Length);
    }

    private sealed class Pair(uint user, uint item)
    {
        public uint User { get; } = user;

        public uint Item { get; } = item;
    }
}
