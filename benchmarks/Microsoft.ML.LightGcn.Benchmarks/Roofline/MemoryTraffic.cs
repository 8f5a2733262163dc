using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Three ways to move a number of bytes between memory and registers, with as little arithmetic as there can be.</summary>
internal sealed unsafe class MemoryTraffic : IDisposable
{
    /// <summary>Floats of a gathered row: 256 bytes, an embedding of 64 dimensions.</summary>
    public const int RowLength = 64;

    // Long enough to stream, and a multiple of a row.
    private const int ChunkLength = 1 << 15;
    private const int Lanes = 16;

    private readonly ThreadTeam _team;
    private readonly Matrix _table, _gathered;
    private readonly int[] _randomRows;
    private readonly float[] _sums;
    private readonly int _third;
    private readonly Action<int> _sumChunk, _triadChunk, _gatherChunk;

    /// <param name="length">Number of floats that each operation moves, a multiple of 2^15.</param>
    /// <param name="threadCount">Number of threads.</param>
    public MemoryTraffic(int length, int threadCount)
    {
        if (length % ChunkLength != 0 || length == 0)
            throw new ArgumentException($"Expected a multiple of {ChunkLength} floats, found {length}.", nameof(length));
        _team = new ThreadTeam(threadCount);
        _table = new Matrix(length / RowLength, RowLength);
        RandomTable.Uniform(length, seed: 1).CopyTo(_table.Padded);
        _randomRows = new int[_table.RowCount];
        RandomStream random = new(1, RandomPurpose.Sample, 0);
        foreach (ref int row in _randomRows.AsSpan())
            row = random.Next(_table.RowCount);
        _sums = new float[length / ChunkLength * Lanes];
        _gathered = new Matrix(length / ChunkLength, RowLength);
        _third = length / 3;
        _sumChunk = SumChunk;
        _triadChunk = TriadChunk;
        _gatherChunk = GatherChunk;
    }

    /// <summary>Sums the table from its first number to its last.</summary>
    public float Sum()
    {
        _team.Run(_sums.Length / Lanes, _sumChunk);
        return TensorPrimitives.Sum<float>(_sums);
    }

    /// <summary>a = b + 3 c on thirds of the table (STREAM's triad; McCalpin, 1995): two read, one written.</summary>
    public void Triad() => _team.Run((_third + ChunkLength - 1) / ChunkLength, _triadChunk);

    /// <summary>
    /// Sums as many rows as the table has, each drawn at random: every one is read where it happens to be. By propagation's own kernel,
    /// which fetches rows ahead, on long lists: nothing that we know of reads scattered rows faster.
    /// </summary>
    public float Gather()
    {
        _team.Run(_gathered.RowCount, _gatherChunk);
        return TensorPrimitives.Sum<float>(_gathered.Padded);
    }

    /// <summary>The rows that <see cref="Gather"/> reads, in order.</summary>
    public ReadOnlySpan<int> RandomRows => _randomRows;

    /// <summary>The table, row after row.</summary>
    public ReadOnlySpan<float> Values => _table.Padded;

    public void Dispose() => _team.Dispose();

    private void SumChunk(int chunk)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        float* first = _table.Pointer + (nint)chunk * ChunkLength;
        for (float* p = first; p < first + ChunkLength; p += 4 * Lanes)
        {
            a += Vector512.Load(p);
            b += Vector512.Load(p + Lanes);
            c += Vector512.Load(p + 2 * Lanes);
            d += Vector512.Load(p + 3 * Lanes);
        }
        (a + b + (c + d)).CopyTo(_sums, chunk * Lanes);
    }

    private void TriadChunk(int chunk)
    {
        int first = chunk * ChunkLength, length = Math.Min(ChunkLength, _third - first);
        Span<float> all = _table.Padded;
        TensorPrimitives.MultiplyAdd(all.Slice(2 * _third + first, length), 3f, all.Slice(_third + first, length), all.Slice(first, length));
    }

    private void GatherChunk(int chunk)
    {
        const int rows = ChunkLength / RowLength;
        int first = chunk * rows;
        fixed (int* list = _randomRows)
            GatherSum.Compute(list + first, null, rows, _randomRows.Length - first, _table.Pointer, RowLength, 1, null, 0, _gathered.Pointer + (nint)chunk * RowLength);
    }
}
