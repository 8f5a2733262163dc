using BenchmarkDotNet.Attributes;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>From rows to a graph, and from rows to the train part of a split or what a filter leaves, read to its end.</summary>
public class DataBenchmarks
{
    private readonly MLContext _ml = new(seed: 1);
    private IDataView _rows = null!;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1, 5);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [GlobalSetup]
    public void SetUp() => _rows = InteractionView.Create(Graph.Load());

    [Benchmark(Description = "build the graph")]
    [InteractionRows]
    public BipartiteGraph BuildGraph()
    {
        InteractionReader reader = new(((IHostEnvironment)_ml).Register(nameof(BuildGraph)), InteractionView.User, InteractionView.Item);
        return reader.ReadGraph(_rows);
    }

    [Benchmark(Description = "LeaveOneOutSplit")]
    [InteractionRows]
    public long LeaveOneOut() => Read(_ml.Data.LeaveOneOutSplit(_rows).Train);

    [Benchmark(Description = "TemporalLeaveOneOutSplit")]
    [InteractionRows]
    public long TemporalLeaveOneOut() => Read(_ml.Data.TemporalLeaveOneOutSplit(_rows).Train);

    [Benchmark(Description = "RatioSplit")]
    [InteractionRows]
    public long Ratio() => Read(_ml.Data.RatioSplit(_rows).Train);

    [Benchmark(Description = "DropDuplicateInteractions")]
    [InteractionRows]
    public long DropDuplicates() => Read(_ml.Data.DropDuplicateInteractions(_rows));

    [Benchmark(Description = "FilterByMinimumCount")]
    [InteractionRows]
    public long FilterByMinimumCount() => Read(_ml.Data.FilterByMinimumCount(_rows));

    /// <summary>Splits and filters are lazy: their work is done when they are read.</summary>
    private static long Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<uint> getUser = cursor.GetGetter<uint>(view.Schema[InteractionView.User]), getItem = cursor.GetGetter<uint>(view.Schema[InteractionView.Item]);
        long sum = 0;
        uint user = 0, item = 0;
        while (cursor.MoveNext())
        {
            getUser(ref user);
            getItem(ref item);
            sum += user + item;
        }
        return sum;
    }
}
