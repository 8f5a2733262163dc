using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Full ranking of a quarter of every user's items among all that the user has not seen, by inner products of 112 dimensions, the default.</summary>
public class EvaluationBenchmarks
{
    private const int Dimension = 112;

    private static readonly int[] s_cutoffs = [10, 20];

    private IItemScorer? _scorer;
    private HeldOutInteractions? _heldOut;
    private BipartiteGraph? _seen;

    public static IEnumerable<BenchmarkGraph> Graphs => BenchmarkGraph.WithMillions(1);

    [ParamsSource(nameof(Graphs))]
    public BenchmarkGraph Graph { get; set; } = null!;

    [GlobalSetup(Targets = [nameof(OneThread), nameof(TwoThreads)])]
    public void SetUp()
    {
        BipartiteGraph graph = Graph.Load();
        BipartiteGraphBuilder seen = new(graph.UserCount, graph.ItemCount), heldOut = new(graph.UserCount, graph.ItemCount);
        for (int user = 0, n = 0; user < graph.UserCount; user++)
        {
            foreach (int item in graph.ItemsOf(user))
                (n++ % 4 == 0 ? heldOut : seen).Add(user, item);
        }
        _seen = seen.Build();
        _heldOut = HeldOutInteractions.FromGraph(heldOut.Build(), _seen);
        TopNInput input = new(graph, Dimension, itemsPerUser: 1);
        _scorer = new FactorModel(input.Users, input.Items, input.Dimension);
    }

    [GlobalSetup(Target = nameof(WholeRowsTwoThreads))]
    public void SetUpWholeRows()
    {
        SetUp();
        _scorer = new WholeRows(_scorer!);
    }

    [Benchmark(Description = "1 thread")]
    [Scores(Dimension)]
    public double OneThread() => Evaluate(1);

    [Benchmark(Baseline = true, Description = "2 threads")]
    [Scores(Dimension)]
    public double TwoThreads() => Evaluate(2);

    [Benchmark(Description = "whole rows of scores, 2 threads")]
    [Scores(Dimension)]
    public double WholeRowsTwoThreads() => Evaluate(2);

    private double Evaluate(int threadCount) =>
        ItemRanking.Evaluate(_scorer!, _heldOut!, _seen, s_cutoffs, withCatalogue: false, threadCount, default)[RankingMetric.Ndcg, s_cutoffs[0]];

    /// <summary>A scorer of one's own, of which the evaluator knows no more than that it scores.</summary>
    private sealed class WholeRows(IItemScorer scorer) : IItemScorer
    {
        public int UserCount => scorer.UserCount;

        public int ItemCount => scorer.ItemCount;

        public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores) => scorer.ScoreItems(users, scores);
    }
}
