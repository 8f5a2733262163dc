using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Fused multiply-adds between registers: what the arithmetic units give when no number comes from memory.</summary>
internal sealed unsafe class MultiplyAdds : IDisposable
{
    /// <summary>Multiplications and additions of one <see cref="Run"/>.</summary>
    public const double Operations = 2.0 * Chunks * RoundsPerChunk * FloatsPerRound;

    private const int Chunks = 64, RoundsPerChunk = 1 << 17;

    // Ten chains: enough to hide a latency of four or five cycles on two units, few enough for sixteen registers.
    private const int Chains = 10;
    // The widest register's floats; narrower ones take more steps for a round.
    private const int WidestCount = 16;
    private const int FloatsPerRound = Chains * WidestCount;

    private readonly ThreadTeam _team;
    private readonly float[] _results = new float[Chunks * WidestCount];
    private readonly Action<int> _runChunk;

    public MultiplyAdds(int threadCount)
    {
        _team = new ThreadTeam(threadCount);
        _runChunk = RunChunk;
    }

    /// <summary>What every lane ends at: x becomes x / 2 + 1/2 again and again, from different starts.</summary>
    public ReadOnlySpan<float> Results => _results;

    public void Run() => _team.Run(Chunks, _runChunk);

    public void Dispose() => _team.Dispose();

    private void RunChunk(int chunk)
    {
        if (Vector512.IsHardwareAccelerated)
            RunChunk<Width512, Vector512<float>>(chunk);
        else if (Vector256.IsHardwareAccelerated)
            RunChunk<Width256, Vector256<float>>(chunk);
        else
            RunChunk<Width128, Vector128<float>>(chunk);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunChunk<TWidth, TVector>(int chunk)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector half = TWidth.Broadcast(0.5f);
        TVector a = TWidth.Broadcast(1), b = TWidth.Broadcast(2), c = TWidth.Broadcast(3), d = TWidth.Broadcast(4), e = TWidth.Broadcast(5);
        TVector f = TWidth.Broadcast(6), g = TWidth.Broadcast(7), h = TWidth.Broadcast(8), i = TWidth.Broadcast(9), j = TWidth.Broadcast(10);
        for (int step = 0; step < RoundsPerChunk * (WidestCount / TWidth.Count); step++)
        {
            a = TWidth.FusedMultiplyAdd(a, half, half);
            b = TWidth.FusedMultiplyAdd(b, half, half);
            c = TWidth.FusedMultiplyAdd(c, half, half);
            d = TWidth.FusedMultiplyAdd(d, half, half);
            e = TWidth.FusedMultiplyAdd(e, half, half);
            f = TWidth.FusedMultiplyAdd(f, half, half);
            g = TWidth.FusedMultiplyAdd(g, half, half);
            h = TWidth.FusedMultiplyAdd(h, half, half);
            i = TWidth.FusedMultiplyAdd(i, half, half);
            j = TWidth.FusedMultiplyAdd(j, half, half);
        }
        TVector product = TWidth.Multiply(TWidth.Multiply(TWidth.Multiply(a, b), TWidth.Multiply(c, d)), TWidth.Multiply(TWidth.Multiply(e, f), TWidth.Multiply(g, h)));
        product = TWidth.Multiply(product, TWidth.Multiply(i, j));
        fixed (float* results = &_results[chunk * WidestCount])
            TWidth.Store(product, results);
    }
}
