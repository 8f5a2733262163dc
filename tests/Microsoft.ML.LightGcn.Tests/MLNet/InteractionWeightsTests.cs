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

    [Fact]
    public void Weights_too_far_apart_name_column_and_rows()
    {
        BipartiteGraph graph = TestGraphs.FromPairs(3, 3, (2, 1), (0, 2), (0, 0));
        const string Expected = "Weight column 'Stars' of the interactions: expected finite sums of at least 1E-12 times their mean over all edges, found weights from ";
        // Row 1 has no user and counts for nothing.
        Assert.Equal(Expected + "1 in row 2 to 1E+38 in row 0 (counted from 0). Lower the greatest weights or raise the least.",
            Assert.Throws<ArgumentException>(() => Read(graph, [new(2, 1, 1e38f), new(-1, 0, 1e-30f), new(0, 2, 1), new(0, 0, 5)])).Message);
        // Sums of equal interactions that overflow.
        Assert.StartsWith(Expected, Assert.Throws<ArgumentException>(() => Read(graph, [new(2, 1, 3e38f), new(0, 2, 3e38f), new(0, 0, 3e38f), new(2, 1, 3e38f)])).Message, StringComparison.Ordinal);
        Assert.NotNull(Read(graph, [new(2, 1, 1e-11f), new(0, 2, 1), new(0, 0, 2)]));
    }

    /// <summary>All scores were 0 but those of one item.</summary>
    [Fact]
    public void One_huge_weight_is_an_error_of_training()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["User"].ColumnType = definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        IDataView view = _ml.Data.LoadFromEnumerable((Row[])[new(0, 0, 1), new(1, 1, 1e38f), new(1, 2, 2), new(2, 0, 2)], definition);
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 4, EpochCount = 1, Seed = 1, InteractionWeightColumnName = "Stars" };
        Assert.Contains("Weight column 'Stars'", Assert.Throws<ArgumentException>(() => _ml.Ranking.Trainers.LightGcn(options).Fit(view)).Message, StringComparison.Ordinal);
    }

    private float[]? Read(BipartiteGraph graph, Row[] rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), graph.UserCount);
        definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), graph.ItemCount);
        IDataView view = _ml.Data.LoadFromEnumerable(rows, definition);
        DataViewSchema.Column user = view.Schema["User"], item = view.Schema["Item"];
        return InteractionWeights.Read(
            _ml, view, new TrainingInteractions(graph, KeyValues.Read(view, user, "user"), KeyValues.Read(view, item, "item"), user, item), "Stars",
            ProcessGroup.Single, areShares: false);
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
