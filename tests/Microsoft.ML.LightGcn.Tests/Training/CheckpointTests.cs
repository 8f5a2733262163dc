using System.Security.Cryptography;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Evaluation;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("checkpoints").FullName, "run");
    private readonly MLContext _ml = new(1);
    private readonly List<string> _log = [];
    private readonly Taste _data;

    public CheckpointTests()
    {
        _ml.Log += (_, e) => _log.Add(e.RawMessage);
        _data = Taste.Create(_ml);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void A_cancelled_run_leaves_a_checkpoint_and_resumes_to_the_same_bits()
    {
        float[] expected = Bits(Fit(Options(null)));
        List<int> epochs = [];
        int cancelled = 0;
        Random random = new(5);
        LightGcnModelParameters? model = null;
        while (model is null)
        {
            using CancellationTokenSource source = new();
            LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder) { EpochInterval = null });
            options.CancellationToken = source.Token;
            options.NumberOfThreads = 1 + cancelled % 3;
            int more = random.Next(1, 3);
            options.Progress = new Callback(epoch =>
            {
                epochs.Add(epoch.Epoch);
                if (--more == 0)
                    source.Cancel();
            });
            try
            {
                model = Fit(options);
            }
            catch (OperationCanceledException error)
            {
                Assert.Equal(source.Token, error.CancellationToken);
                cancelled++;
                Assert.InRange(Directory.GetFiles(_folder).Length, 1, 2);
            }
        }
        Assert.InRange(cancelled, 3, 8);
        Assert.Equal(Enumerable.Range(1, 8), epochs);
        Assert.Equal(expected, Bits(model));
        Assert.Contains(_log, line => line.StartsWith("Resuming from the checkpoint '", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_cancelled_before_its_first_step_or_by_a_clock_resumes_too()
    {
        LightGcnTrainer.Options options = Options(null);
        // Cancelled before training itself there is nothing to resume from.
        (options.EpochCount, options.StepsPerEpoch, options.Neighbourhood) = (2, 400, null);
        float[] expected = Bits(Fit(options));
        options.Checkpoints = new TrainingCheckpoints(_folder) { EpochInterval = null };
        LightGcnModelParameters? model = null;
        for (int wait = 0; model is null; wait += 5)
        {
            using CancellationTokenSource source = new();
            if (wait == 0)
                source.Cancel();
            source.CancelAfter(wait);
            options.CancellationToken = source.Token;
            try
            {
                model = Fit(options);
            }
            catch (OperationCanceledException)
            {
                Assert.NotEmpty(Directory.GetFiles(_folder));
            }
        }
        Assert.Equal(expected, Bits(model));
    }

    [Fact]
    public void Patience_and_the_best_epoch_survive()
    {
        LightGcnTrainer.Options options = Options(null);
        (options.EpochCount, options.Patience, options.LearningRate, options.Neighbourhood) = (200, 4, 0.005f, null);
        List<TrainingEpoch> whole = [], resumed = [];
        options.Progress = new Callback(whole.Add);
        float[] expected = Bits(Fit(options));
        Assert.InRange(whole.Count, 6, 199);

        // Stopped one epoch after the best one, and again after the end.
        options.Checkpoints = new TrainingCheckpoints(_folder);
        using (CancellationTokenSource source = new())
        {
            options.CancellationToken = source.Token;
            options.Progress = new Callback(epoch =>
            {
                resumed.Add(epoch);
                if (resumed.Count == whole.Count - 3)
                    source.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => Fit(options));
        }
        options.CancellationToken = default;
        Assert.Equal(expected, Bits(Fit(options)));
        Assert.Equal(whole.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.IsBest)), resumed.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.IsBest)));
        Assert.Equal(expected, Bits(Fit(options)));
        Assert.Equal(whole.Count, resumed.Count);
    }

    [Fact]
    public void Checkpoints_come_every_so_many_epochs_and_at_the_end_and_two_stay()
    {
        List<string[]> files = [];
        LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder) { EpochInterval = 3 });
        options.Progress = new Callback(_ => files.Add(Names()));
        Fit(options);
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2], files.Select(names => names.Length));
        Assert.Equal(["checkpoint-000002.lightgcn", "checkpoint-000003.lightgcn"], Names());
        Assert.Equal([6, 8], Names().Select(name =>
        {
            using CheckpointFile file = CheckpointFile.Open(Path.Combine(_folder, name));
            return file.Progress.Epoch;
        }));

        // What a killed process left half-written, and files that are none of ours.
        File.WriteAllText(Path.Combine(_folder, "checkpoint-000004.lightgcn.ab.tmp"), "half");
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "mine");
        File.Delete(Path.Combine(_folder, "checkpoint-000003.lightgcn"));
        Fit(Options(new TrainingCheckpoints(_folder)));
        Assert.Equal(["checkpoint-000003.lightgcn", "checkpoint-000004.lightgcn", "notes.txt"], Names());

        string[] Names() => Directory.Exists(_folder) ? [.. Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).Where(name => name != "training.lock").Order()] : [];
    }

    [Theory]
    [InlineData("cut", "expected * bytes, found *")]
    [InlineData("empty", "expected a checkpoint, which starts with 'LGCNCKPT', found 0 bytes of something else")]
    [InlineData("altered", "the checksum of the file is not the one stored in it: it was altered")]
    [InlineData("longer", "expected * bytes, found *")]
    public void A_damaged_checkpoint_is_refused_with_the_reason_and_the_one_before_it_is_used(string damage, string reason)
    {
        float[] expected = Bits(Fit(Options(new TrainingCheckpoints(_folder) { EpochInterval = 3 })));
        string[] files = [.. Directory.GetFiles(_folder).Order()];
        byte[] bytes = File.ReadAllBytes(files[1]);
        bytes = damage switch
        {
            "cut" => bytes[..^1000],
            "empty" => [],
            "longer" => [.. bytes, 0],
            _ => bytes,
        };
        if (damage == "altered")
            bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(files[1], bytes);
        List<int> epochs = [];
        LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder));
        options.Progress = new Callback(epoch => epochs.Add(epoch.Epoch));
        Assert.Equal(expected, Bits(Fit(options)));
        Assert.Equal([7, 8], epochs);
        string[] parts = reason.Split('*');
        string refusal = Assert.Single(_log, line => line.StartsWith("Refused the checkpoint", StringComparison.Ordinal));
        Assert.Contains($"'{files[1]}': {parts[0]}", refusal, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, refusal, StringComparison.Ordinal));
        // The damaged one has made room.
        Assert.All(Directory.GetFiles(_folder), path => CheckpointFile.Open(path).Dispose());
    }

    [Fact]
    public void When_all_checkpoints_are_damaged_training_starts_anew()
    {
        float[] expected = Bits(Fit(Options(new TrainingCheckpoints(_folder))));
        foreach (string path in Directory.GetFiles(_folder))
            File.WriteAllText(path, "not a checkpoint");
        Assert.Equal(expected, Bits(Fit(Options(new TrainingCheckpoints(_folder)))));
        Assert.Equal(2, _log.Count(line => line.StartsWith("Refused the checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_checkpoint_of_another_version_is_refused_and_left_alone()
    {
        Fit(Options(new TrainingCheckpoints(_folder)));
        foreach (string path in Directory.GetFiles(_folder))
        {
            byte[] bytes = File.ReadAllBytes(path);
            int format = bytes.AsSpan().IndexOf("\"Format\":2"u8);
            bytes[format + "\"Format\":".Length] = (byte)'1';
            SHA256.HashData(bytes.AsSpan(..^SHA256.HashSizeInBytes), bytes.AsSpan(^SHA256.HashSizeInBytes..));
            File.WriteAllBytes(path, bytes);
        }
        byte[][] before = [.. Directory.GetFiles(_folder).Order().Select(File.ReadAllBytes)];
        string message = Assert.Throws<InvalidOperationException>(() => Fit(Options(new TrainingCheckpoints(_folder)))).Message;
        Assert.Contains("expected format 2, found format 1", message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder).Order().Select(File.ReadAllBytes));
    }

    public static TheoryData<string, Action<LightGcnTrainer.Options>> OtherOptions() => new()
    {
        { "option LearningRate was 0.02 and is 0.03", o => o.LearningRate = 0.03f },
        { "option EpochCount was 8 and is 9", o => o.EpochCount = 9 },
        { "option LayerWeights was [0.25,0.25,0.25,0.25] and is [1,2,3,4]", o => o.LayerWeights = [1, 2, 3, 4] },
        { "option Patience was null and is 3", o => o.Patience = 3 },
        { "seed was 3 and is 4", o => o.Seed = 4 },
        { "option Objective was BprObjective {\"Negatives\":{\"PopularPoolSize\":0,\"PopularProbability\":0}} and is BprObjective {\"Negatives\":{\"PopularPoolSize\":5,\"PopularProbability\":0.5}}", o => o.Objective = new BprObjective { Negatives = NegativeSampling.PopularityBiased(5, 0.5) } },
        { "and is SampledSoftmaxObjective {\"Temperature\":0.3,", o => o.Objective = new SampledSoftmaxObjective { Temperature = 0.3f } },
        { "option Initialization was {\"StandardDeviation\":0.1,\"IterationCount\":null} and is {\"StandardDeviation\":0.2,\"IterationCount\":null}", o => o.Initialization = EmbeddingInitialization.Normal(0.2f) },
        { "engine was cpu and is other", o => o.Engine = new OtherEngine() },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(OtherOptions))]
    public void A_checkpoint_of_other_options_is_refused_by_name_and_left_alone(string difference, Action<LightGcnTrainer.Options> change)
    {
        Fit(Options(new TrainingCheckpoints(_folder)));
        byte[][] before = [.. Directory.GetFiles(_folder).Order().Select(File.ReadAllBytes)];
        LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder));
        change(options);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Fit(options));
        Assert.Contains("is of another run: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(difference, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(';', error.Message);
        Assert.Equal(before, Directory.GetFiles(_folder).Order().Select(File.ReadAllBytes));
    }

    [Fact]
    public void A_checkpoint_of_other_data_or_another_start_is_refused_by_name()
    {
        LightGcnTrainer trainer = _ml.Ranking.Trainers.LightGcn(Options(new TrainingCheckpoints(_folder)));
        LightGcnModelParameters model = trainer.Fit(_data.Train, _data.Validation).Model;
        Refused("training data was 480 interactions of 60 users and 40 items, SHA-256 ", () => trainer.Fit(_data.Validation, _data.Train));
        Refused("validation data was 60 interactions of 60 users, SHA-256 ", () => trainer.Fit(_data.Train, _ml.Data.TakeRows(_data.Validation, 50)));
        Refused("validation data was 60 interactions of 60 users, SHA-256 ", () => trainer.Fit(_data.Train));
        Refused("model to continue from was none and is 100 embeddings, SHA-256 ", () => trainer.Fit(_data.Train, _data.Validation, model));

        static void Refused(string difference, Func<LightGcnTransformer> fit) =>
            Assert.Contains(difference, Assert.Throws<InvalidOperationException>(fit).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_difference_to_the_result_may_change()
    {
        float[] expected = Bits(Fit(Options(new TrainingCheckpoints(_folder) { EpochInterval = 3 })));
        File.Delete(Directory.GetFiles(_folder).Order().Last());
        IDataView renamed = _ml.Transforms.CopyColumns("Reader", "User").Append(_ml.Transforms.CopyColumns("Book", "Item")).Append(_ml.Transforms.DropColumns("User", "Item")).Fit(_data.Train).Transform(_data.Train);
        IDataView renamedValidation = _ml.Transforms.CopyColumns("Reader", "User").Append(_ml.Transforms.CopyColumns("Book", "Item")).Fit(_data.Validation).Transform(_data.Validation);
        LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder) { TimeInterval = TimeSpan.FromMinutes(1) });
        (options.UserColumnName, options.ItemColumnName, options.NumberOfThreads) = ("Reader", "Book", 5);
        Assert.Equal(expected, Bits(_ml.Ranking.Trainers.LightGcn(options).Fit(renamed, renamedValidation).Model));
        Assert.Contains(_log, line => line.EndsWith("after 6 whole epochs.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_serves_one_training_at_a_time()
    {
        List<string> refusals = [];
        LightGcnTrainer.Options options = Options(new TrainingCheckpoints(_folder));
        options.Progress = new Callback(_ => refusals.Add(Assert.Throws<InvalidOperationException>(() => Fit(Options(new TrainingCheckpoints(_folder)))).Message));
        float[] expected = Bits(Fit(options));
        Assert.Equal(8, refusals.Count);
        Assert.All(refusals, message => Assert.Contains($"Option Checkpoints: expected a folder that no other training uses, found '{_folder}' in use", message, StringComparison.Ordinal));
        // Free again, also where a process that was killed left its file.
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        File.WriteAllText(Path.Combine(_folder, "training.lock"), "");
        Assert.Equal(expected, Bits(Fit(Options(new TrainingCheckpoints(_folder)))));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Why_a_folder_cannot_be_locked_is_said_as_it_is()
    {
        string path = Path.Combine(Directory.CreateDirectory(_folder).FullName, "file");
        using FileStream held = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Exception inUse = Assert.ThrowsAny<IOException>(() => new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        Assert.Contains("in use", Assert.IsType<InvalidOperationException>(CheckpointFolder.LockError(_folder, inUse)).Message, StringComparison.Ordinal);
        // Stand-ins: what .NET throws on Linux for a read-only and a full disk, and anywhere for a missing permission.
        const int readOnly = 30, full = 28;
        AssertSays<IOException>("Read-only file system", new IOException("Read-only file system : '/run/training.lock'", readOnly));
        AssertSays<IOException>("No space left on device", new IOException("No space left on device : '/run/training.lock'", full));
        AssertSays<UnauthorizedAccessException>("is denied", new UnauthorizedAccessException("Access to the path '/run/training.lock' is denied."));

        void AssertSays<T>(string reason, Exception cause)
            where T : Exception
        {
            Exception error = Assert.IsType<T>(CheckpointFolder.LockError(_folder, cause));
            Assert.Contains($"Option Checkpoints: expected a folder to write to, found '{_folder}'", error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("in use", error.Message, StringComparison.Ordinal);
            Assert.Same(cause, error.InnerException);
        }
    }

    [Fact]
    public void A_folder_that_may_not_be_written_is_not_said_to_be_in_use()
    {
        FileSystem.RequireModes();
        FileSystem.RequirePermissions();
        Directory.CreateDirectory(_folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string message = Assert.Throws<UnauthorizedAccessException>(() => Fit(Options(new TrainingCheckpoints(_folder)))).Message;
        Assert.Contains($"expected a folder to write to, found '{_folder}'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_refused_and_a_link_to_a_folder_stays_one()
    {
        string parent = Path.GetDirectoryName(_folder)!, file = Path.Combine(parent, "file"), target = Directory.CreateDirectory(Path.Combine(parent, "target")).FullName;
        File.WriteAllText(file, "mine");
        Assert.Contains($"found '{file}'", Assert.Throws<IOException>(() => Fit(Options(new TrainingCheckpoints(file)))).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));

        FileSystem.Link(_folder, target);
        float[] expected = Bits(Fit(Options(new TrainingCheckpoints(_folder))));
        Assert.Equal(expected, Bits(Fit(Options(new TrainingCheckpoints(_folder)))));
        Assert.Contains(_log, line => line.StartsWith("Resuming", StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(target).Length);
        Assert.Equal(target, new DirectoryInfo(_folder).LinkTarget);
        Directory.Delete(_folder);
    }

    /// <summary>Every public option is either compared, known to make no difference, or compared by what it reads.</summary>
    [Fact]
    public void Every_option_but_those_without_effect_is_in_the_fingerprint()
    {
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.Random(5, 5, 10, 1), new LightGcnTrainer.Options(), 7);
        string[] compared = [.. RunFingerprint.Of(plan, null, "cpu").Keys.Where(key => key.StartsWith("option ", StringComparison.Ordinal)).Select(key => key["option ".Length..])];
        string[] all = [.. typeof(LightGcnTrainer.Options).GetProperties().Where(property => !property.GetMethod!.IsStatic).Select(property => property.Name)];
        Assert.Equal(["CancellationToken", "Checkpoints", "Engine", "InteractionWeightColumnName", "ItemColumnName", "KeepHistory", "NumberOfThreads", "Progress", "Relations", "Seed", "UserColumnName"], all.Except(compared).Order());
    }

    [Fact]
    public void Time_cuts_an_epoch_into_parts_and_no_step_is_lost_or_done_twice()
    {
        BipartiteGraph graph = TestGraphs.Random(20, 20, 60, 1);
        TrainingPlan plan = TestGraphs.Plan(graph, new LightGcnTrainer.Options { EpochCount = 2, StepsPerEpoch = 40 }, 1);
        using CheckpointFolder checkpoints = new(new TrainingCheckpoints(_folder) { EpochInterval = null, TimeInterval = TimeSpan.FromMilliseconds(20) }, [], TrainingHost.None);
        SlowEngine engine = new();
        List<TrainingEpoch> epochs = [];
        new TrainingLoop(plan, null, epochs.Add, checkpoints).Run(engine);
        Assert.Equal(Enumerable.Range(0, 80).Select(step => (long)step), engine.Steps);
        Assert.Equal([19.5, 59.5], epochs.Select(epoch => epoch.Loss));
        // One at the end; the others within an epoch.
        Assert.InRange(engine.SaveCount, 2, 81);
    }

    [Fact]
    public void State_is_read_as_it_was_written_or_not_at_all()
    {
        using MemoryStream stream = new();
        TrainingStateWriter writer = new(stream);
        // More than one part.
        float[] numbers = [.. Enumerable.Range(0, TrainingStateWriter.PartLength + 5).Select(n => n * 0.5f)];
        writer.Write<float>("numbers", numbers);
        writer.Write("one", 7L);
        writer.Write<int>("none");
        stream.Position = 0;
        TrainingStateReader reader = new(stream, stream.Length);
        long[] one = new long[1];
        reader.Read<long>("one", one);
        Assert.Equal([7L], one);
        float[] read = new float[numbers.Length];
        reader.Read<float>("numbers", read);
        Assert.Equal(numbers, read);
        Assert.Equal((0, 1, numbers.Length), (reader.Count("none"), reader.Count("one"), reader.Count("numbers")));
        Assert.Contains("no 'two': it has numbers, one, none", Assert.Throws<InvalidDataException>(() => reader.Count("two")).Message, StringComparison.Ordinal);
        Assert.Contains("1 values of 8 bytes as 'one': expected 1 of 4 bytes", Assert.Throws<InvalidDataException>(() => reader.Read("one", new int[1].AsSpan())).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => reader.Read("one", new long[2].AsSpan()));
        Assert.Throws<InvalidDataException>(() => new TrainingStateReader(stream, stream.Length - 3));
    }

    private LightGcnModelParameters Fit(LightGcnTrainer.Options options) => _ml.Ranking.Trainers.LightGcn(options).Fit(_data.Train, _data.Validation).Model;

    private static LightGcnTrainer.Options Options(TrainingCheckpoints? checkpoints)
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.Objective, options.Initialization, options.LayerCount, options.Checkpoints) = (new BprObjective(), EmbeddingInitialization.Normal(0.1f), 3, checkpoints);
        return options;
    }

    private static float[] Bits(LightGcnModelParameters model) => [.. model.UserEmbeddings, .. model.ItemEmbeddings, .. model.BaseUserEmbeddings, .. model.BaseItemEmbeddings];

    private sealed class Callback(Action<TrainingEpoch> action) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => action(value);
    }

    private sealed class OtherEngine : TrainingEngine
    {
        public override string Name => "other";

        internal override PropagationPrecision AutomaticPrecision => CpuTrainingEngine.Precision;

        internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) => new CpuTrainingEngine().Start(plan, embeddings);
    }

    /// <summary>Takes a few milliseconds a step, whose loss is its number.</summary>
    private sealed class SlowEngine : TrainingEngine
    {
        public override string Name => "slow";

        public List<long> Steps { get; } = [];

        /// <summary>Number of times that the first rows of the moments were asked for: once a checkpoint.</summary>
        public int SaveCount { get; private set; }

        internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) => new Session(this, plan);

        private sealed class Session(SlowEngine engine, TrainingPlan plan) : ITrainingSession
        {
            public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
            {
                for (long ran = 0; ran < count; ran++)
                {
                    if (stop.IsCancellationRequested)
                        return ran;
                    engine.Steps.Add(first + ran);
                    lossSum += first + ran;
                    Thread.Sleep(3);
                }
                return count;
            }

            public IItemScorer Propagate(int[] users) => new TableScorer(new float[20, 20]);

            public void KeepBest()
            {
            }

            public void RestoreBest()
            {
            }

            public (NodeTable Base, NodeTable Final) Finish()
            {
                (NodeTable layer0, NodeTable final) = (new(plan.Layout, plan.Settings.EmbeddingDimension), new(plan.Layout.WithoutAttributes, plan.Settings.EmbeddingDimension));
                layer0.Values.Fill(1);
                final.Values.Fill(1);
                return (layer0, final);
            }

            public void FinishInPlace() => throw new InvalidOperationException("The engine writes no file.");

            public void ReadRows(TrainingTable table, int firstNode, Span<float> rows)
            {
                engine.SaveCount += table == TrainingTable.SecondMoment && firstNode == 0 ? 1 : 0;
                rows.Fill(1);
            }

            public void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows) => throw new InvalidOperationException("There is no checkpoint.");

            public void Dispose()
            {
            }
        }
    }
}
