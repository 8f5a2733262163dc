using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The neighbours of a chunk of nodes that a batch touches, as lists of their slots: the first hop back gathers from these alone, as the
/// gradient of every other node is zero.
/// </summary>
internal readonly ref struct BatchNeighbours : IDisposable
{
    private readonly GatherBlock[] _blocks;

    /// <summary>Collects the slots, and the weights where there are some, of the neighbours of nodes start to end-1.</summary>
    /// <param name="range">The range of the nodes.</param>
    /// <param name="start">The first node.</param>
    /// <param name="end">One past the last node.</param>
    /// <param name="slotOf">The slot of each node in the batch; negative for none.</param>
    public BatchNeighbours(NodeRange range, int start, int end, ReadOnlySpan<int> slotOf)
    {
        _blocks = new GatherBlock[range.Blocks.Length];
        for (int b = 0; b < _blocks.Length; b++)
            _blocks[b] = Collect(range.Blocks[b], start - range.First, end - range.First, slotOf);
    }

    /// <summary>The lists, whose first is that of the first node.</summary>
    public ReadOnlySpan<GatherBlock> Blocks => _blocks;

    /// <summary>Gives the lists' memory back.</summary>
    public void Dispose()
    {
        foreach (GatherBlock block in _blocks)
        {
            Return(block.Offsets);
            Return(block.Indices);
            if (!block.Weights.IsEmpty)
                Return(block.Weights);
        }
    }

    /// <summary>Gives an array of <see cref="Collect"/> back.</summary>
    private static void Return<T>(ReadOnlyMemory<T> rented)
    {
        MemoryMarshal.TryGetArray(rented, out ArraySegment<T> array);
        ArrayPool<T>.Shared.Return(array.Array!);
    }

    private static GatherBlock Collect(AdjacencyBlock block, int start, int end, ReadOnlySpan<int> slotOf)
    {
        SparseRows rows = block.Rows;
        slotOf = slotOf[block.FirstNeighbour..];
        // One more than is needed: a place is written always, and kept only if there is a slot.
        int capacity = rows.Offsets.Span[end] - rows.Offsets.Span[start] + 1, count = 0;
        int[] offsets = ArrayPool<int>.Shared.Rent(end - start + 1), slots = ArrayPool<int>.Shared.Rent(capacity);
        float[]? kept = !rows.HasWeights ? null : ArrayPool<float>.Shared.Rent(capacity);
        for (int row = start; row < end; row++)
        {
            offsets[row - start] = count;
            ReadOnlySpan<int> neighbours = rows[row];
            // No branch to mispredict.
            if (kept is null)
            {
                foreach (int neighbour in neighbours)
                {
                    int slot = slotOf[neighbour];
                    slots[count] = slot;
                    count += slot >= 0 ? 1 : 0;
                }
                continue;
            }
            ReadOnlySpan<float> weights = rows.WeightsOf(row);
            for (int n = 0; n < neighbours.Length; n++)
            {
                int slot = slotOf[neighbours[n]];
                (slots[count], kept[count]) = (slot, weights[n]);
                count += slot >= 0 ? 1 : 0;
            }
        }
        offsets[end - start] = count;
        return new GatherBlock(offsets, slots, kept, count, 0, block.Strength);
    }
}
