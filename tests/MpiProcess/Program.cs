using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using MpiProcess;

// Usage: MpiProcess mpi|cpu softmax|bpr|l2|relations|documented [name=value ...]. Trains on made-up interactions; process 0 writes what came out as one line of JSON.
// Values: users, items, perUser, dimension, epochs, steps, threads, seed, checkpoints (a folder), shares (1: each process reads some of the rows),
// validation (1: after each epoch), model (the file that it is written to), folder (of what documented code saves), neighbours (0 for none), evaluate (1), memory (1: trains on next to nothing first, to compile what is measured),
// differ (seed|keys|options|crash: process 1 does other than the others), wait (1: says "ready" and the process id, after the first epoch).
Dictionary<string, string> values = args.Skip(2).Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
MpiEngine? engine = args[0] == "mpi" ? MpiEngine.Create() : null;
int rank = engine?.Processes.Rank ?? 0, count = engine?.Processes.Count ?? 1;
string differ = rank == 1 ? Text("differ", "") : "";
int users = Number("users", 500), items = Number("items", 200) + (differ == "keys" ? 1 : 0);
MLContext ml = new(Number("seed", 1) + (differ == "seed" ? 1 : 0));
IEnumerable<Interaction> all = MadeUp.Interactions(users, Number("items", 200), Number("perUser", 12));
IEnumerable<Interaction> rows = Number("shares", 0) == 1 ? all.Where((_, n) => n % count == rank) : all;
if (differ == "crash")
    rows = rows.Select((row, n) => n < 100 ? row : throw new InvalidDataException("row 100 is damaged"));
IDataView data = MadeUp.View(ml, rows, users, items);
if (args[1] == "documented")
{
    Documented.Run(ml, data, MadeUp.View(ml, MadeUp.HeldOut(users, items), users, items), Text("folder", ""));
    return 0;
}
LightGcnTrainer.Options options = new()
{
    Engine = engine,
    EmbeddingDimension = Number("dimension", 40) + (differ == "options" ? 8 : 0),
    EpochCount = Number("epochs", 2),
    // One process says how many threads, another leaves it to the engine.
    NumberOfThreads = differ == "threads" ? null : Number("threads", 1),
    Seed = Number("seed", 1) + (differ == "seed" ? 1 : 0),
};
if (Number("neighbours", 1) == 0)
    options.Neighbourhood = null;
if (values.ContainsKey("steps"))
    (options.StepsPerEpoch, options.BatchSize) = (Number("steps", 1), Number("batch", 512));
if (engine is not null && values.TryGetValue("model", out string? file))
    engine.ModelFile = file;
if (values.TryGetValue("checkpoints", out string? folder))
    options.Checkpoints = new TrainingCheckpoints(folder);
if (Number("wait", 0) == 1)
    options.Progress = new Announcer();
switch (args[1])
{
    case "bpr":
        (options.Objective, options.BatchL2) = (new BprObjective(), 1e-3f);
        break;
    case "l2":
        options.BatchL2 = 1e-3f;
        break;
    case "relations":
        options.Relations = [GraphRelation.ItemAttribute("genres", MadeUp.Genres(ml, items), "Item", "Name")];
        break;
}
if (Number("memory", 0) == 1)
{
    Fit(MadeUp.View(ml, MadeUp.Interactions(500, 200, 12), 500, 200), 500, 200);
    GC.Collect();
}
double said = 0;
ml.Log += (_, entry) =>
{
    // Training takes about 1,234 MiB at the peak: ...
    if (entry.Message.Contains("at the peak", StringComparison.Ordinal))
        said = double.Parse(entry.Message.Split("about ")[1].Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
};
long before = Environment.WorkingSet;
DateTime start = DateTime.UtcNow;
LightGcnTransformer model = Fit(data, users, items);
double seconds = (DateTime.UtcNow - start).TotalSeconds;
long grew = MadeUp.PeakBytes() - before;
double ndcg = 0;
if (Number("evaluate", 0) == 1)
{
    TopNEvaluationOptions evaluation = new() { Processes = engine?.Processes, WithCatalogueMetrics = true };
    TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, MadeUp.View(ml, MadeUp.HeldOut(users, items), users, items), MadeUp.View(ml, all, users, items), evaluation);
    ndcg = metrics[RankingMetric.Ndcg, 10] + metrics.Catalogue(10).Coverage;
}
if (values.TryGetValue("lists", out string? lists))
    ml.Model.CreateRecommender(model).SaveRecommendationsAsCsvFiles(lists, new RecommendationOptions { Processes = engine?.Processes });
string hash = MadeUp.Hash(model.Model);
Result result = new(rank, count, hash, ndcg, engine?.Processes.BytesSent ?? 0, engine?.Processes.BytesReceived ?? 0, grew, said, seconds);
// One line each: those of several processes may come in any order.
Console.WriteLine(JsonSerializer.Serialize(result));
return 0;

LightGcnTransformer Fit(IDataView train, int userCount, int itemCount)
{
    LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(options);
    return Number("validation", 0) == 1 ? trainer.Fit(train, MadeUp.View(ml, MadeUp.HeldOut(userCount, itemCount), userCount, itemCount)) : trainer.Fit(train);
}

string Text(string name, string other) => values.GetValueOrDefault(name, other);

int Number(string name, int other) => values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : other;

internal sealed record Result(int Rank, int Count, string Hash, double Ndcg, long BytesSent, long BytesReceived, long Grew, double Said, double Seconds);

internal sealed class Announcer : IProgress<TrainingEpoch>
{
    public void Report(TrainingEpoch value) => Console.WriteLine($"epoch {value.Epoch}");
}
