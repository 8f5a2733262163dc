using BenchmarkDotNet.Attributes;
using Microsoft.ML.LightGcn.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Many small symmetric positive definite systems on one thread: 16 at a time in the lanes of a register, and by libtorch in one batch.</summary>
public class CholeskyBenchmarks
{
    private const int SystemCount = 1024;
    private const int Lanes = BatchedCholesky.Lanes;

    private float[] _triangles = null!, _vectors = null!, _triangleRoom = null!, _vectorRoom = null!;
    private Tensor? _matrices, _sides;

    [Params(20, 50, 100)]
    public int Size { get; set; }

    [GlobalSetup(Target = nameof(Batched))]
    public void SetUpBatched()
    {
        (float[] matrices, float[] sides) = Systems();
        int triangle = BatchedCholesky.TriangleOf(Size);
        _triangles = new float[SystemCount * triangle];
        _vectors = new float[SystemCount * Size];
        for (int system = 0; system < SystemCount; system++)
        {
            (int batch, int lane) = Math.DivRem(system, Lanes);
            for (int r = 0; r < Size; r++)
            {
                _vectors[(batch * Size + r) * Lanes + lane] = sides[system * Size + r];
                for (int c = 0; c <= r; c++)
                    _triangles[(batch * triangle + BatchedCholesky.TriangleOf(r) + c) * Lanes + lane] = matrices[(system * Size + r) * Size + c];
            }
        }
        _triangleRoom = new float[triangle * Lanes];
        _vectorRoom = new float[Size * Lanes];
    }

    [GlobalSetup(Target = nameof(LibtorchCholesky))]
    public void SetUpLibtorch()
    {
        set_num_threads(1);
        (float[] matrices, float[] sides) = Systems();
        _matrices = tensor(matrices, [SystemCount, Size, Size]);
        _sides = tensor(sides, [SystemCount, Size, 1]);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _matrices?.Dispose();
        _sides?.Dispose();
    }

    /// <summary>With a copy of each system, which is solved in place.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = SystemCount, Description = "16 systems side by side, one of them")]
    public float Batched()
    {
        float sum = 0;
        for (int batch = 0; batch < SystemCount / Lanes; batch++)
        {
            _triangles.AsSpan(batch * _triangleRoom.Length, _triangleRoom.Length).CopyTo(_triangleRoom);
            _vectors.AsSpan(batch * _vectorRoom.Length, _vectorRoom.Length).CopyTo(_vectorRoom);
            BatchedCholesky.Solve(_triangleRoom, _vectorRoom, Size);
            sum += _vectorRoom[0];
        }
        return sum;
    }

    [Benchmark(OperationsPerInvoke = SystemCount, Description = "libtorch cholesky + cholesky_solve, one of them")]
    [BenchmarkCategory(LibtorchBackend.Category)]
    public float LibtorchCholesky()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor factors = linalg.cholesky(_matrices!);
        return cholesky_solve(_sides!, factors, upper: false).sum().ToSingle();
    }

    /// <summary>Co-occurrences of random histories, with a ridge: full matrices, row by row.</summary>
    private (float[] Matrices, float[] Sides) Systems()
    {
        Random random = new(1);
        float[] matrices = new float[SystemCount * Size * Size], sides = new float[SystemCount * Size];
        for (int system = 0; system < SystemCount; system++)
        {
            Span<float> matrix = matrices.AsSpan(system * Size * Size, Size * Size);
            for (int history = 0; history < 2 * Size; history++)
            {
                int[] chosen = [.. Enumerable.Range(0, Size).Where(_ => random.Next(5) == 0)];
                foreach (int r in chosen)
                {
                    sides[system * Size + r] += random.Next(2);
                    foreach (int c in chosen)
                        matrix[r * Size + c]++;
                }
            }
            for (int r = 0; r < Size; r++)
                matrix[r * Size + r] += 20;
        }
        return (matrices, sides);
    }
}
