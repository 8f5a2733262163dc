using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>The two vectors whose inner product is the score.</summary>
internal sealed class EmbeddingPair
{
    [ColumnName(SavedChain.UserVector)]
    public VBuffer<float> User { get; set; }

    [ColumnName(SavedChain.ItemVector)]
    public VBuffer<float> Item { get; set; }
}

/// <summary>The two vectors of each side, whose inner products add up to the score: embeddings, and a history with the weights of an item.</summary>
internal sealed class NeighbourhoodPair
{
    [ColumnName(SavedChain.UserVector)]
    public VBuffer<float> User { get; set; }

    [ColumnName(SavedChain.ItemVector)]
    public VBuffer<float> Item { get; set; }

    [ColumnName(SavedChain.UserHistory)]
    public VBuffer<float> History { get; set; }

    [ColumnName(SavedChain.ItemWeights)]
    public VBuffer<float> Weights { get; set; }
}

/// <summary>What a saved model adds to a row.</summary>
internal sealed class ScoreOutput
{
    public float Score { get; set; }
}

/// <summary>A row of no columns.</summary>
internal sealed class NoColumns;

/// <summary>The key into the tables that hold a saved model's state.</summary>
internal sealed class ChunkKey
{
    [ColumnName(SavedChain.Chunk)]
    public uint Chunk { get; set; }
}

/// <summary>
/// The mapping that scores rows in a loaded model. A saved model names this factory and its assembly, so ML.NET finds it in a
/// process that never mentioned us.
/// </summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class ScoreMappingFactory : CustomMappingFactory<EmbeddingPair, ScoreOutput>
{
    public const string ContractName = "Microsoft.ML.LightGcn.Score";

    public override Action<EmbeddingPair, ScoreOutput> GetMapping() => Map;

    public static void Map(EmbeddingPair source, ScoreOutput target) => target.Score = Score(source.User, source.Item);

    /// <summary>The inner product of two vectors; NaN where a key was missing or unknown, which maps to an empty vector.</summary>
    public static float Score(in VBuffer<float> user, in VBuffer<float> item) =>
        user.Length == 0 || item.Length == 0 ? float.NaN : InnerProduct(user, item);

    // Left-out components are zeros: every form gives the bits of the dense one.
    private static float InnerProduct(in VBuffer<float> user, in VBuffer<float> item) => (user.IsDense, item.IsDense) switch
    {
        (true, true) => PairScore.Compute(user.GetValues(), item.GetValues()),
        (false, true) => PairScore.Compute(user.GetIndices(), user.GetValues(), item.GetValues()),
        (true, false) => PairScore.Compute(item.GetIndices(), item.GetValues(), user.GetValues()),
        (false, false) => PairScore.Compute(user.GetIndices(), user.GetValues(), item.GetIndices(), item.GetValues()),
    };
}

/// <summary>The same for a model that has weights from item to item beside its embeddings.</summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class NeighbourhoodScoreMappingFactory : CustomMappingFactory<NeighbourhoodPair, ScoreOutput>
{
    public const string ContractName = "Microsoft.ML.LightGcn.NeighbourhoodScore";

    public override Action<NeighbourhoodPair, ScoreOutput> GetMapping() => Map;

    public static void Map(NeighbourhoodPair source, ScoreOutput target) =>
        target.Score = ScoreMappingFactory.Score(source.User, source.Item) + ScoreMappingFactory.Score(source.History, source.Weights);
}

/// <summary>
/// Gives every row chunk 0. Scoring never reads it: it is there so that the state tables have an input column of a name that a
/// reader knows beforehand.
/// </summary>
[CustomMappingFactoryAttribute(ContractName)]
internal sealed class ChunkMappingFactory : CustomMappingFactory<NoColumns, ChunkKey>
{
    public const string ContractName = "Microsoft.ML.LightGcn.Chunk";

    public override Action<NoColumns, ChunkKey> GetMapping() => Map;

    public static void Map(NoColumns source, ChunkKey target) => target.Chunk = 0;
}
