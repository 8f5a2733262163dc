using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>The engine behind the trainer: equal to the CPU engine, honest about its device.</summary>
public sealed class TorchEngineTests
{
    public static TheoryData<string> Objectives => ["bpr", "bpr-popular", "softmax", "relations", "wider-than-the-graph"];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void The_same_seed_trains_as_on_the_cpu_engine(string objective)
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        AssertTrainsAsTheCpuEngine(objective, TorchEngine.Cpu());
    }

    [Theory]
    [MemberData(nameof(Objectives))]
    public void On_a_gpu_the_same_seed_trains_as_on_the_cpu_engine(string objective)
    {
        TorchDevices.GetOrSkip(DeviceType.CUDA);
        AssertTrainsAsTheCpuEngine(objective, TorchEngine.Cuda());
    }

    [Fact]
    public void The_code_of_the_page_names_the_engines()
    {
        LightGcnTrainer.Options options = new();
        // GPU: begin
        options.Engine = TorchEngine.Auto();    // the GPU that MLContext.GpuDeviceId names, else the first, else the CPU
        options.Engine = TorchEngine.Cuda(1);   // this GPU
        options.Engine = TorchEngine.Cpu();     // libtorch on the CPU, to test without a GPU
        // GPU: end
        Assert.Equal("torch-cpu", options.Engine.Name);
        Assert.Equal(["torch", "torch-cuda:1"], [TorchEngine.Auto().Name, TorchEngine.Cuda(1).Name]);
        ShownCode.AssertIn("docs/gpu.md", "../Microsoft.ML.LightGcn.TorchSharp.Tests/TorchEngineTests.cs", "GPU", parts: 1);
    }

    [Fact]
    public void Bfloat16_propagation_is_refused()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        MLContext ml = new(1);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.PropagationPrecision, options.Engine) = (PropagationPrecision.Bfloat16, TorchEngine.Cpu());
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => ml.Ranking.Trainers.LightGcn(options).Fit(Taste.Create(ml).Train));
        Assert.Contains("Option PropagationPrecision", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_engine_chooses_its_precision()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        MLContext ml = new(1);
        Taste taste = Taste.Create(ml);
        Assert.Equal(Fit(TorchEngine.Cpu(), PropagationPrecision.Float32), Fit(TorchEngine.Cpu(), null));
        Assert.Equal(Fit(null, PropagationPrecision.Bfloat16), Fit(null, null));
        Assert.NotEqual(Fit(null, PropagationPrecision.Float32), Fit(null, null));

        float[] Fit(TrainingEngine? engine, PropagationPrecision? precision)
        {
            LightGcnTrainer.Options options = Taste.QuickOptions();
            (options.Engine, options.PropagationPrecision, options.Seed, options.NumberOfThreads) = (engine, precision, 3, 1);
            return ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train).Model.UserEmbeddings.ToArray();
        }
    }

    [Fact]
    public void Presets_run_on_the_engine()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        Taste taste = Taste.Create(new MLContext(1));
        foreach (Func<LightGcnTrainer.Options> preset in (Func<LightGcnTrainer.Options>[])[LightGcnTrainer.Options.GoodBooksNotebook, LightGcnTrainer.Options.Paper, LightGcnTrainer.Options.MatrixFactorization])
        {
            (float[] expected, float[] found) = (Scores(null), Scores(TorchEngine.Cpu()));
            for (int row = 0; row < expected.Length; row++)
                Assert.Equal(expected[row], found[row], 1e-4);

            float[] Scores(TrainingEngine? engine)
            {
                MLContext ml = new(1);
                LightGcnTrainer.Options options = preset();
                (options.EpochCount, options.StepsPerEpoch, options.BatchSize, options.NumberOfThreads, options.Seed, options.Engine) = (1, 3, 128, 1, 5, engine);
                return [.. ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train).Transform(taste.Validation).GetColumn<float>("Score")];
            }
        }
    }

    [Fact]
    public void Quality_over_seeds_is_that_of_the_cpu_engine()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        double difference = 0;
        foreach (int seed in (int[])[1, 2, 3])
        {
            Taste taste = Taste.Create(new MLContext(1), users: 200, items: 80, perUser: 10, seed);
            LightGcnTrainer.Options options = QuickOptions();
            options.Seed = seed;
            options.EpochCount = 15;
            (double cpu, double torch) = (Quality(null), Quality(TorchEngine.Cpu()));
            // The planted groups are found: a random order has 0.04.
            Assert.True(cpu > 0.08 && torch > 0.08, $"seed {seed}: {cpu}, {torch}");
            difference += (torch - cpu) / 3;

            double Quality(TrainingEngine? engine)
            {
                MLContext ml = new(1);
                options.Engine = engine;
                LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train);
                return ml.Ranking.EvaluateTopN(model, taste.Validation, taste.Train)[RankingMetric.Ndcg, 10];
            }
        }
        Assert.Equal(0, difference, 0.01);
    }

    [Fact]
    public void A_model_is_saved_and_loaded_as_any_other()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        MLContext ml = new(1);
        Taste taste = Taste.Create(ml);
        LightGcnTrainer.Options options = QuickOptions();
        (options.Engine, options.EpochCount) = (TorchEngine.Cpu(), 1);
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train);
        using MemoryStream file = new();
        ml.Model.Save(model, taste.Train.Schema, file);
        file.Position = 0;
        ITransformer loaded = ml.Model.Load(file, out _);
        Assert.Equal(model.Transform(taste.Validation).GetColumn<float>("Score"), loaded.Transform(taste.Validation).GetColumn<float>("Score"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_validation_keeps_the_best_epoch()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        Taste taste = Taste.Create(new MLContext(1));
        List<TrainingEpoch> epochs = [];
        LightGcnTrainer.Options options = QuickOptions();
        // The first epochs of a plan are then those of a longer one.
        options.LearningRateDecay = LearningRateDecay.None;
        // So fast that epochs get worse too.
        (options.Engine, options.LearningRate, options.EpochCount, options.Progress) = (TorchEngine.Cpu(), 0.3f, 6, new Listener(epochs));
        LightGcnModelParameters first = Fit(), second = Fit();
        Assert.Equal(first.UserEmbeddings.ToArray(), second.UserEmbeddings.ToArray());
        Assert.Equal(first.BaseItemEmbeddings.ToArray(), second.BaseItemEmbeddings.ToArray());
        double best = epochs.Max(epoch => epoch.Validation![RankingMetric.Ndcg, 10]);
        Assert.True(epochs[5].Validation![RankingMetric.Ndcg, 10] < best, "expected the last epoch not to be the best");
        MLContext ml = new(1);
        options.EpochCount = epochs.FindIndex(epoch => epoch.Validation![RankingMetric.Ndcg, 10] == best) + 1;
        Assert.Equal(ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train).Model.UserEmbeddings.ToArray(), first.UserEmbeddings.ToArray());

        LightGcnModelParameters Fit() => new MLContext(1).Ranking.Trainers.LightGcn(options).Fit(taste.Train, taste.Validation).Model;
    }

    [Fact]
    public void The_device_is_logged()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        Assert.Contains(FitAndLog(TorchEngine.Cpu(), new MLContext(1)), message => message.Contains($"TorchSharp {TorchBackend.Version} trains on device cpu", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_the_gpu_it_falls_back_with_one_warning_or_throws_one_exception_as_the_context_says()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        // No machine has a thousand GPUs.
        string problem = TorchBackend.CudaProblem(127)!;
        MLContext ml = new(1) { GpuDeviceId = 127 };
        foreach (TorchEngine engine in (TorchEngine[])[TorchEngine.Auto(), TorchEngine.Cuda(127)])
        {
            ml.FallbackToCpu = true;
            List<string> messages = FitAndLog(engine, ml);
            Assert.Single(messages, message => message.Contains(problem, StringComparison.Ordinal));
            Assert.Contains(messages, message => message.Contains("trains on device cpu", StringComparison.Ordinal));
            ml.FallbackToCpu = false;
            InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => FitAndLog(engine, ml));
            Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        }
        // The CPU device asked for is no fall-back, and without an index Auto takes what there is.
        FitAndLog(TorchEngine.Cpu(), ml);
        Assert.Contains(FitAndLog(TorchEngine.Auto(), new MLContext(1)), message => message.Contains("trains on device", StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchEngine.Cuda(-1));
    }

    [Fact]
    public void A_library_that_does_not_load_is_named_with_version_and_cause()
    {
        const string TooOld = """
            Unable to load shared library 'LibTorchSharp' or one of its dependencies.
            /app/LibTorchSharp.so: cannot open shared object file: No such file or directory
            /lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)
            """;
        const string Missing = """
            Unable to load shared library 'LibTorchSharp' or one of its dependencies.
            /app/LibTorchSharp.so: cannot open shared object file: No such file or directory
            libtorch_cpu.so: cannot open shared object file: No such file or directory
            """;
        string tooOld = TorchBackend.Describe("LibTorchSharp", TooOld), missing = TorchBackend.Describe("LibTorchSharp", Missing), absent = TorchBackend.Describe("torch_cpu", "Unable to load DLL 'torch_cpu'");
        Assert.All((string[])[tooOld, missing, absent], message => Assert.Contains($"of TorchSharp {TorchBackend.Version} does not load: ", message, StringComparison.Ordinal));
        Assert.Contains("'LibTorchSharp'", tooOld, StringComparison.Ordinal);
        Assert.Contains("GLIBCXX_3.4.32", tooOld, StringComparison.Ordinal);
        Assert.Contains("libtorch_cpu.so: cannot open", missing, StringComparison.Ordinal);
        Assert.Contains("'torch_cpu'", absent, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        using CancellationTokenSource source = new();
        LightGcnTrainer.Options options = QuickOptions();
        (options.Engine, options.CancellationToken) = (TorchEngine.Cpu(), source.Token);
        options.Progress = new Listener([], source.Cancel);
        MLContext ml = new(1);
        Assert.Throws<OperationCanceledException>(() => ml.Ranking.Trainers.LightGcn(options).Fit(Taste.Create(ml).Train));
    }

    /// <summary>One thread: libtorch's threads wait for each other at every operation, long where other tests keep the processors busy.</summary>
    private static LightGcnTrainer.Options QuickOptions()
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        // What both engines know.
        options.PropagationPrecision = PropagationPrecision.Float32;
        options.NumberOfThreads = 1;
        return options;
    }

    /// <summary>Weighted kinds of items, and fellow items; ids as text.</summary>
    private static GraphRelation[] Relations()
    {
        MLContext ml = new(1);
        var kinds = Enumerable.Range(0, 40).Select(item => new Edge { Item = $"i{item}", Attribute = $"kind {item % 3}", OtherItem = $"i{(item * 7 + 3) % 40}", Weight = 1 + item % 4 }).ToArray();
        IDataView data = ml.Data.LoadFromEnumerable(kinds);
        return [GraphRelation.ItemAttribute("kinds", data, weightColumnName: "Weight", strength: 2), GraphRelation.ItemItem("fellows", data, strength: 0.5f)];
    }

    private sealed class Edge
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";

        public string OtherItem { get; set; } = "";

        public float Weight { get; set; }
    }

    private static void AssertTrainsAsTheCpuEngine(string objective, TrainingEngine engine)
    {
        LightGcnTrainer.Options options = QuickOptions();
        (options.WeightDecay, options.BatchL2, options.LearningRateDecay) = (1e-4f, 1e-3f, LearningRateDecay.Cosine);
        options.Objective = objective switch
        {
            "bpr" => new BprObjective(),
            "bpr-popular" => new BprObjective { Negatives = NegativeSampling.PopularityBiased(20, 0.7) },
            _ => new SampledSoftmaxObjective { NegativeCount = 32 },
        };
        if (objective == "relations")
            options.Relations = Relations();
        // 40 items: the start leaves components at zero, and the learning rate is scaled.
        if (objective == "wider-than-the-graph")
            options.EmbeddingDimension = 64;
        List<TrainingEpoch> cpuEpochs = [], torchEpochs = [];
        LightGcnModelParameters cpu = Fit(null, cpuEpochs), torch = Fit(engine, torchEpochs);
        for (int epoch = 0; epoch < options.EpochCount; epoch++)
        {
            Assert.Equal(cpuEpochs[epoch].Loss, torchEpochs[epoch].Loss, 1e-5);
            Assert.Equal(cpuEpochs[epoch].Validation![RankingMetric.Ndcg, 10], torchEpochs[epoch].Validation![RankingMetric.Ndcg, 10], 0.005);
        }
        // Another engine rounds otherwise: were they equal, one would have been compared with itself.
        Assert.NotEqual(cpu.UserEmbeddings.ToArray(), torch.UserEmbeddings.ToArray());
        AssertClose(cpu.UserEmbeddings, torch.UserEmbeddings);
        AssertClose(cpu.ItemEmbeddings, torch.ItemEmbeddings);
        AssertClose(cpu.BaseUserEmbeddings, torch.BaseUserEmbeddings);
        AssertClose(cpu.BaseItemEmbeddings, torch.BaseItemEmbeddings);
        AssertClose(cpu.Embeddings.Base.Attributes.ToArray(), torch.Embeddings.Base.Attributes.ToArray());

        LightGcnModelParameters Fit(TrainingEngine? with, List<TrainingEpoch> epochs)
        {
            MLContext ml = new(1);
            Taste taste = Taste.Create(ml);
            (options.Engine, options.Progress) = (with, new Listener(epochs));
            return ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train, taste.Validation).Model;
        }
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        // Adam divides by the size of the gradient, so that rounding in a small one shows.
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 2e-3);
    }

    private static List<string> FitAndLog(TrainingEngine engine, MLContext ml)
    {
        List<string> messages = [];
        void Listen(object? sender, LoggingEventArgs log) => messages.Add(log.Message);
        ml.Log += Listen;
        try
        {
            LightGcnTrainer.Options options = QuickOptions();
            (options.Engine, options.EpochCount) = (engine, 1);
            ml.Ranking.Trainers.LightGcn(options).Fit(Taste.Create(ml).Train);
        }
        finally
        {
            ml.Log -= Listen;
        }
        return messages;
    }

    private sealed class Listener(List<TrainingEpoch> epochs, Action? after = null) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value)
        {
            epochs.Add(value);
            after?.Invoke();
        }
    }
}
