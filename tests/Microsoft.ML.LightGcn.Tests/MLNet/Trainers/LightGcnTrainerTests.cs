using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

public sealed class LightGcnTrainerTests
{
    [Fact]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads()
    {
        // Large enough that every kernel cuts its work into several chunks.
        BipartiteGraph graph = TestGraphs.Random(3000, 1500, 30_000, seed: 1);
        MLContext ml = new(1);
        IDataView data = KeyRows.Create(ml, 3000, 1500, Pairs(graph));
        foreach (TrainingObjective objective in (TrainingObjective[])[new BprObjective(), new SampledSoftmaxObjective()])
            CheckThreads(objective);

        void CheckThreads(TrainingObjective objective)
        {
            LightGcnModelParameters one = Train(1);
            foreach (int threads in (int[])[2, 7])
            {
                LightGcnModelParameters other = Train(threads);
                Assert.Equal(one.UserEmbeddings.ToArray(), other.UserEmbeddings.ToArray());
                Assert.Equal(one.ItemEmbeddings.ToArray(), other.ItemEmbeddings.ToArray());
                Assert.Equal(one.BaseUserEmbeddings.ToArray(), other.BaseUserEmbeddings.ToArray());
            }
            Assert.NotEqual(one.UserEmbeddings.ToArray(), Train(2, seed: 4).UserEmbeddings.ToArray());

            LightGcnModelParameters Train(int threads, int seed = 3) => ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
            {
                Objective = objective,
                EmbeddingDimension = 24,
                BatchSize = 2000,
                EpochCount = 2,
                BatchL2 = 1e-3f,
                Seed = seed,
                NumberOfThreads = threads,
            }).Fit(data).Model;
        }
    }

    /// <summary>Several epochs of the trainer against the formulas in double precision: samples, gradient, L2 and Adam.</summary>
    [Theory]
    [InlineData(0, PositiveSampling.ByInteraction, 0f, 0f)]
    [InlineData(2, PositiveSampling.ByInteraction, 0f, 1e-2f)]
    [InlineData(3, PositiveSampling.ByUser, 1e-3f, 0f)]
    public void Training_equals_the_double_oracle(int layers, PositiveSampling positives, float weightDecay, float batchL2)
    {
        BipartiteGraph graph = TestGraphs.Random(30, 20, 150, seed: 2);
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = 8,
            LayerCount = layers,
            PropagationPrecision = PropagationPrecision.Float32,
            Neighbourhood = null,
            Objective = new BprObjective(),
            Positives = positives,
            BatchSize = 32,
            EpochCount = 3,
            LearningRate = 0.01f,
            LearningRateDecay = LearningRateDecay.None,
            Initialization = EmbeddingInitialization.Normal(),
            WeightDecay = weightDecay,
            BatchL2 = batchL2,
            Seed = 9,
            NumberOfThreads = 2,
        };
        MLContext ml = new(1);
        LightGcnModelParameters model = ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, 30, 20, Pairs(graph))).Model;

        TrainingPlan plan = TestGraphs.Plan(graph, options, 9);
        double[][] e = OracleStart(plan, 50, 8);
        double[][] m = Oracle.Zeros(50, 8), v = Oracle.Zeros(50, 8);
        SampleSource source = new(graph, positives, NegativeSampling.Uniform, 9);
        int step = 0;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            for (int first = 0; first < graph.InteractionCount; first += 32)
            {
                int count = Math.Min(32, graph.InteractionCount - first);
                var samples = Enumerable.Range(0, count).Select(s => source.Draw(epoch * (long)graph.InteractionCount + first + s)).ToArray();
                double[][] gradient = Oracle.BprGradient(graph, e, plan.Settings.LayerWeights, samples, batchL2);
                AdamStep(e, gradient, m, v, ++step, 0.01f, weightDecay);
            }
        }
        for (int node = 0; node < 50; node++)
        {
            ReadOnlySpan<float> row = node < 30 ? model.BaseUserEmbeddings.Slice(node * 8, 8) : model.BaseItemEmbeddings.Slice((node - 30) * 8, 8);
            // Negatives move an item that nobody chose, and say nothing of it: it has no embedding in the end.
            bool hasEdges = node < 30 ? !graph.ItemsOf(node).IsEmpty : !graph.UsersOf(node - 30).IsEmpty;
            for (int k = 0; k < 8; k++)
                Assert.Equal(hasEdges ? e[node][k] : 0, row[k], 1e-4);
        }
        double[][] final = Oracle.Propagate(graph, e, plan.Settings.LayerWeights);
        Assert.Equal(Oracle.Dot(final[4], final[33]), model.Score(4, 3), 1e-4);
    }

    /// <summary>Matrix factorization written down by itself: no graph, no propagation.</summary>
    [Fact]
    public void Zero_layers_is_matrix_factorization_with_BPR()
    {
        BipartiteGraph graph = TestGraphs.Random(30, 20, 150, seed: 2);
        LightGcnTrainer.Options options = LightGcnTrainer.Options.MatrixFactorization();
        (options.EmbeddingDimension, options.BatchSize, options.StepsPerEpoch, options.EpochCount) = (8, 16, 20, 1);
        (options.LearningRate, options.BatchL2, options.Seed, options.NumberOfThreads) = (0.01f, 0, 5, 1);
        MLContext ml = new(1);
        LightGcnModelParameters model = ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, 30, 20, Pairs(graph))).Model;
        Assert.Equal(model.BaseUserEmbeddings.ToArray(), model.UserEmbeddings.ToArray());
        Assert.Equal([1f], model.LayerWeights);

        double[][] e = OracleStart(TestGraphs.Plan(graph, options, 5), 50, 8);
        double[][] m = Oracle.Zeros(50, 8), v = Oracle.Zeros(50, 8);
        SampleSource source = new(graph, PositiveSampling.ByInteraction, NegativeSampling.Uniform, 5);
        for (int step = 0; step < 20; step++)
        {
            double[][] gradient = Oracle.Zeros(50, 8);
            for (int s = 0; s < 16; s++)
            {
                (int u, int positive, int negative) = source.Draw(step * 16 + s);
                (int p, int n) = (30 + positive, 30 + negative);
                double slope = -1 / (1 + Math.Exp(Oracle.Dot(e[u], e[p]) - Oracle.Dot(e[u], e[n]))) / 16;
                for (int k = 0; k < 8; k++)
                {
                    gradient[u][k] += slope * (e[p][k] - e[n][k]);
                    gradient[p][k] += slope * e[u][k];
                    gradient[n][k] -= slope * e[u][k];
                }
            }
            AdamStep(e, gradient, m, v, step + 1, 0.01f, 0);
        }
        for (int node = 0; node < 50; node++)
        {
            ReadOnlySpan<float> row = node < 30 ? model.UserEmbeddings.Slice(node * 8, 8) : model.ItemEmbeddings.Slice((node - 30) * 8, 8);
            // Negatives move an item that nobody chose, and say nothing of it: it has no embedding in the end.
            bool hasEdges = node < 30 ? !graph.ItemsOf(node).IsEmpty : !graph.UsersOf(node - 30).IsEmpty;
            for (int k = 0; k < 8; k++)
                Assert.Equal(hasEdges ? e[node][k] : 0, row[k], 1e-4);
        }
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(0.5f, 0f)]
    [InlineData(1f, 0f)]
    [InlineData(1f, 3f)]
    [InlineData(0.4f, 2f)]
    public void Items_score_with_the_given_power_of_their_length_and_less_where_they_have_few_interactions(float exponent, float shrinkage)
    {
        BipartiteGraph graph = TestGraphs.Random(30, 20, 150, seed: 2);
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = 8,
            Seed = 5,
            Neighbourhood = null,
            Objective = new SampledSoftmaxObjective { NegativeCount = 16, LengthExponent = exponent, Shrinkage = shrinkage },
        };
        MLContext ml = new(1);
        LightGcnModelParameters model = ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, 30, 20, Pairs(graph))).Model;
        double[][] learned = [.. Enumerable.Range(0, 50).Select(node => (node < 30 ? model.BaseUserEmbeddings.Slice(node * 8, 8) : model.BaseItemEmbeddings.Slice((node - 30) * 8, 8)).ToArray().Select(x => (double)x).ToArray())];
        double[][] final = Oracle.Propagate(graph, learned, [.. model.LayerWeights]);
        for (int user = 0; user < 30; user++)
        {
            for (int item = 0; item < 20; item++)
            {
                bool isKnown = !graph.ItemsOf(user).IsEmpty && !graph.UsersOf(item).IsEmpty;
                double expected = Oracle.Reliability(graph.UsersOf(item).Length, shrinkage) * Oracle.Dot(final[user], Oracle.WithLength(final[30 + item], exponent));
                Assert.Equal(isKnown ? expected : double.NaN, model.Score(user, item), 1e-4);
            }
        }
    }

    [Fact]
    public void Training_finds_planted_tastes_and_reports_every_epoch()
    {
        MLContext ml = new(1);
        List<(ChannelMessageKind Kind, string Message)> log = [];
        ml.Log += (_, e) => log.Add((e.Kind, e.RawMessage));
        Taste data = Taste.Create(ml);
        List<TrainingEpoch> epochs = [];
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Progress = new Reports(epochs);
        options.ValidationUserCount = 50;
        LightGcnTransformer fitted = ml.Ranking.Trainers.LightGcn(options).Fit(data.Train, data.Validation);

        Assert.Equal(Enumerable.Range(1, 8), epochs.Select(epoch => epoch.Epoch));
        Assert.All(epochs, epoch => Assert.Equal((8, 480, 50), (epoch.EpochCount, epoch.SampleCount, epoch.Validation!.UserCount)));
        Assert.True(epochs[^1].Loss < 0.8 * epochs[0].Loss, $"loss {epochs[0].Loss} to {epochs[^1].Loss}");
        Assert.All(epochs, epoch => Assert.True(epoch.SamplesPerSecond > 0));
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(fitted, data.Validation, data.Train);
        // By chance a user's item is among the first ten of 32 for 31 %; within the group alone, always.
        Assert.InRange(metrics[RankingMetric.HitRate, 10], 0.6, 1);
        foreach (TrainingEpoch epoch in epochs)
            Assert.Contains(log, line => line.Kind == ChannelMessageKind.Info && line.Message.Contains($"Epoch {epoch.Epoch} of 8: loss", StringComparison.Ordinal) && line.Message.Contains("samples/s", StringComparison.Ordinal));
    }

    [Fact]
    public void The_best_epoch_by_validation_is_kept_and_patience_stops_early()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        List<TrainingEpoch> epochs = [];
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Progress = new Reports(epochs);
        (options.EpochCount, options.Patience, options.LearningRate) = (200, 4, 0.05f);
        LightGcnTransformer fitted = ml.Ranking.Trainers.LightGcn(options).Fit(data.Train, data.Validation);

        TrainingEpoch best = epochs.MaxBy(epoch => epoch.Validation![RankingMetric.Ndcg, 10])!;
        Assert.Equal(best, epochs.Last(epoch => epoch.IsBest));
        Assert.Equal(best.Epoch + 4, epochs.Count);
        Assert.InRange(epochs.Count, 5, 199);
        Assert.Equal(best.Validation!.PerUser(RankingMetric.Ndcg, 10), ml.Ranking.EvaluateTopN(fitted, data.Validation, data.Train).PerUser(RankingMetric.Ndcg, 10));
    }

    [Fact]
    public void Training_continues_from_a_model_by_key_value()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        LightGcnModelParameters before = ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data.Train).Model;

        // Another vocabulary: other order, some users gone, a new user and a new item.
        Taste.Interaction[] rows = [.. ml.Data.CreateEnumerable<Taste.Interaction>(data.TrainRows, reuseRowObject: false).Reverse().Where(row => row.UserId != "u7"),
            new() { UserId = "new user", ItemId = "i3" }, new() { UserId = "u1", ItemId = "new item" }];
        IDataView raw = ml.Data.LoadFromEnumerable(rows);
        IDataView next = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(raw).Transform(raw);
        LightGcnTrainer.Options still = Taste.QuickOptions();
        // A step of no length leaves every embedding where training starts from.
        (still.EpochCount, still.StepsPerEpoch, still.LearningRate) = (1, 1, 1e-30f);
        LightGcnModelParameters after = ml.Ranking.Trainers.LightGcn(still).Fit(next, before).Model;

        string[] users = [.. after.Users.Names!.Select(v => v.ToString())], old = [.. before.Users.Names!.Select(v => v.ToString())];
        Assert.NotEqual(old.Take(20), users.Take(20));
        int fresh = 0;
        for (int user = 0; user < users.Length; user++)
        {
            float[] row = after.BaseUserEmbeddings.Slice(user * 16, 16).ToArray();
            int match = Array.IndexOf(old, users[user]);
            if (match >= 0)
                Assert.Equal(before.BaseUserEmbeddings.Slice(match * 16, 16).ToArray(), row);
            else
                fresh += row.Any(x => x != 0) ? 1 : 0;
        }
        Assert.Equal(1, fresh);
        int item = Array.FindIndex(after.Items.Names!.ToArray(), v => v.ToString() == "i5"), oldItem = Array.FindIndex(before.Items.Names!.ToArray(), v => v.ToString() == "i5");
        Assert.Equal(before.BaseItemEmbeddings.Slice(oldItem * 16, 16).ToArray(), after.BaseItemEmbeddings.Slice(item * 16, 16).ToArray());

        // And with validation, from a model that went through a file.
        using MemoryStream stream = new();
        ml.Model.Save(ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data.Train), data.Train.Schema, stream);
        stream.Position = 0;
        LightGcnTransformer loaded = ml.Model.GetLightGcn(ml.Model.Load(stream, out _));
        LightGcnModelParameters again = ml.Ranking.Trainers.LightGcn(still).Fit(data.Train, data.Validation, loaded.Model).Model;
        Assert.Equal(before.BaseUserEmbeddings.ToArray(), again.BaseUserEmbeddings.ToArray());
    }

    [Fact]
    public void A_model_to_continue_from_must_fit()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        LightGcnModelParameters model = ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data.Train).Model;
        LightGcnTrainer.Options other = Taste.QuickOptions();
        other.EmbeddingDimension = 8;
        ArgumentException dimension = Assert.Throws<ArgumentException>(() => ml.Ranking.Trainers.LightGcn(other).Fit(data.Train, model));
        Assert.Contains("Option EmbeddingDimension: expected 16", dimension.Message, StringComparison.Ordinal);
        ArgumentException keys = Assert.Throws<ArgumentException>(() => ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(KeyRows.Create(ml, 3, 3, [(0, 0), (1, 1)]), model));
        Assert.Contains("found keys without key values", keys.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_keys_and_duplicates_are_counted_in_the_log()
    {
        MLContext ml = new(1);
        List<string> log = [];
        ml.Log += (_, e) => log.Add(e.RawMessage);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.EpochCount = 1;
        ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, 3, 3, [(0, 0), (1, 1), (-1, 1), (1, -1), (1, 1), (2, 2)]));
        Assert.Contains("Skipped 2 of 6 rows: user or item missing.", log);
        Assert.Contains("Merged 1 duplicate interactions.", log);
    }

    [Fact]
    public void Too_little_data_and_too_large_tables_are_errors()
    {
        MLContext ml = new(1);
        Assert.Contains("0 interactions of 0 users", Fit(KeyRows.Create(ml, 3, 3, [(-1, 0)])).Message, StringComparison.Ordinal);
        Assert.Contains("2 interactions of 1 user in columns 'User' and 'Item'", Fit(KeyRows.Create(ml, 3, 3, [(2, 0), (2, 1)])).Message, StringComparison.Ordinal);
        Assert.Contains("a table holds at most", Fit(KeyRows.Create(ml, 2_000_000_000, 3, [(2, 0), (1, 1)])).Message, StringComparison.Ordinal);
        IDataView train = KeyRows.Create(ml, 3, 3, [(0, 0), (1, 1)]);
        ArgumentException seen = Assert.Throws<ArgumentException>(() => ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(train, train));
        Assert.Contains("of 2 rows, 0 of unknown users, 0 of unknown items, 2 among the seen ones", seen.Message, StringComparison.Ordinal);

        ArgumentException Fit(IDataView data) => Assert.Throws<ArgumentException>(() => ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data));
    }

    [Fact]
    public void Cancellation_ends_training()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        using CancellationTokenSource source = new();
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.CancellationToken = source.Token;
        options.Progress = new Callback(epoch =>
        {
            if (epoch.Epoch == 2)
                source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => ml.Ranking.Trainers.LightGcn(options).Fit(data.Train));
    }

    [Fact]
    public void Without_a_seed_the_context_gives_one()
    {
        Assert.Equal(Train(new MLContext(5)), Train(new MLContext(5)));
        Assert.NotEqual(Train(new MLContext(5)), Train(new MLContext(6)));

        static float[] Train(MLContext ml)
        {
            LightGcnTrainer.Options options = Taste.QuickOptions();
            (options.Seed, options.EpochCount) = (null, 1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, 3, 3, [(0, 0), (1, 1), (2, 2)])).Model.UserEmbeddings.ToArray();
        }
    }

    private static double[][] OracleStart(TrainingPlan plan, int nodes, int dimension)
    {
        double[][] e = Oracle.Zeros(nodes, dimension);
        Matrix rows = InitialEmbeddings.Create(plan, default);
        for (int node = 0; node < nodes; node++)
            e[node] = [.. rows.Row(node).ToArray().Select(x => (double)x)];
        return e;
    }

    private static void AdamStep(double[][] e, double[][] gradient, double[][] m, double[][] v, int step, double rate, double decay)
    {
        for (int n = 0; n < e.Length; n++)
        {
            for (int k = 0; k < e[n].Length; k++)
            {
                double g = gradient[n][k] + decay * e[n][k];
                m[n][k] = 0.9 * m[n][k] + 0.1 * g;
                v[n][k] = 0.999 * v[n][k] + 0.001 * g * g;
                e[n][k] -= rate * (m[n][k] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[n][k] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }
    }

    private static IEnumerable<(int User, int Item)> Pairs(BipartiteGraph graph)
    {
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int item in graph.ItemsOf(user).ToArray())
                yield return (user, item);
        }
    }

    private sealed class Reports(List<TrainingEpoch> epochs) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => epochs.Add(value);
    }

    private sealed class Callback(Action<TrainingEpoch> action) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => action(value);
    }
}
