using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>
/// Interactions with planted tastes, so that training has something to find: users and items belong to one of four groups, and
/// nine of ten interactions stay within the group. User and item ids are text.
/// </summary>
internal sealed class Taste
{
    public const int Groups = 4;

    private Taste(MLContext ml, Interaction[] train, Interaction[] heldOut)
    {
        IDataView all = ml.Data.LoadFromEnumerable(train.Concat(heldOut));
        Keys = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(all);
        TrainRows = ml.Data.LoadFromEnumerable(train);
        Train = Keys.Transform(TrainRows);
        Validation = Keys.Transform(ml.Data.LoadFromEnumerable(heldOut));
    }

    /// <summary>Maps UserId and ItemId to the keys User and Item.</summary>
    public ITransformer Keys { get; }

    /// <summary>Training interactions by id alone.</summary>
    public IDataView TrainRows { get; }

    public IDataView Train { get; }

    /// <summary>One more interaction within the group for each user.</summary>
    public IDataView Validation { get; }

    public static Taste Create(MLContext ml, int users = 60, int items = 40, int perUser = 8, int seed = 1)
    {
        Random random = new(seed);
        List<Interaction> train = [], heldOut = [];
        for (int user = 0; user < users; user++)
        {
            HashSet<int> own = [];
            while (own.Count <= perUser)
            {
                int item = random.Next(items);
                if (random.Next(10) > 0)
                    item = item / Groups * Groups + user % Groups;
                if (item < items && own.Add(item))
                    (own.Count <= perUser ? train : heldOut).Add(new Interaction { UserId = $"u{user}", ItemId = $"i{item}" });
            }
        }
        return new Taste(ml, [.. train], [.. heldOut]);
    }

    public static LightGcnTrainer.Options QuickOptions() => new()
    {
        EmbeddingDimension = 16,
        BatchSize = 64,
        EpochCount = 8,
        LearningRate = 0.02f,
        Seed = 3,
        NumberOfThreads = 2,
    };

    internal sealed class Interaction
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";
    }

    internal sealed class Prediction
    {
        public float Score { get; set; }
    }
}
