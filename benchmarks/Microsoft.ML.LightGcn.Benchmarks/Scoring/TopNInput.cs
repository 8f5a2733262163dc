namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>What every top-N peer is given: factors of users and items, and what each user has seen.</summary>
internal sealed class TopNInput(BipartiteGraph seen, int dimension, int itemsPerUser)
{
    public BipartiteGraph Seen { get; } = seen;

    public int Dimension { get; } = dimension;

    /// <summary>N, fewer than any user has unseen items.</summary>
    public int ItemsPerUser { get; } = itemsPerUser;

    /// <summary>Row-major, users x dimension.</summary>
    public float[] Users { get; } = RandomTable.Uniform(seen.UserCount * dimension, seed: 1);

    /// <summary>Row-major, items x dimension.</summary>
    public float[] Items { get; } = RandomTable.Uniform(seen.ItemCount * dimension, seed: 2);
}
