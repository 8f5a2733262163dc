using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.LightGcn.Kernels;

/// <summary>
/// Scores all items for a block of users from factor tables: a register-blocked product of user rows with item panels.
/// </summary>
/// <remarks>
/// The score of a pair is defined exactly, so that every path gives the same bits (see PairScore): the components are cut
/// into blocks of 16, each block is summed from 0 in ascending order by fused multiply-adds, and the block sums are added
/// in ascending order to 0. Lanes hold different items, so the register width does not matter.
/// </remarks>
internal sealed unsafe class FactorScorer : IItemScorer
{
    private const int UserBlock = 8;
    private const int ComponentBlock = EmbeddingTable.ComponentBlock;

    private readonly EmbeddingTable _users;
    private readonly EmbeddingTable _panels;
    private readonly int _panelWidth;

    /// <summary>Reads users from rows 0..userCount-1 of a table and copies the item rows that follow them into panels.</summary>
    public FactorScorer(EmbeddingTable nodes, int userCount)
        : this(nodes, userCount, nodes, userCount, nodes.RowCount - userCount)
    {
    }

    /// <summary>Reads users from one table, which must not change, and copies the items of another into panels.</summary>
    public FactorScorer(EmbeddingTable users, EmbeddingTable items)
        : this(users, users.RowCount, items, 0, items.RowCount)
    {
    }

    private FactorScorer(EmbeddingTable users, int userCount, EmbeddingTable items, int firstItem, int itemCount)
    {
        UserCount = userCount;
        ItemCount = itemCount;
        _users = users;
        _panelWidth = 2 * (Vector512.IsHardwareAccelerated ? Width512.Count : Vector256.IsHardwareAccelerated ? Width256.Count : Width128.Count);
        // Panel p holds items pW..pW+W-1 component by component, so that a register is one component of neighbouring items.
        int panels = (itemCount + _panelWidth - 1) / _panelWidth;
        _panels = new EmbeddingTable(panels, items.Stride * _panelWidth);
        for (int item = 0; item < itemCount; item++)
        {
            (int panel, int lane) = Math.DivRem(item, _panelWidth);
            Span<float> target = _panels.Row(panel);
            ReadOnlySpan<float> row = items.Row(firstItem + item);
            for (int k = 0; k < row.Length; k++)
                target[k * _panelWidth + lane] = row[k];
        }
    }

    public int UserCount { get; }

