using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Scale;

/// <summary>Each command measures one thing in its own process, whose peak of memory is the thing's.</summary>
internal static class ScaleCommands
{
    private const string HeapLimit = "DOTNET_GCHeapHardLimit";
    private const int MaximumNodes = 100_000_000, MaximumDimension = 4096;
    private const long MaximumInteractions = 2_000_000_000;

    public static RootCommand Create(TextWriter output) => new("Times training, files and lists at the sizes of large services, and the memory that they take by the operating system's account.")
    {
        Train(output),
        Save(output),
        Open(output),
        Lists(output),
    };

    private static Command Train(TextWriter output)
    {
        (Option<int> users, Option<int> items, Option<long> interactions, Option<int> dimension) = Sizes();
        Option<int?> steps = new Option<int?>("--steps") { Description = "Stop after so many steps; without it, all epochs of the defaults.", HelpName = "N" }.Number(1, 1_000_000);
        Option<int> heldOut = new Option<int>("--users-to-rank") { Description = "Users whose held-out interaction is ranked; 0 leaves it out.", DefaultValueFactory = _ => 20_000 }.Number(0, MaximumNodes);
        Command command = new("train", "Trains the defaults on made-up interactions, and ranks a held-out interaction of some users beside popularity.") { users, items, interactions, dimension, steps, heldOut };
        command.SetAction((arguments, token) => Task.Run(() =>
        {
            PlantedTastes data = new(arguments.GetValue(users), arguments.GetValue(items), arguments.GetValue(interactions));
            MLContext ml = Context(output);
            LightGcnTrainer.Options options = new() { EmbeddingDimension = arguments.GetValue(dimension), CancellationToken = token };
            if (arguments.GetValue(steps) is int count)
                (options.EpochCount, options.StepsPerEpoch) = (1, count);
            long before = WorkingSet();
            Stopwatch watch = Stopwatch.StartNew();
            LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(data.Train(ml));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"training: {watch.Elapsed.TotalSeconds:F1} s, the process grew by {Mebibytes(PeakMemory.Bytes() - before):N0} MiB at the peak"));
            if (arguments.GetValue(heldOut) is var ranked and > 0)
            {
                PopularityTransformer popularity = ml.Ranking.Trainers.Popularity().Fit(data.Train(ml));
                watch.Restart();
                IDataView held = data.HeldOut(ml, ranked);
                TopNMetrics ours = ml.Ranking.EvaluateTopN(model, held, data.Train(ml)), theirs = ml.Ranking.EvaluateTopN(popularity, held, data.Train(ml));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"ranking {ranked:N0} users, twice: {watch.Elapsed.TotalSeconds:F1} s; recall@20 {ours[RankingMetric.Recall, 20]:F4}, NDCG@20 {ours[RankingMetric.Ndcg, 20]:F4}; by popularity {theirs[RankingMetric.Recall, 20]:F4}, {theirs[RankingMetric.Ndcg, 20]:F4}"));
            }
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak of the process: {Mebibytes(PeakMemory.Bytes()):N0} MiB"));
        }, token));
        return command;
    }

    private static Command Save(TextWriter output)
    {
        (Option<int> users, Option<int> items, Option<long> interactions, Option<int> dimension) = Sizes();
        Argument<string> path = new("file") { Description = "The file: a zip of ML.NET if its name ends so, a file of this library's own if not." };
        Command command = new("save", "Saves a model of random embeddings that has been trained for one step.") { path, users, items, interactions, dimension };
        command.SetAction((arguments, token) => Task.Run(() =>
        {
            PlantedTastes data = new(arguments.GetValue(users), arguments.GetValue(items), arguments.GetValue(interactions));
            MLContext ml = Context(output);
            LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
            {
                EmbeddingDimension = arguments.GetValue(dimension), EpochCount = 1, StepsPerEpoch = 1, BatchSize = 1024,
                Initialization = EmbeddingInitialization.Normal(), Neighbourhood = null, CancellationToken = token,
            }).Fit(data.Train(ml));
            GC.Collect();
            long before = WorkingSet(), peak = PeakMemory.Bytes();
            Stopwatch watch = Stopwatch.StartNew();
            string file = arguments.GetValue(path)!;
            if (IsZip(file))
                ml.Model.Save(model, data.Train(ml).Schema, file);
            else
                ml.Model.SaveRecommendationModel(model, file);
            // Training's own peak may lie above that of saving.
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"saving {new FileInfo(file).Length / 1e6:N0} MB: {watch.Elapsed.TotalSeconds:F2} s, {(PeakMemory.Bytes() > peak ? $"{Mebibytes(PeakMemory.Bytes() - before):N0} MiB more than before at the peak" : "no more memory than training took")}"));
        }, token));
        return command;
    }

    private static Command Open(TextWriter output)
    {
        Argument<string?> path = new Argument<string?>("file") { Description = "A file that 'save' wrote." }.ExistingFile();
        Command command = new("open", "Opens a model and recommends to one user.") { path };
        command.SetAction((arguments, token) => Task.Run(() =>
        {
            MLContext ml = new(1);
            string file = arguments.GetValue(path)!;
            long before = WorkingSet();
            Stopwatch watch = Stopwatch.StartNew();
            ITransformer model = IsZip(file) ? ml.Model.GetLightGcn(ml.Model.Load(file, out _)) : ml.Model.LoadRecommendationModel(file, ModelVerification.Never);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"opening: {watch.Elapsed.TotalSeconds:F3} s, {Mebibytes(PeakMemory.Bytes() - before):N0} MiB at the peak, {Mebibytes(WorkingSet() - before):N0} MiB after"));
            watch.Restart();
            Recommender recommender = ml.Model.CreateRecommender(model);
            recommender.Recommend(new Key(1));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the first list: {watch.Elapsed.TotalSeconds:F3} s, {Mebibytes(WorkingSet() - before):N0} MiB after it"));
            if (IsZip(file))
                return;
            watch.Restart();
            ml.Model.VerifyRecommendationModel(file, token);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"comparing the checksums: {watch.Elapsed.TotalSeconds:F2} s"));
        }, token));
        return command;
    }

    private static Command Lists(TextWriter output)
    {
        Argument<string?> path = new Argument<string?>("file") { Description = "A model that 'save' wrote in a file of this library's own." }.ExistingFile();
        Argument<string> folder = new("folder") { Description = "Where the lists go; a run that was stopped goes on there." };
        Option<bool> parquet = new("--parquet") { Description = "Write Parquet rather than CSV." };
        Option<int?> limit = new Option<int?>("--limit-memory") { Description = "Let the runtime's heap have so many MiB and no more.", HelpName = "MIB" }.Number(16, 1 << 20);
        Command command = new("lists", "Writes the ten best items of every user.") { path, folder, parquet, limit };
        command.SetAction((arguments, token) => Task.Run(() =>
        {
            if (arguments.GetValue(limit) is int mebibytes && Environment.GetEnvironmentVariable(HeapLimit) is null)
                return RunLimited(mebibytes, [command.Name, arguments.GetValue(path)!, arguments.GetValue(folder)!, .. arguments.GetValue(parquet) ? ["--parquet"] : Array.Empty<string>()], output);
            MLContext ml = new(1);
            long before = WorkingSet();
            ITransformer model = ml.Model.LoadRecommendationModel(arguments.GetValue(path)!, ModelVerification.Never);
            Recommender recommender = ml.Model.CreateRecommender(model);
            Stopwatch watch = Stopwatch.StartNew();
            if (arguments.GetValue(parquet))
                recommender.SaveRecommendationsAsParquetFiles(arguments.GetValue(folder)!, cancellationToken: token);
            else
                recommender.SaveRecommendationsAsCsvFiles(arguments.GetValue(folder)!, cancellationToken: token);
            double seconds = watch.Elapsed.TotalSeconds, dimension = model is LightGcnTransformer ours ? ours.Model.EmbeddingDimension : 0;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"lists of {recommender.UserCount:N0} users: {seconds:F1} s, {2 * dimension * recommender.UserCount * recommender.ItemCount / seconds / 1e9:F1} GFLOP/s of inner products; "
                + $"{Mebibytes(PeakMemory.Bytes() - before):N0} MiB more than before at the peak, {Mebibytes(GC.GetGCMemoryInfo().TotalCommittedBytes):N0} MiB of them the runtime's heap"));
            return 0;
        }, token));
        return command;
    }

    /// <summary>The same command in a process of its own: the runtime reads its limit when it starts.</summary>
    private static int RunLimited(int mebibytes, string[] arguments, TextWriter output)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ScaleCommands).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment[HeapLimit] = (mebibytes * (1L << 20)).ToString("X", CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        output.Write(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return process.ExitCode;
    }

    private static (Option<int> Users, Option<int> Items, Option<long> Interactions, Option<int> Dimension) Sizes() => (
        new Option<int>("--users") { Description = "Number of users.", DefaultValueFactory = _ => 100_000 }.Number(10, MaximumNodes),
        new Option<int>("--items") { Description = "Number of items.", DefaultValueFactory = _ => 20_000 }.Number(10, MaximumNodes),
        new Option<long>("--interactions") { Description = "About how many interactions.", DefaultValueFactory = _ => 2_000_000 }.Number(100L, MaximumInteractions),
        new Option<int>("--dimension") { Description = "Components of an embedding.", DefaultValueFactory = _ => 112 }.Number(1, MaximumDimension));

    private static MLContext Context(TextWriter output)
    {
        MLContext ml = new(1);
        ml.Log += (_, entry) =>
        {
            if (entry.Kind is Microsoft.ML.Runtime.ChannelMessageKind.Info or Microsoft.ML.Runtime.ChannelMessageKind.Warning
                && entry.Source.Contains("LightGcnTrainer", StringComparison.Ordinal))
                output.WriteLine(entry.Message);
        };
        return ml;
    }

    private static bool IsZip(string file) => file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private static double Mebibytes(long bytes) => bytes / (1024.0 * 1024);

    private static long WorkingSet()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
