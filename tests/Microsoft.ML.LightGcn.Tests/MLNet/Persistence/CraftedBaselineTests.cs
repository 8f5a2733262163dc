using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

/// <summary>Saved baselines without ids whose counts the file does not bear out: refused for it, before anything is made as large.</summary>
public sealed class CraftedBaselineTests
{
    private const int Users = 30, Items = 20;
    private const long MaximumAllocation = 64L << 20;

    private readonly MLContext _ml = new(1);
    private readonly IDataView _view;

    public CraftedBaselineTests() =>
        _view = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(n => new Pair { User = (uint)(n % Users), Item = (uint)(n * 7 % Items) }));

    [Theory]
    [InlineData("Popularity")]
    [InlineData("ItemKnn")]
    [InlineData("Ease")]
    [InlineData("Slim")]
    [InlineData("GraphFilter")]
    public void A_count_that_the_file_does_not_bear_out_is_refused_and_takes_no_memory(string kind)
    {
        ITransformer[] steps = Saved(kind);
        Assert.IsAssignableFrom<ITransformer>(SavedModels.Restore(_ml, new TransformerChain<ITransformer>(steps)));
        foreach (string count in (string[])["Users", "Items", "Interactions"])
        {
            foreach (int value in (int[])[int.MaxValue, 1 << 30, 100_000_000, 1 + (count == "Users" ? Users : Items), 1])
            {
                TransformerChain<ITransformer> crafted = new(WithState(steps, state => state[count] = value));
                long before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Throws<InvalidDataException>(() => SavedModels.Restore(_ml, crafted));
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
            }
        }
    }

    [Fact]
    public void A_dense_table_of_nothing_but_left_out_values_is_refused_and_takes_no_memory()
    {
        const int items = 10_000;
        JsonObject state = StateOf(Saved("Ease"));
        (state["Users"], state["Items"], state["Interactions"]) = (1, items, 0);
        SavedChain chain = new("User", 1, "Item", items);
        chain.AddState(state.ToJsonString());
        chain.AddChunks<byte>("LightGcn.ItemFlags", new byte[items], NumberDataViewType.Byte);
        SavedGraph.AddHistory(chain, new BipartiteGraph(new SparseRows((int[])[0, 0], Array.Empty<int>(), null), items));
        TransformerChain<ITransformer> crafted = chain.Finish(KnownNodes.All, items, _ => new SparseVector(items, [], []), _ => new SparseVector(items, [], []));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("found some left out", Assert.Throws<InvalidDataException>(() => SavedModels.Restore(_ml, crafted)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
    }

    [Fact]
    public void The_cause_of_a_refusal_stays_with_it()
    {
        ITransformer[] steps = Saved("Popularity");
        SavedChain chain = new("User", 1, "Item", 1);
        chain.AddState("{");
        steps[1] = chain.Finish(KnownNodes.All, 1, _ => new SparseVector(1, [0f]), _ => new SparseVector(1, [0f])).ElementAt(1);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SavedModels.Restore(_ml, new TransformerChain<ITransformer>(steps)));
        Assert.IsAssignableFrom<System.Text.Json.JsonException>(error.InnerException);
        // A table of another type, at which ML.NET itself takes offence.
        SavedChain numbers = new("User", 1, "Item", 1);
        numbers.AddChunks<float>(SavedChain.State, new float[3], NumberDataViewType.Single);
        steps[1] = numbers.Finish(KnownNodes.All, 1, _ => new SparseVector(1, [0f]), _ => new SparseVector(1, [0f])).ElementAt(1);
        error = Assert.Throws<InvalidDataException>(() => SavedModels.Restore(_ml, new TransformerChain<ITransformer>(steps)));
        Assert.NotNull(error.InnerException);
        Assert.Contains(error.InnerException.GetBaseException().Message, error.Message, StringComparison.Ordinal);
    }

    private ITransformer[] Saved(string kind)
    {
        RankingCatalog.RankingTrainers trainers = _ml.Ranking.Trainers;
        ITransformer fitted = kind switch
        {
            "Popularity" => trainers.Popularity("User", "Item").Fit(_view),
            "ItemKnn" => trainers.ItemKnn("User", "Item").Fit(_view),
            "Ease" => trainers.Ease("User", "Item").Fit(_view),
            _ => trainers.GraphFilter("User", "Item").Fit(_view),
        };
        using MemoryStream file = new();
        _ml.Model.Save(fitted, _view.Schema, file);
        file.Position = 0;
        return [.. (IEnumerable<ITransformer>)_ml.Model.Load(file, out _)];
    }

    private static JsonObject StateOf(ITransformer[] steps) => JsonNode.Parse(new SavedChain.Reader(new TransformerChain<ITransformer>(steps)).ReadState())!.AsObject();

    private static ITransformer[] WithState(ITransformer[] steps, Action<JsonObject> change)
    {
        JsonObject state = StateOf(steps);
        change(state);
        SavedChain chain = new("User", 1, "Item", 1);
        chain.AddState(state.ToJsonString());
        return [steps[0], chain.Finish(KnownNodes.All, 1, _ => new SparseVector(1, [0f]), _ => new SparseVector(1, [0f])).ElementAt(1), .. steps[2..]];
    }

    private sealed class Pair
    {
        [KeyType(Users)]
        public uint User { get; set; }

        [KeyType(Items)]
        public uint Item { get; set; }
    }
}
