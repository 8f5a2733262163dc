using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace Distributed;

/// <summary>What every process does; it is a program of one process but for the engine and who writes.</summary>
internal static class Training
{
    private const int MinimumRating = 4;

    public static int Run(Settings settings, CancellationToken cancellationToken)
    {
        MpiEngine engine = Start();
        ProcessGroup processes = engine.Processes;
        MLContext ml = new(seed: 42);
        if (processes.IsFirst)
            ml.Log += (_, line) => Print(line);

        // Every process reads all rows, or some of them: the graph is what all have read.
        IDataView rows = ml.Data.LoadFromEnumerable(Read(settings.Data));
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId", maximumNumberOfKeys: int.MaxValue)
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "BookId", maximumNumberOfKeys: int.MaxValue))
            .Fit(rows).Transform(rows);
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);

        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
        {
            Engine = engine,
            Seed = 42,
            EpochCount = settings.Epochs,
            NumberOfThreads = settings.Threads,
            Checkpoints = settings.Checkpoints is null ? null : new TrainingCheckpoints(settings.Checkpoints),
            CancellationToken = cancellationToken,
        }).Fit(split.Train);

        // Each process ranks its share of the users, and all get the result.
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, split.Train, new TopNEvaluationOptions { Processes = processes, NumberOfThreads = settings.Threads });
        if (settings.Lists is not null)
            ml.Model.CreateRecommender(model).SaveRecommendationsAsCsvFiles(
                settings.Lists, new RecommendationOptions { Processes = processes, NumberOfThreads = settings.Threads }, cancellationToken: cancellationToken);
        if (!processes.IsFirst)
            return 0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{processes.Count} processes: NDCG@10 {metrics[RankingMetric.Ndcg, 10]:F4}, recall@20 {metrics[RankingMetric.Recall, 20]:F4}; "
            + $"process 0 sent {processes.BytesSent / 1e6:F0} MB and received {processes.BytesReceived / 1e6:F0} MB"));
        if (settings.Model is not null)
            ml.Model.SaveRecommendationModel(model, settings.Model);
        return 0;
    }

    private static MpiEngine Start()
    {
        try
        {
            return MpiEngine.Create();
        }
        catch (InvalidOperationException noMpi)
        {
            throw new UserErrorException(noMpi.Message);
        }
    }

    private static List<Interaction> Read(string? folder)
    {
        if (folder is not null)
            return Interactions(GoodBooksFiles.Read(folder));
        // Each process makes the same.
        DirectoryInfo made = Directory.CreateTempSubdirectory("distributed");
        try
        {
            SyntheticGoodBooks.Write(made.FullName);
            return Interactions(GoodBooksFiles.Read(made.FullName));
        }
        finally
        {
            made.Delete(recursive: true);
        }
    }

    private static List<Interaction> Interactions(GoodBooksData data)
    {
        GoodBooksPositives positives = data.Positives(MinimumRating);
        List<Interaction> interactions = new(positives.Count);
        for (int n = 0; n < positives.Count; n++)
            interactions.Add(new Interaction { UserId = positives[n].UserId, BookId = positives[n].BookId });
        return interactions;
    }

    private static void Print(LoggingEventArgs line)
    {
        if (line.Kind >= Microsoft.ML.Runtime.ChannelMessageKind.Info && line.Source.StartsWith(nameof(LightGcnTrainer), StringComparison.Ordinal))
            Console.WriteLine(line.RawMessage);
    }
}

/// <summary>A reader chose a book.</summary>
internal sealed class Interaction
{
    public int UserId { get; set; }

    public int BookId { get; set; }
}
