namespace LightGcn.Examples;

/// <summary>
/// A small random generator (SplitMix64; Steele et al., 2014). It and everything drawn from it is integer arithmetic, so a
/// seed gives the same numbers on every platform and .NET version, which <see cref="System.Random"/> does not promise.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform on 0..bound-1; bound is at least 1.</summary>
    public int Next(int bound) => (int)Next((long)bound);

    /// <summary>Uniform on 0..bound-1; bound is at least 1.</summary>
    public long Next(long bound) => (long)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>True once in <paramref name="times"/> times.</summary>
    public bool OneIn(int times) => Next(times) == 0;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    public void Shuffle<T>(Span<T> values)
    {
        for (int last = values.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (values[last], values[other]) = (values[other], values[last]);
        }
    }
}
