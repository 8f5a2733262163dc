using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

// Usage: ResumeProcess result epochs|steps|softmax threads [checkpoints]. Trains on made-up interactions and writes the bits of
// all embeddings. Says "training" when training starts, and the number of every epoch.
// Or: ResumeProcess memory users items dimension validation|test. Says by how many bytes training made the process grow.
if (args[0] == "memory")
    return MemoryRun.Run(int.Parse(args[1], null), int.Parse(args[2], null), int.Parse(args[3], null), args[4] == "validation");
(string result, string mode, int threads) = (args[0], args[1], int.Parse(args[2], null));
MLContext ml = new(seed: 1);
Random random = new(2);
Interaction[] rows = [.. Enumerable.Range(0, 30_000).Select(_ => (User: random.Next(2000), Item: random.Next(250)))
    .Distinct().Select(pair => new Interaction { User = (uint)pair.User, Item = (uint)(pair.Item * 4 + pair.User % 4) })];
int heldOut = rows.Length / 20;
LightGcnTrainer.Options options = new()
{
    EmbeddingDimension = 40,
    LayerCount = 2,
    BatchSize = 1024,
    LearningRateDecay = LearningRateDecay.Cosine,
    LearningRate = 0.01f,
    BatchL2 = 1e-3f,
    NumberOfThreads = threads,
    Progress = new Announcer(),
};
TrainingCheckpoints? checkpoints = args.Length > 3 ? new TrainingCheckpoints(args[3]) : null;
switch (mode)
{
    case "epochs":
        (options.EpochCount, options.Patience) = (30, 20);
        break;
    case "softmax":
        (options.EpochCount, options.Objective) = (6, new SampledSoftmaxObjective { NegativeCount = 256 });
        break;
    default:
        // So long that every checkpoint before the end falls within an epoch.
        (options.EpochCount, options.StepsPerEpoch) = (1, 2500);
        checkpoints = checkpoints is null ? null : checkpoints with { EpochInterval = null, TimeInterval = TimeSpan.FromSeconds(1) };
        break;
}
options.Checkpoints = checkpoints;
LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(options);
Console.WriteLine("training");
LightGcnModelParameters model = trainer.Fit(ml.Data.LoadFromEnumerable(rows[heldOut..]), ml.Data.LoadFromEnumerable(rows[..heldOut])).Model;
using FileStream file = File.Create(result);
file.Write(MemoryMarshal.AsBytes(model.UserEmbeddings));
file.Write(MemoryMarshal.AsBytes(model.ItemEmbeddings));
file.Write(MemoryMarshal.AsBytes(model.BaseUserEmbeddings));
file.Write(MemoryMarshal.AsBytes(model.BaseItemEmbeddings));
return 0;

internal sealed class Interaction
{
    [KeyType(2000)]
    public uint User { get; set; }

    [KeyType(1000)]
    public uint Item { get; set; }
}

internal sealed class Announcer : IProgress<TrainingEpoch>
{
    public void Report(TrainingEpoch value) => Console.WriteLine(value.Epoch);
}