    public int ItemCount { get; }

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        if (scores.Length < (long)users.Length * ItemCount)
            throw new ArgumentException($"Expected room for {users.Length} x {ItemCount} scores, found {scores.Length}.", nameof(scores));
        foreach (int user in users)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)user, (uint)UserCount, nameof(users));
        if (Vector512.IsHardwareAccelerated)
            Score<Width512, Vector512<float>>(users, scores);
        else if (Vector256.IsHardwareAccelerated)
            Score<Width256, Vector256<float>>(users, scores);
        else
            Score<Width128, Vector128<float>>(users, scores);
    }

    private void Score<TWidth, TVector>(ReadOnlySpan<int> users, Span<float> scores)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float** rows = stackalloc float*[UserBlock];
        float* tail = stackalloc float[UserBlock * _panelWidth];
        fixed (float* output = scores)
        {
            // A panel stays in the first-level cache while all users pass it.
            for (int panel = 0; panel < _panels.RowCount; panel++)
            {
                float* items = _panels.Pointer + (nint)panel * _panels.Stride;
                int firstItem = panel * _panelWidth;
                int width = Math.Min(_panelWidth, ItemCount - firstItem);
                for (int first = 0; first < users.Length; first += UserBlock)
                {
                    int count = Math.Min(UserBlock, users.Length - first);
                    // Missing users of the last block repeat its first one; their scores go to the tail and are dropped.
                    for (int u = 0; u < UserBlock; u++)
                        rows[u] = _users.Pointer + (nint)users[first + (u < count ? u : 0)] * _users.Stride;
                    if (count == UserBlock && width == _panelWidth)
                    {
                        Tile<TWidth, TVector>(rows, items, output + (nint)first * ItemCount + firstItem, ItemCount);
                    }
                    else
                    {
                        Tile<TWidth, TVector>(rows, items, tail, _panelWidth);
                        for (int u = 0; u < count; u++)
                            new ReadOnlySpan<float>(tail + u * _panelWidth, width).CopyTo(scores.Slice((first + u) * ItemCount + firstItem, width));
                    }
                }
            }
        }
        GC.KeepAlive(this);
    }

    /// <summary>Eight users by two registers of items: sixteen running sums, in two halves where there are sixteen registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tile<TWidth, TVector>(float** users, float* items, float* output, nint outputStride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        if (typeof(TWidth) == typeof(Width256))
        {
            HalfTile<TWidth, TVector>(users, items, output, outputStride, _users.Stride);
            HalfTile<TWidth, TVector>(users + 4, items, output + 4 * outputStride, outputStride, _users.Stride);
        }
        else
        {
            FullTile<TWidth, TVector>(users, items, output, outputStride, _users.Stride);
        }
    }

    private static void FullTile<TWidth, TVector>(float** users, float* items, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = users[0], u1 = users[1], u2 = users[2], u3 = users[3], u4 = users[4], u5 = users[5], u6 = users[6], u7 = users[7];
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
            for (int k = block; k < block + ComponentBlock; k++)
            {
                TVector left = TWidth.Load(items), right = TWidth.Load(items + TWidth.Count);
                items += 2 * TWidth.Count;
                TVector x = TWidth.Broadcast(u0[k]);
                a0 = TWidth.FusedMultiplyAdd(x, left, a0);
                b0 = TWidth.FusedMultiplyAdd(x, right, b0);
                x = TWidth.Broadcast(u1[k]);
                a1 = TWidth.FusedMultiplyAdd(x, left, a1);
                b1 = TWidth.FusedMultiplyAdd(x, right, b1);
                x = TWidth.Broadcast(u2[k]);
                a2 = TWidth.FusedMultiplyAdd(x, left, a2);
                b2 = TWidth.FusedMultiplyAdd(x, right, b2);
                x = TWidth.Broadcast(u3[k]);
                a3 = TWidth.FusedMultiplyAdd(x, left, a3);
                b3 = TWidth.FusedMultiplyAdd(x, right, b3);
                x = TWidth.Broadcast(u4[k]);
                a4 = TWidth.FusedMultiplyAdd(x, left, a4);
                b4 = TWidth.FusedMultiplyAdd(x, right, b4);
                x = TWidth.Broadcast(u5[k]);
                a5 = TWidth.FusedMultiplyAdd(x, left, a5);
                b5 = TWidth.FusedMultiplyAdd(x, right, b5);
                x = TWidth.Broadcast(u6[k]);
                a6 = TWidth.FusedMultiplyAdd(x, left, a6);
                b6 = TWidth.FusedMultiplyAdd(x, right, b6);
                x = TWidth.Broadcast(u7[k]);
                a7 = TWidth.FusedMultiplyAdd(x, left, a7);
                b7 = TWidth.FusedMultiplyAdd(x, right, b7);
            }
            bool first = block == 0;
            AddBlock<TWidth, TVector>(output, a0, b0, first);
            AddBlock<TWidth, TVector>(output + outputStride, a1, b1, first);
            AddBlock<TWidth, TVector>(output + 2 * outputStride, a2, b2, first);
            AddBlock<TWidth, TVector>(output + 3 * outputStride, a3, b3, first);
            AddBlock<TWidth, TVector>(output + 4 * outputStride, a4, b4, first);
            AddBlock<TWidth, TVector>(output + 5 * outputStride, a5, b5, first);
            AddBlock<TWidth, TVector>(output + 6 * outputStride, a6, b6, first);
            AddBlock<TWidth, TVector>(output + 7 * outputStride, a7, b7, first);
        }
    }

    private static void HalfTile<TWidth, TVector>(float** users, float* items, float* output, nint outputStride, int stride)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        float* u0 = users[0], u1 = users[1], u2 = users[2], u3 = users[3];
        for (int block = 0; block < stride; block += ComponentBlock)
        {
            TVector a0 = TWidth.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
            for (int k = block; k < block + ComponentBlock; k++)
            {
                TVector left = TWidth.Load(items), right = TWidth.Load(items + TWidth.Count);
                items += 2 * TWidth.Count;
                TVector x = TWidth.Broadcast(u0[k]);
                a0 = TWidth.FusedMultiplyAdd(x, left, a0);
                b0 = TWidth.FusedMultiplyAdd(x, right, b0);
                x = TWidth.Broadcast(u1[k]);
                a1 = TWidth.FusedMultiplyAdd(x, left, a1);
                b1 = TWidth.FusedMultiplyAdd(x, right, b1);
                x = TWidth.Broadcast(u2[k]);
                a2 = TWidth.FusedMultiplyAdd(x, left, a2);
                b2 = TWidth.FusedMultiplyAdd(x, right, b2);
                x = TWidth.Broadcast(u3[k]);
                a3 = TWidth.FusedMultiplyAdd(x, left, a3);
                b3 = TWidth.FusedMultiplyAdd(x, right, b3);
            }
            bool first = block == 0;
            AddBlock<TWidth, TVector>(output, a0, b0, first);
            AddBlock<TWidth, TVector>(output + outputStride, a1, b1, first);
            AddBlock<TWidth, TVector>(output + 2 * outputStride, a2, b2, first);
            AddBlock<TWidth, TVector>(output + 3 * outputStride, a3, b3, first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlock<TWidth, TVector>(float* output, TVector left, TVector right, bool first)
        where TWidth : IVectorWidth<TVector>
        where TVector : struct
    {
        TVector zero = TWidth.Broadcast(0);
        TWidth.Store(TWidth.Add(first ? zero : TWidth.Load(output), left), output);
        TWidth.Store(TWidth.Add(first ? zero : TWidth.Load(output + TWidth.Count), right), output + TWidth.Count);
    }
}
