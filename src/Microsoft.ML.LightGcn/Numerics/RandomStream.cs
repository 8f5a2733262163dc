namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A small random generator whose state is a hash of where in training it is used (SplitMix64; Steele et al., 2014), so
/// that every sample can be drawn on any thread, in any order, with the same outcome.
/// </summary>
internal struct RandomStream
{
    private ulong _state;

    public RandomStream(ulong state) => _state = state;

    public RandomStream(int seed, RandomPurpose purpose, long index)
        : this(Mix(Mix((ulong)(uint)seed | (ulong)purpose << 32) + (ulong)index * 0x9E3779B97F4A7C15))
    {
    }

    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>Uniform on 0..bound-1; bound is at least 1.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>Uniform on [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>What random numbers are for; streams of different purposes are independent. Numbers are fixed: they decide every draw.</summary>
internal enum RandomPurpose
{
    Initialization = 1,
    Sample = 2,
    Pass = 3,
    ValidationUsers = 4,
    LeaveOneOutSplit = 5,
    RatioSplit = 6,
    Bootstrap = 7,
    SignFlip = 8,
    SharedNegatives = 9,
    Subspace = 10,
    ColdItemSplit = 11,
    HistorySample = 12,
}
