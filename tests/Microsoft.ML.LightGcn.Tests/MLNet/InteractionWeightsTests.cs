using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

public sealed class InteractionWeightsTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Each_interaction_has_its_own_weight_over_the_mean()
    {
        Row[] rows = [new(2, 1, 3), new(0, 2, 1), new(-1, 0, 50), new(0, 0, 2), new(2, 1, 4), new(1, 2, 6), new(0, -1, 50)];
        BipartiteGraph graph = TestGraphs.FromPairs(3, 3, (2, 1), (0, 2), (0, 0), (1, 2));
        // In the order of users and their items: (0, 0), (0, 2), (1, 2), (2, 1), the last one being there twice; their mean is 4.
        Assert.Equal([0.5f, 0.25f, 1.5f, 1.75f], Read(graph, rows)!);
        Assert.Null(Read(graph, [new(2, 1, 5), new(0, 2, 5), new(0, 0, 5), new(1, 2, 5)]));
    }

    [Fact]
    public void Data_that_change_between_passes_are_refused()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(3, 3, (2, 1), (0, 2));
        Assert.Contains("'Stars' found an interaction that the first pass did not have", Assert.Throws<InvalidOperationException>(() => Read(graph, [new(2, 1, 1), new(0, 2, 2), new(1, 1, 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("'Stars' found fewer interactions", Assert.Throws<InvalidOperationException>(() => Read(graph, [new(2, 1, 1)])).Message, StringComparison.Ordinal);
    }

    private float[]? Read(BipartiteGraph graph, Row[] rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), graph.UserCount);
        definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), graph.ItemCount);
        IDataView view = _ml.Data.LoadFromEnumerable(rows, definition);
        DataViewSchema.Column user = view.Schema["User"], item = view.Schema["Item"];
        return InteractionWeights.Read(
            _ml, view, new TrainingInteractions(graph, KeyValues.Read(view, user, "user"), KeyValues.Read(view, item, "item"), user, item), "Stars");
    }

    private sealed class Row
    {
        public Row()
        {
        }

        /// <summary>0-based indices; -1 is a missing key, which ML.NET takes one past the count for.</summary>
        public Row(int user, int item, float stars) => (User, Item, Stars) = (user < 0 ? 3u : (uint)user, item < 0 ? 3u : (uint)item, stars);

        public uint User { get; set; }

        public uint Item { get; set; }

        public float Stars { get; set; }
    }
}
