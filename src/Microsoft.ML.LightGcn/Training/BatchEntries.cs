using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// Which parts of a batch touch which node. A batch lists a node for each of its entries; nodes get consecutive slots in a
/// <see cref="BatchGradient"/>, and each slot gets its entries in ascending order, so that one thread can sum them the same
/// way every time.
/// </summary>
internal sealed class BatchEntries
{
    private readonly BatchGradient _gradient;
    private readonly int[] _offsets, _entries;

    /// <param name="gradient">Gives the slots; room for as many nodes as there are entries.</param>
    /// <param name="capacity">The maximum number of entries.</param>
    public BatchEntries(BatchGradient gradient, int capacity)
    {
        _gradient = gradient;
        _offsets = new int[gradient.Rows.RowCount + 1];
        _entries = new int[capacity];
    }

    /// <summary>Gives every node a slot, and every slot its entries.</summary>
    /// <param name="nodes">The node of each entry; -1 for an entry to leave out.</param>
    public void Assign(ReadOnlySpan<int> nodes)
    {
        _gradient.Clear();
        Array.Clear(_offsets);
        foreach (int node in nodes)
        {
            if (node >= 0)
                _offsets[_gradient.AddNode(node)]++;
        }
        int start = 0;
        for (int slot = 0; slot <= _gradient.Count; slot++)
        {
            if (slot < _gradient.Count)
                start += _offsets[slot];
            _offsets[slot] = start;
        }
        // Filled from the back: the ends become the starts, and each slot's entries ascend.
        ReadOnlySpan<int> slotOf = _gradient.SlotOf;
        for (int entry = nodes.Length - 1; entry >= 0; entry--)
        {
            if (nodes[entry] >= 0)
                _entries[--_offsets[slotOf[nodes[entry]]]] = entry;
        }
    }

    /// <summary>The entries of a slot, ascending.</summary>
    public ReadOnlySpan<int> Of(int slot) => _entries.AsSpan(_offsets[slot].._offsets[slot + 1]);
}
