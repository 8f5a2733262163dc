using BenchmarkDotNet.Attributes;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>One pair at a time through ML.NET: by PredictionEngine, and as a column of a data view.</summary>
public class PairScoringBenchmarks
{
    private const int PairCount = 1024;

    private readonly Pair[] _pairs = new Pair[PairCount];
    private LightGcnTransformer _model = null!;
    private IDataView _rows = null!;
    private PredictionEngine<Pair, Scored> _engine = null!;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [Params(64, 256)]
    public int Dimension { get; set; }

    /// <summary>Whether scores have a part from item to item.</summary>
    [Params(true, false)]
    public bool Neighbourhood { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        MLContext ml = new(seed: 1);
        _rows = InteractionView.Create(Graph.Load());
        // Scoring costs the same after one step as after a thousand.
        _model = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
        {
            EmbeddingDimension = Dimension,
            EpochCount = 1,
            StepsPerEpoch = 1,
            Neighbourhood = Neighbourhood ? new ItemNeighbourhood() : null,
        }).Fit(_rows);
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
        schema[nameof(Pair.User)].ColumnType = new KeyDataViewType(typeof(uint), Graph.UserCount);
        schema[nameof(Pair.Item)].ColumnType = new KeyDataViewType(typeof(uint), Graph.ItemCount);
        _engine = ml.Model.CreatePredictionEngine<Pair, Scored>(_model, inputSchemaDefinition: schema);
        Random random = new(1);
        for (int p = 0; p < PairCount; p++)
            _pairs[p] = new Pair { User = (uint)random.Next(Graph.UserCount), Item = (uint)random.Next(Graph.ItemCount) };
    }

    [GlobalCleanup]
    public void CleanUp() => _engine.Dispose();

    [Benchmark(OperationsPerInvoke = PairCount, Description = "PredictionEngine, one pair")]
    public float PredictionEngine()
    {
        Scored scored = new();
        float sum = 0;
        foreach (Pair pair in _pairs)
        {
            _engine.Predict(pair, ref scored);
            sum += scored.Score;
        }
        return sum;
    }

    [Benchmark(Description = "Score column of all rows")]
    [InteractionRows]
    public float ScoreColumn()
    {
        IDataView scores = _model.Transform(_rows);
        using DataViewRowCursor cursor = scores.GetRowCursor([scores.Schema["Score"]]);
        ValueGetter<float> getScore = cursor.GetGetter<float>(scores.Schema["Score"]);
        float sum = 0, score = 0;
        while (cursor.MoveNext())
        {
            getScore(ref score);
            sum += score;
        }
        return sum;
    }

    public sealed class Pair
    {
        public uint User { get; set; }

        public uint Item { get; set; }
    }

    public sealed class Scored
    {
        public float Score { get; set; }
    }
}
