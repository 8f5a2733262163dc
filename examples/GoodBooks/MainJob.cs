using System.Diagnostics;
using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace GoodBooks;

/// <summary>The main job: data, popularity, LightGCN, the test table, recommendations, and a folder with all of it.</summary>
internal sealed class MainJob(IAnsiConsole console, Settings settings)
{
    private const string Popularity = "popularity", LightGcnName = "lightgcn";
    private static readonly int[] Cutoffs = [10, 20, 50];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LightGcnTrainer.Options options = CreateOptions(cancellationToken);
        string folderOfData = await FindDataAsync(cancellationToken);
        GoodBooksData books = ReadData(() => GoodBooksFiles.Read(folderOfData));
        MLContext ml = new(settings.Seed);
        ml.Log += (_, log) =>
        {
            // Which device trains, and why not the one asked for.
            if (log.Kind is ChannelMessageKind.Info or ChannelMessageKind.Warning && log.Source.Contains(nameof(TorchEngine), StringComparison.Ordinal))
                console.WriteLine(log.RawMessage);
        };

        Title("Data");
        // With content, books that nobody chose can be recommended too.
        PreparedData data = ReadData(() => Preparation.Run(ml, console, books, settings.Seed, settings.Content.Count > 0 ? GoodBooksContent.ReadBookIds(folderOfData) : null));
        options.Relations = ReadRelations(ml, folderOfData);
        RunFolder folder = UserError.For("--output", () => RunFolder.Create(settings.Output, LightGcnName));
        folder.WriteUserMap(data.UserIds);
        folder.WriteBookMap(data.BookIds);
        RunRecord.Write(folder, settings, options, data.Sizes);

        Title("Popularity");
        Stopwatch clock = Stopwatch.StartNew();
        ITransformer popularity = ml.Ranking.Trainers.Popularity().Fit(data.Split.Train);
        double popularitySeconds = clock.Elapsed.TotalSeconds;
        TopNMetrics popularityOnValidation = ml.Ranking.EvaluateTopN(popularity, data.Split.Validation, data.Split.Train);
        console.WriteLine($"validation {Describe(popularityOnValidation)}");

        Title("LightGCN");
        using EpochReport report = new(console, folder, options);
        options.Progress = report;
        clock.Restart();
        // Only a GPU that was asked for by name can be missing.
        LightGcnTransformer lightGcn = settings.Engine == Engine.Cuda ? UserError.For("--engine", Train) : Train();
        double lightGcnSeconds = clock.Elapsed.TotalSeconds;
        LearningCurvePlot.Save(folder.LearningCurvePath, "LightGCN on GoodBooks", report.Epochs, report.BestEpoch, popularityOnValidation[options.ValidationMetric, options.ValidationCutoff]);
        ITransformer pipeline = SavedPipeline.Save(ml, folder, data, lightGcn);

        Title("Test");
        ResultsFile results = new(data.Sizes,
        [
            Evaluate(ml, Popularity, popularity, data, popularitySeconds),
            Evaluate(ml, LightGcnName, lightGcn, data, lightGcnSeconds),
        ]);
        ResultsTable.Write(console, results, Popularity, "ndcg@10");
        results.Write(folder.MetricsPath);
        if (settings.Json is { } json)
            UserError.For("--json", () => results.Write(json));

        Title("Recommendations");
        Showcase.Run(ml, console, pipeline, data, books.Books, settings.Content.Count > 0, settings.Seed);
        console.WriteLine();
        console.WriteLine($"Run folder: {folder.FullPath}");

        LightGcnTransformer Train() => ml.Ranking.Trainers.LightGcn(options).Fit(data.Split.Train, data.Split.Validation);
    }

    /// <summary>Reads files; where they are the user's, what is wrong with them is laid to the option that named them.</summary>
    private T ReadData<T>(Func<T> read) => settings.Data is null ? read() : UserError.For("--data", read);

    private List<GraphRelation> ReadRelations(MLContext ml, string folder)
    {
        List<GraphRelation> relations = [];
        foreach (ContentChoice choice in settings.Content)
        {
            ItemContent content = ReadData(() => GoodBooksContent.Read(folder, choice.Name));
            ContentSteps.Print(console, content, "books");
            relations.Add(ContentRelation.Create(ml, content, choice.Strength));
        }
        return relations;
    }

    private LightGcnTrainer.Options CreateOptions(CancellationToken cancellationToken)
    {
        LightGcnTrainer.Options options = settings.Preset switch
        {
            Preset.Factors => new LightGcnTrainer.Options { Neighbourhood = null },
            Preset.Notebook => LightGcnTrainer.Options.GoodBooksNotebook(),
            Preset.Paper => LightGcnTrainer.Options.Paper(),
            _ => new LightGcnTrainer.Options(),
        };
        options.EpochCount = settings.Epochs ?? options.EpochCount;
        options.Engine = settings.Engine switch
        {
            Engine.Torch => TorchEngine.Auto(),
            Engine.Cuda => TorchEngine.Cuda(),
            _ => null,
        };
        options.Seed = settings.Seed;
        options.CancellationToken = cancellationToken;
        return options;
    }

    private async Task<string> FindDataAsync(CancellationToken cancellationToken)
    {
        if (settings.Data is { } folder)
            return folder;
        if (settings.Download)
            return await UserError.ForAsync("--download", () => DownloadProgressBar.EnsureAsync(new GoodBooksDownload(), console, cancellationToken));
        string synthetic = Path.Combine(settings.Output, "synthetic-goodbooks");
        UserError.For("--output", () => SyntheticGoodBooks.Write(synthetic, new SyntheticGoodBooksOptions { Seed = settings.Seed }));
        console.WriteLine("No data given: these books and readers are SYNTHETIC, made by a generator.");
        console.WriteLine("For the real GoodBooks-10k run again with --download, or with --data DIR.");
        return synthetic;
    }

    private static ModelResult Evaluate(MLContext ml, string name, ITransformer model, PreparedData data, double trainSeconds)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TopNMetrics test = ml.Ranking.EvaluateTopN(model, data.Split.Test, data.Split.Train, new TopNEvaluationOptions { Cutoffs = Cutoffs });
        return new ModelResult(name, MetricNames.ToResults(test), trainSeconds, clock.Elapsed.TotalSeconds, PeakMemory.Bytes());
    }

    private static string Describe(TopNMetrics metrics) =>
        string.Join(", ", MetricNames.ToResults(metrics).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:F4}")));

    private void Title(string text)
    {
        console.WriteLine();
        console.Write(new Rule(text) { Justification = Justify.Left });
    }
}
