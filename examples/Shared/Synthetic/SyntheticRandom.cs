using Microsoft.ML.LightGcn.Numerics;

namespace LightGcn.Examples;

/// <summary>
/// Random numbers to make data of, from the library's generator. All that is drawn is integer arithmetic, so a seed gives the same numbers on
/// every platform and .NET version, which <see cref="System.Random"/> does not promise.
/// </summary>
internal sealed class SyntheticRandom(ulong seed)
{
    private RandomStream _stream = new(seed);

    public ulong NextUInt64() => _stream.NextUInt64();

    /// <summary>Uniform on 0..bound-1; bound is at least 1.</summary>
    public int Next(int bound) => _stream.Next(bound);

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
