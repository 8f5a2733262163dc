using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.MLNet.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

/// <summary>
/// Saved models whose parts contradict each other: they are refused for what is wrong with them, before a graph is built of them, and
/// counts that the file does not bear out take no memory.
/// </summary>
public sealed class CraftedModelTests
{
    private const long MaximumAllocation = 64L << 20;

    // In the order of the chain's steps, after the first.
    private static readonly string[] Tables = ["State", "BaseUsers", "BaseItems", "UserKeys", "ItemKeys", "HistoryOffsets", "HistoryItems", "InteractionWeights",
        "Relation1.Offsets", "Relation1.Columns", "Relation1.Weights", "Relation1.Attributes", "Relation2.Offsets", "Relation2.Columns", "Relation2.Weights", "BaseAttributes"];

    private readonly MLContext _ml = new(1);
    private readonly LightGcnTransformer _fitted;
    private readonly ITransformer[] _steps;

    public CraftedModelTests()
    {
        Taste.Interaction[] rows = [.. _ml.Data.CreateEnumerable<Taste.Interaction>(Taste.Create(_ml).TrainRows, reuseRowObject: false)];
        IDataView view = _ml.Data.LoadFromEnumerable(rows.Select((row, n) => new Weighted { UserId = row.UserId, ItemId = row.ItemId, Weight = 1 + n % 3 }));
        IDataView tags = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 80).Select(n => new Tag { Item = $"i{n % 40}", Attribute = $"tag {n % 7}", Weight = 1 + n % 4 }));
        IDataView fellows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(n => new Fellow { Item = $"i{n}", OtherItem = $"i{n + 1 + n % 3}", Weight = 1 + n % 4 }));
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.EpochCount, options.InteractionWeightColumnName) = (1, "Weight");
        options.Relations = [GraphRelation.ItemAttribute("tags", tags, weightColumnName: "Weight"), GraphRelation.ItemItem("fellows", fellows, weightColumnName: "Weight")];
        _fitted = _ml.Ranking.Trainers.LightGcn(options).Fit(
            _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(view).Transform(view));
        _steps = [.. SavedLightGcn.Create(_fitted)];
    }

    private HeterogeneousGraph Graph => _fitted.Model.Graph!;

    private SparseRows Rows => Graph.Relations[0].Rows;

    [Fact]
    public void The_parts_as_they_are_make_the_model()
    {
        Assert.Equal(Graph.InverseRootDegrees.ToArray(), Read(_steps).Model.Graph!.InverseRootDegrees.ToArray());
        Assert.Equal(_fitted.Model.Embeddings.Base.Attributes.ToArray(), Read(With("BaseAttributes", _fitted.Model.Embeddings.Base.Attributes.ToArray(), NumberDataViewType.Single)).Model.Embeddings.Base.Attributes.ToArray());
    }

    [Theory]
    [InlineData("Users")]
    [InlineData("Items")]
    [InlineData("Dimension")]
    [InlineData("Interactions")]
    [InlineData("Entries")]
    [InlineData("Attributes")]
    [InlineData("NeighbourWeights")]
    public void A_count_that_the_file_does_not_bear_out_is_refused_and_takes_no_memory(string count)
    {
        foreach (int value in (int[])[int.MaxValue, 1 << 30, 100_000_000, 1, 0, -1])
        {
            ITransformer[] steps = WithState(state => (count is "Entries" or "Attributes" ? state["Relations"]![0]! : state)[count] = value);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => Read(steps));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        }
    }

    [Fact]
    public void A_state_that_is_none_is_refused()
    {
        Refused("incomplete", WithState(state => state["LayerWeights"] = new JsonArray()));
        Refused("incomplete", WithState(state => state["UserColumnName"] = ""));
        Refused("format 4", WithState(state => state["Format"] = 4));
        Refused("format 3", WithState(state => state.Remove("NeighbourWeights")));
        Refused("format 2", WithState(state => state["Format"] = 2));
        Refused("relation that is none", WithState(state => state["Relations"]![0]!["Name"] = null));
        Refused("relation that is none", WithState(state => state["Relations"]![0]!["Kind"] = 9));
        Refused("relation that is none", WithState(state => state["Relations"]![0]!["Kind"] = (int)GraphRelationKind.ItemItem));
        Refused("relation that is none", WithState(state => state["Relations"]![0]!["Strength"] = -1));
        Refused("relation that is none", WithState(state => state["Relations"]![0] = null));
        Refused("relation that is none", WithState(state => state["Relations"]!.AsArray().Add(state["Relations"]![0]!.DeepClone())));
        Refused("format 1", WithState(state => state["Format"] = 1));
        // Readable, but not what was saved.
        Refused("checksum", WithState(state => state["Relations"]![0]!["Strength"] = 2));
        Refused("checksum", WithState(state => state["Relations"]![0]!["Name"] = "others"));
    }

    [Fact]
    public void Tables_that_are_no_graph_are_refused()
    {
        int[] historyItems = Graph.Interactions.ByUser.Indices.ToArray();
        RefusedIndices("history", "HistoryItems", historyItems, items => (items[0], items[1]) = (items[1], items[0]));
        RefusedIndices("history", "HistoryItems", historyItems, items => items[^1] = _fitted.Model.ItemCount);
        RefusedIndices("history", "HistoryItems", historyItems, items => items[0] = -1);
        RefusedIndices("history", "HistoryOffsets", Graph.Interactions.ByUser.Offsets.ToArray(), offsets => offsets[1] = int.MaxValue);
        RefusedIndices("'tags'", "Relation1.Offsets", Rows.Offsets.ToArray(), offsets => offsets[0] = 1);
        RefusedIndices("'tags'", "Relation1.Offsets", Rows.Offsets.ToArray(), offsets => offsets[^1]--);
        RefusedIndices("'tags'", "Relation1.Offsets", Rows.Offsets.ToArray(), offsets => offsets[1] = -5);
        RefusedIndices("'tags'", "Relation1.Columns", Rows.Indices.ToArray(), columns => columns[0] = 7);
        RefusedIndices("'tags'", "Relation1.Columns", Rows.Indices.ToArray(), columns => columns[1] = columns[0]);
        SparseRows fellows = Graph.Relations[1].Rows;
        RefusedIndices("'fellows' does not join", "Relation2.Columns", fellows.Indices.ToArray(), columns => columns[0] = 0);
        RefusedIndices("'fellows' does not join", "Relation2.Columns", fellows.Indices.ToArray(), columns => columns[^1]--);
        Refused("'fellows' does not join", With("Relation2.Weights", Changed(fellows.Weights.ToArray(), weights => weights[0] *= 2), NumberDataViewType.Single));
        foreach (float weight in (float[])[0, -1, float.NaN, float.PositiveInfinity])
        {
            Refused("InteractionWeights", With("InteractionWeights", Changed(Graph.InteractionWeights!, weights => weights[3] = weight), NumberDataViewType.Single));
            Refused("Relation1.Weights", With("Relation1.Weights", Changed(Rows.Weights.ToArray(), weights => weights[3] = weight), NumberDataViewType.Single));
        }
        ReadOnlyMemory<char>[] names = Array.ConvertAll(Graph.Relations[0].AttributeNames, name => name.AsMemory());
        Refused("two attributes of one name", With("Relation1.Attributes", Changed(names, all => all[2] = all[1]), TextDataViewType.Instance));
        Refused("checksum", With("Relation1.Attributes", Changed(names, all => all[2] = "other".AsMemory()), TextDataViewType.Instance));
        Refused("checksum", With("Relation1.Weights", Changed(Rows.Weights.ToArray(), weights => weights[3] *= 2), NumberDataViewType.Single));
        Refused("checksum", With("InteractionWeights", Changed(Graph.InteractionWeights!, weights => weights[3] *= 2), NumberDataViewType.Single));
        Refused("checksum", With("BaseAttributes", Changed(_fitted.Model.Embeddings.Base.Attributes.ToArray(), values => values[5] = 9), NumberDataViewType.Single));
        Refused("BaseAttributes", With("BaseAttributes", _fitted.Model.Embeddings.Base.Attributes.ToArray()[1..], NumberDataViewType.Single));
    }

    [Fact]
    public void A_model_without_relations_is_saved_as_before_there_were_any()
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Neighbourhood = null;
        LightGcnTransformer plain = _ml.Ranking.Trainers.LightGcn(options).Fit(Taste.Create(_ml).Train);
        ITransformer[] steps = [.. SavedLightGcn.Create(plain)];
        JsonObject state = StateOf(steps);
        Assert.Equal(1, (int)state["Format"]!);
        Assert.Equal(["Format", "Kind", "UserColumnName", "ItemColumnName", "Users", "Items", "Dimension", "LayerWeights", "UserKeys", "ItemKeys", "Checksum", "Interactions", "UserIdType", "ItemIdType"], state.Select(part => part.Key));
        // The tables up to the history, two tables of vectors, and what begins and ends the chain.
        Assert.Equal(1 + Array.IndexOf(Tables, "InteractionWeights") + 4, steps.Length);
    }

    private void RefusedIndices(string what, string table, int[] values, Action<int[]> change) => Refused(what, With(table, Changed(values, change), NumberDataViewType.Int32));

    private void Refused(string what, ITransformer[] steps) => Assert.Contains(what, Assert.Throws<InvalidDataException>(() => Read(steps)).Message, StringComparison.Ordinal);

    private static T[] Changed<T>(T[] values, Action<T[]> change)
    {
        T[] changed = [.. values];
        change(changed);
        return changed;
    }

    private LightGcnTransformer Read(ITransformer[] steps)
    {
        SavedChain.Reader reader = new(new TransformerChain<ITransformer>(steps));
        return SavedLightGcn.Read(_ml, reader, reader.ReadState());
    }

    private static JsonObject StateOf(ITransformer[] steps) => JsonNode.Parse(new SavedChain.Reader(new TransformerChain<ITransformer>(steps)).ReadState())!.AsObject();

    private ITransformer[] WithState(Action<JsonObject> change)
    {
        JsonObject state = StateOf(_steps);
        change(state);
        return With("State", chain => chain.AddState(state.ToJsonString()));
    }

    private ITransformer[] With<T>(string table, T[] values, PrimitiveDataViewType type) => With(table, chain => chain.AddChunks<T>($"LightGcn.{table}", values, type));

    /// <summary>The steps with one table in place of another.</summary>
    private ITransformer[] With(string table, Action<SavedChain> add)
    {
        SavedChain chain = new("User", 1, "Item", 1);
        add(chain);
        ITransformer[] steps = [.. _steps];
        steps[1 + Array.IndexOf(Tables, table)] = chain.Finish(KnownNodes.All, 1, _ => new SparseVector(1, [0f]), _ => new SparseVector(1, [0f])).ElementAt(1);
        return steps;
    }

    private sealed class Weighted
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Fellow
    {
        public string Item { get; set; } = "";

        public string OtherItem { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Tag
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";

        public float Weight { get; set; }
    }
}
