using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>The engine in groups of threads: the bits of the plain engine, whatever the number of processes.</summary>
public sealed class MpiEngineTests
{
    private static readonly Random s_random = new(7);
    private static readonly Pair[] s_pairs = [.. Enumerable.Range(0, 5000).Select(_ => (User: s_random.Next(300), Item: s_random.Next(30)))
        .Distinct().Select(pair => new Pair { User = (uint)pair.User, Item = (uint)(pair.Item * 4 + pair.User % 4), Stars = 1 + (pair.User + pair.Item) % 5 })];

    public static TheoryData<string, int> Cases
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string objective in (string[])["softmax", "softmax-l2", "bpr", "bpr-l2", "relations", "weights", "three-layers", "no-layers", "float32", "no-neighbourhood"])
                cases.Add(objective, 40);
            // As many components as fill no line, one line, and more lines than processes.
            cases.Add("softmax", 5);
            cases.Add("softmax", 16);
            cases.Add("bpr", 21);
            cases.Add("softmax", 112);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_model_has_the_bits_of_the_plain_engine(string objective, int dimension)
    {
        string expected = Hash(Fit(null, objective, dimension));
        foreach (int count in (int[])[1, 2, 3, 5])
            Assert.All(ThreadProcesses.RunAll(count, group => Hash(Fit(group, objective, dimension))), found => Assert.Equal(expected, found));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_model_file_is_the_one_that_the_plain_engines_model_is_saved_as(string objective, int dimension)
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName, path = Path.Combine(folder, "new", "model.safetensors");
        try
        {
            LightGcnTransformer plain = Fit(null, objective, dimension);
            string expected = Hash(plain), saved = Path.Combine(folder, "plain.safetensors");
            new MLContext(1).Model.SaveRecommendationModel(plain, saved);
            foreach (int count in (int[])[1, 2, 3, 5])
            {
                Assert.All(ThreadProcesses.RunAll(count, group => Hash(Fit(group, objective, dimension, file: path))), found => Assert.Equal(expected, found));
                Assert.Equal(File.ReadAllBytes(saved), File.ReadAllBytes(path));
                Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_fails_while_the_model_is_written_fails_in_all_and_leaves_the_file_that_was_there()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName, path = Path.Combine(folder, "model.safetensors");
        try
        {
            File.WriteAllText(path, "what was there");
            // A folder of the file's name is found out before training.
            string taken = Directory.CreateDirectory(Path.Combine(folder, "taken")).FullName;
            AssertFirstFails<IOException>(ThreadProcesses.Run(3, group => Fit(group, "softmax", 24, file: taken)), "found a folder");
            // Ids that no file takes: found out by process 0 alone, when the others wait for rows.
            AssertFirstFails<NotSupportedException>(ThreadProcesses.Run(3, group =>
            {
                MLContext ml = new(1);
                LightGcnTrainer.Options options = Options(group, "softmax", 24, path);
                options.UserColumnName = new string('u', 101_000_000);
                SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
                schema["User"].ColumnType = new KeyDataViewType(typeof(uint), 300);
                schema["User"].ColumnName = options.UserColumnName;
                schema["Item"].ColumnType = new KeyDataViewType(typeof(uint), 120);
                return ml.Ranking.Trainers.LightGcn(options).Fit(ml.Data.LoadFromEnumerable(s_pairs, schema));
            }), "The metadata take");
            // Embeddings too small to be scored: all processes find out by the same rows.
            (LightGcnTransformer? Result, Exception? Error)[] outcomes = ThreadProcesses.Run(3, group =>
            {
                MLContext ml = new(1);
                LightGcnTrainer.Options options = Options(group, "softmax", 24, path);
                (options.Initialization, options.LayerWeights, options.LearningRate) = (EmbeddingInitialization.Normal(1e-6f), [1e-3f, 0, 0], 1e-9f);
                options.Objective = new SampledSoftmaxObjective { NegativeCount = 16, LengthExponent = 4, Shrinkage = 1e6f };
                return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs));
            });
            Assert.All(outcomes, outcome => Assert.Contains("Training gave nothing", Assert.IsType<InvalidOperationException>(outcome.Error).Message, StringComparison.Ordinal));
            Assert.Equal("what was there", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("softmax")]
    [InlineData("weights")]
    public void Shares_of_the_rows_give_the_model_of_all_rows(string objective)
    {
        string expected = Hash(Fit(null, objective, 20));
        foreach (int count in (int[])[2, 4])
        {
            // Shares that overlap, so that no weight may be counted twice where there are weights.
            string[] found = ThreadProcesses.RunAll(count, group => Hash(Fit(
                group, objective, 20, rows: s_pairs.Where((_, n) => n % count == group.Rank || (objective != "weights" && n % 7 == 0)))));
            Assert.All(found, hash => Assert.Equal(expected, hash));
        }
    }

    [Fact]
    public void Validation_keeps_the_same_epoch_and_stops_at_the_same()
    {
        (string Hash, double[] Metrics) expected = Validated(null, null);
        Assert.InRange(expected.Metrics.Length, 3, 11);
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        foreach ((int count, string? file) in ((int, string?)[])[(2, null), (3, null), (1, Path.Combine(folder, "1")), (3, Path.Combine(folder, "3"))])
        {
            (string Hash, double[] Metrics)[] found = ThreadProcesses.RunAll(count, group => Validated(group, file));
            Assert.All(found, run => Assert.Equal(expected.Hash, run.Hash));
            Assert.Equal(expected.Metrics, found[0].Metrics);
            // Only the first reports.
            Assert.All(found.Skip(1), run => Assert.Empty(run.Metrics));
        }
        Directory.Delete(folder, recursive: true);

        static (string, double[]) Validated(ProcessGroup? group, string? file)
        {
            List<TrainingEpoch> epochs = [];
            LightGcnTrainer.Options options = Options(group, "softmax", 24, file);
            (options.EpochCount, options.LearningRate, options.Patience, options.Progress) = (12, 0.3f, 2, new Listener(epochs));
            MLContext ml = new(1);
            IDataView train = View(ml, s_pairs.Where((_, n) => n % 10 > 0)), validation = View(ml, s_pairs.Where((_, n) => n % 10 == 0));
            return (Hash(ml.Ranking.Trainers.LightGcn(options).Fit(train, validation)), [.. epochs.Select(epoch => epoch.Validation![RankingMetric.Ndcg, 10])]);
        }
    }

    [Fact]
    public void A_checkpoint_resumes_with_another_number_of_processes_to_the_same_bits()
    {
        string expected = Hash(Fit(null, "softmax", 24));
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        try
        {
            // Cancelled after the first epoch, in process 0 alone.
            (string? Result, Exception? Error)[] stopped = ThreadProcesses.Run(3, group => Hash(Fit(group, "softmax", 24, folder, group.Rank == 0 ? 1 : null)));
            Assert.All(stopped, outcome => Assert.IsAssignableFrom<OperationCanceledException>(outcome.Error));
            Assert.NotEmpty(Directory.GetFiles(folder, "*.lightgcn"));
            Assert.All(ThreadProcesses.RunAll(2, group => Hash(Fit(group, "softmax", 24, folder))), found => Assert.Equal(expected, found));
            // Ended, it gives the model at once, in a file too: here in four processes, and in one, of the plain engine.
            string file = Path.Combine(folder, "model.safetensors");
            Assert.All(ThreadProcesses.RunAll(4, group => Hash(Fit(group, "softmax", 24, folder, file: file))), found => Assert.Equal(expected, found));
            Assert.Equal(expected, Hash(Fit(null, "softmax", 24, folder)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_differs_is_named_in_every_process()
    {
        AssertAllFail<InvalidOperationException>(ThreadProcesses.Run(2, group =>
        {
            LightGcnTrainer.Options options = Options(group, "softmax", 24);
            options.EpochCount = 2 + group.Rank;
            MLContext ml = new(1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs));
        }), "option EpochCount is 2 in process 0 and 3 in process 1");
        AssertAllFail<InvalidOperationException>(ThreadProcesses.Run(3, group =>
        {
            LightGcnTrainer.Options options = Options(group, "softmax", 24);
            options.Seed = group.Rank == 2 ? 8 : 5;
            MLContext ml = new(1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs));
        }), "seed is 5 in process 0 and 8 in process 2");
        AssertAllFail<InvalidOperationException>(ThreadProcesses.Run(2, group =>
        {
            MLContext ml = new(1);
            return ml.Ranking.Trainers.LightGcn(Options(group, "softmax", 24)).Fit(View(ml, s_pairs, items: 120 + group.Rank));
        }), "process 0 has 120 item keys with no values, process 1 has 121 item keys with no values");
        // Key maps of as many ids, in another order.
        AssertAllFail<InvalidOperationException>(ThreadProcesses.Run(2, group =>
        {
            MLContext ml = new(1);
            IDataView rows = ml.Data.LoadFromEnumerable((group.Rank == 0 ? s_pairs : s_pairs.Reverse()).Select(pair => new Named { User = $"u{pair.User}", Item = $"i{pair.Item}" }));
            IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User").Append(ml.Transforms.Conversion.MapValueToKey("Item")).Fit(rows).Transform(rows);
            return ml.Ranking.Trainers.LightGcn(Options(group, "softmax", 24)).Fit(keyed);
        }), "Fit the key map on all ids");
        AssertAllFail<InvalidOperationException>(ThreadProcesses.Run(2, group =>
        {
            MLContext ml = new(1);
            IDataView validation = View(ml, s_pairs.Where((_, n) => n % 10 == group.Rank));
            return ml.Ranking.Trainers.LightGcn(Options(group, "softmax", 24)).Fit(View(ml, s_pairs.Where((_, n) => n % 10 > 1)), validation);
        }), "validation data is ");
        AssertAllFail<ArgumentOutOfRangeException>(ThreadProcesses.Run(4, group => Fit(group, "softmax", 3)), "Option EmbeddingDimension: expected at least 4");
    }

    [Fact]
    public void What_no_array_holds_is_refused_before_it_is_made()
    {
        // A table of 21 million rows of 128 components is more than an array holds, and half of its columns are not.
        AssertAllFail<ArgumentException>(ThreadProcesses.Run(2, group => Keyed(group, null, users: 20_000_000, items: 1_000_000)),
            "21,000,000 users, items and attributes of 128 components take 2,688,000,000 numbers; a table holds at most 2,147,483,559. Choose a smaller EmbeddingDimension, or set MpiEngine.ModelFile.");
        AssertAllFail<ArgumentException>(ThreadProcesses.Run(2, group => Keyed(group, "model", users: 40_000_000, items: 1_000_000)),
            "41,000,000 users, items and attributes of 128 components, of which a process has 64, take 2,624,000,000 numbers; a table holds at most 2,147,483,559. Choose a smaller EmbeddingDimension, or more processes.");
        AssertAllFail<ArgumentException>(ThreadProcesses.Run(2, group => Keyed(group, "model", users: 300, items: 17_000_000)),
            "17,000,000 items or attributes of 128 components take 2,176,000,000 numbers; a model has at most");

        static LightGcnTransformer Keyed(ProcessGroup group, string? file, int users, int items)
        {
            MLContext ml = new(1);
            SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
            schema["User"].ColumnType = new KeyDataViewType(typeof(uint), users);
            schema["Item"].ColumnType = new KeyDataViewType(typeof(uint), items);
            IDataView view = ml.Data.LoadFromEnumerable(s_pairs, schema);
            return ml.Ranking.Trainers.LightGcn(Options(group, "softmax", 128, file is null ? null : Path.Combine(Path.GetTempPath(), file))).Fit(view);
        }
    }

    [Fact]
    public void What_fails_in_one_process_fails_in_all()
    {
        (LightGcnTransformer? Result, Exception? Error)[] outcomes = ThreadProcesses.Run(3, group => Fit(
            group, "softmax", 24, rows: s_pairs.Select((pair, n) => group.Rank == 1 && n == 100 ? throw new InvalidDataException("row 100 is damaged") : pair)));
        Assert.Contains("row 100 is damaged", outcomes[1].Error!.ToString(), StringComparison.Ordinal);
        Assert.All((int[])[0, 2], rank =>
        {
            InvalidOperationException error = Assert.IsType<InvalidOperationException>(outcomes[rank].Error);
            Assert.StartsWith("Process 1 of 3 failed, and this one ends with it.", error.Message, StringComparison.Ordinal);
            Assert.Contains("row 100 is damaged", error.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void What_fails_between_epochs_fails_in_all()
    {
        // A program's own code, in process 0 alone.
        AssertFirstFails<NotSupportedException>(ThreadProcesses.Run(3, group =>
        {
            LightGcnTrainer.Options options = Options(group, "softmax", 24);
            options.Progress = new Teller(_ => throw new NotSupportedException("told too much"));
            MLContext ml = new(1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs));
        }), "told too much");

        // A checkpoint whose folder has gone.
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        AssertFirstFails<IOException>(ThreadProcesses.Run(3, group =>
        {
            LightGcnTrainer.Options options = Options(group, "softmax", 24);
            (options.Checkpoints, options.EpochCount) = (new TrainingCheckpoints(folder), 3);
            options.Progress = new Teller(_ =>
            {
                if (!Directory.Exists(folder))
                    return;
                // Nothing can be written where a file has the folder's name.
                Directory.Delete(folder, recursive: true);
                File.WriteAllText(folder, "");
            });
            MLContext ml = new(1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs));
        }), Path.GetFileName(folder));
        File.Delete(folder);
    }

    [Fact]
    public void Intervals_of_checkpoints_and_threads_may_differ()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
        try
        {
            string expected = Hash(Fit(null, "softmax", 24)), other = Directory.CreateTempSubdirectory("lightgcn-mpi").FullName;
            string[] found = ThreadProcesses.RunAll(2, group =>
            {
                LightGcnTrainer.Options options = Options(group, "softmax", 24);
                options.Checkpoints = new TrainingCheckpoints(group.IsFirst ? folder : other) { EpochInterval = 1 + group.Rank };
                options.NumberOfThreads = group.IsFirst ? 2 : null;
                MLContext ml = new(1);
                return Hash(ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs)));
            });
            Assert.Equal([expected, expected], found);
            Assert.Equal(2, Directory.GetFiles(folder, "*.lightgcn").Length);
            Assert.Empty(Directory.GetFiles(other));
            Directory.Delete(other, recursive: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_evaluation_that_is_cancelled_in_one_process_is_cancelled_in_all()
    {
        LightGcnTransformer model = Fit(null, "softmax", 24, rows: s_pairs.Where((_, n) => n % 10 > 0));
        (TopNMetrics? Result, Exception? Error)[] outcomes = ThreadProcesses.Run(3, group =>
        {
            MLContext ml = new(1);
            TopNEvaluationOptions options = new() { Processes = group, NumberOfThreads = 1, CancellationToken = new CancellationToken(canceled: group.Rank == 1) };
            return ml.Ranking.EvaluateTopN(model, View(ml, s_pairs.Where((_, n) => n % 10 == 0)), View(ml, s_pairs.Where((_, n) => n % 10 > 0)), options);
        });
        Assert.All(outcomes, outcome => Assert.IsAssignableFrom<OperationCanceledException>(outcome.Error));
        // Another model in one of them is no evaluation.
        LightGcnTransformer another = Fit(null, "bpr", 24);
        outcomes = ThreadProcesses.Run(2, group =>
        {
            MLContext ml = new(1);
            return ml.Ranking.EvaluateTopN(group.IsFirst ? model : another, View(ml, s_pairs), null, new TopNEvaluationOptions { Processes = group });
        });
        Assert.All(outcomes, outcome => Assert.Contains("model is SHA-256", Assert.IsType<InvalidOperationException>(outcome.Error).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_seed_that_nobody_gave_is_that_of_process_0()
    {
        string[] hashes = ThreadProcesses.RunAll(2, group =>
        {
            LightGcnTrainer.Options options = Options(group, "softmax", 24);
            options.Seed = null;
            MLContext ml = new();
            return Hash(ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, s_pairs)));
        });
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public void Training_goes_on_from_a_model()
    {
        LightGcnTransformer first = Fit(null, "softmax", 24);
        MLContext ml = new(1);
        string expected = Hash(ml.Ranking.Trainers.LightGcn(Options(null, "softmax", 24)).Fit(View(ml, s_pairs.Skip(500)), first.Model));
        string file = Path.Combine(Directory.CreateTempSubdirectory("lightgcn-mpi").FullName, "first.safetensors");
        ml.Model.SaveRecommendationModel(first, file);
        string[] found = ThreadProcesses.RunAll(3, group =>
        {
            MLContext own = new(1);
            LightGcnTransformer mapped = (LightGcnTransformer)own.Model.LoadRecommendationModel(file);
            LightGcnTransformer next = own.Ranking.Trainers.LightGcn(Options(group, "softmax", 24, Path.ChangeExtension(file, "next"))).Fit(View(own, s_pairs.Skip(500)), mapped.Model);
            return $"{Hash(own.Ranking.Trainers.LightGcn(Options(group, "softmax", 24)).Fit(View(own, s_pairs.Skip(500)), first.Model))} {Hash(next)}";
        });
        Assert.All(found, hashes => Assert.Equal($"{expected} {expected}", hashes));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public void Evaluation_and_lists_are_those_of_one_process()
    {
        LightGcnTransformer model = Fit(null, "softmax", 24, rows: s_pairs.Where((_, n) => n % 10 > 0));
        TopNMetrics expected = Evaluate(null);
        foreach (int count in (int[])[2, 3])
        {
            foreach (TopNMetrics found in ThreadProcesses.RunAll(count, Evaluate))
            {
                Assert.Equal(expected[RankingMetric.Ndcg, 10], found[RankingMetric.Ndcg, 10]);
                Assert.Equal(expected[RankingMetric.Recall, 20], found[RankingMetric.Recall, 20]);
                Assert.Equal(expected.Catalogue(10).Coverage, found.Catalogue(10).Coverage);
                Assert.Equal(expected.Catalogue(10).Novelty, found.Catalogue(10).Novelty);
            }
        }
        string alone = Directory.CreateTempSubdirectory("lightgcn-lists").FullName, together = Directory.CreateTempSubdirectory("lightgcn-lists").FullName;
        try
        {
            Write(null, alone);
            ThreadProcesses.RunAll(2, group => Write(group, together));
            Assert.Equal(Files(alone), Files(together));
            // Going on where all is there changes nothing.
            ThreadProcesses.RunAll(3, group => Write(group, together));
            Assert.Equal(Files(alone), Files(together));
        }
        finally
        {
            Directory.Delete(alone, recursive: true);
            Directory.Delete(together, recursive: true);
        }

        TopNMetrics Evaluate(ProcessGroup? group)
        {
            MLContext ml = new(1);
            return ml.Ranking.EvaluateTopN(model, View(ml, s_pairs.Where((_, n) => n % 10 == 0)), View(ml, s_pairs.Where((_, n) => n % 10 > 0)), new TopNEvaluationOptions { Processes = group, WithCatalogueMetrics = true, NumberOfThreads = 2 });
        }

        int Write(ProcessGroup? group, string folder)
        {
            new MLContext(1).Model.CreateRecommender(model).SaveRecommendationsAsCsvFiles(folder, new RecommendationOptions { Processes = group });
            return 0;
        }

        static (string Name, string Text)[] Files(string folder) =>
            [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllText(file)))];
    }

    private static void AssertAllFail<TException>((LightGcnTransformer? Result, Exception? Error)[] outcomes, string expected)
        where TException : Exception => Assert.All(outcomes, outcome =>
        {
            TException error = Assert.IsAssignableFrom<TException>(outcome.Error);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        });

    private static void AssertFirstFails<TException>((LightGcnTransformer? Result, Exception? Error)[] outcomes, string expected)
        where TException : Exception
    {
        Assert.Contains(expected, Assert.IsAssignableFrom<TException>(outcomes[0].Error).Message, StringComparison.Ordinal);
        Assert.All(outcomes.Skip(1), outcome =>
        {
            InvalidOperationException error = Assert.IsType<InvalidOperationException>(outcome.Error);
            Assert.StartsWith($"Process 0 of {outcomes.Length} failed", error.Message, StringComparison.Ordinal);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        });
    }

    private static LightGcnTransformer Fit(
        ProcessGroup? group, string objective, int dimension, string? checkpoints = null, int? stopAfter = null, IEnumerable<Pair>? rows = null,
        string? file = null)
    {
        MLContext ml = new(1);
        LightGcnTrainer.Options options = Options(group, objective, dimension, file);
        using CancellationTokenSource source = new();
        options.CancellationToken = source.Token;
        if (checkpoints is not null)
            options.Checkpoints = new TrainingCheckpoints(checkpoints);
        if (stopAfter is int epochs)
            options.Progress = new Stopper(epochs, source);
        if (objective == "relations")
            options.Relations = [GraphRelation.ItemAttribute("genres", ml.Data.LoadFromEnumerable(Enumerable.Range(0, 120).Select(item => new Genre { Item = (uint)item, Name = $"genre {item % 4}" })), "Item", "Name")];
        return ml.Ranking.Trainers.LightGcn(options).Fit(View(ml, rows ?? s_pairs));
    }

    private static LightGcnTrainer.Options Options(ProcessGroup? group, string objective, int dimension, string? file = null)
    {
        LightGcnTrainer.Options options = new()
        {
            Engine = group is null ? null : new MpiEngine(group) { ModelFile = file },
            EmbeddingDimension = dimension,
            EpochCount = 2,
            BatchSize = 700,
            NumberOfThreads = group is { Rank: 1 } ? 2 : 1,
            Seed = 5,
        };
        switch (objective)
        {
            case "softmax-l2":
                options.BatchL2 = 1e-2f;
                break;
            case "bpr" or "bpr-l2":
                (options.Objective, options.BatchL2) = (new BprObjective(), objective == "bpr" ? 0 : 1e-2f);
                break;
            case "weights":
                options.InteractionWeightColumnName = "Stars";
                break;
            case "three-layers":
                options.LayerCount = 3;
                break;
            case "no-layers":
                (options.LayerCount, options.Initialization) = (0, EmbeddingInitialization.Normal());
                break;
            case "float32":
                options.PropagationPrecision = PropagationPrecision.Float32;
                break;
            case "no-neighbourhood":
                options.Neighbourhood = null;
                break;
        }
        return options;
    }

    private static IDataView View(MLContext ml, IEnumerable<Pair> pairs, int items = 120)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
        schema["User"].ColumnType = new KeyDataViewType(typeof(uint), 300);
        schema["Item"].ColumnType = new KeyDataViewType(typeof(uint), items);
        return ml.Data.LoadFromEnumerable(pairs, schema);
    }

    private static string Hash(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(model.UserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.ItemEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseUserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseItemEmbeddings));
        float[] scores = new float[model.ItemCount];
        for (int user = 0; user < model.UserCount; user += 7)
        {
            model.ScoreItems([user], scores);
            hash.AppendData(MemoryMarshal.AsBytes(scores.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed class Pair
    {
        public uint User { get; set; }

        public uint Item { get; set; }

        public float Stars { get; set; }
    }

    private sealed class Named
    {
        public string User { get; set; } = "";

        public string Item { get; set; } = "";
    }

    private sealed class Genre
    {
        [KeyType(120)]
        public uint Item { get; set; }

        public string Name { get; set; } = "";
    }

    private sealed class Listener(List<TrainingEpoch> epochs) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => epochs.Add(value);
    }

    private sealed class Teller(Action<TrainingEpoch> tell) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => tell(value);
    }

    private sealed class Stopper(int epochs, CancellationTokenSource source) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value)
        {
            if (value.Epoch == epochs)
                source.Cancel();
        }
    }
}
