using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// Collects (user, item) pairs and sorts them into a <see cref="BipartiteGraph"/>. Takes 8 bytes a pair while collecting
/// and 12 at the peak, and leaves 8 bytes a distinct interaction.
/// </summary>
internal sealed class BipartiteGraphBuilder
{
    private const int BlockLength = 1 << 18;

    private readonly int _userCount;
    private readonly int _itemCount;
    private readonly int[] _userDegrees;
    private readonly List<(int User, int Item)[]> _blocks = [];
    private int _used = BlockLength;

    public BipartiteGraphBuilder(int userCount, int itemCount)
    {
        _userCount = userCount;
        _itemCount = itemCount;
        _userDegrees = new int[userCount + 1];
    }

    /// <summary>Number of pairs added, duplicates included.</summary>
    public int PairCount { get; private set; }

    /// <summary>Number of pairs that <see cref="Build"/> merged into an earlier equal one.</summary>
    public int DuplicateCount { get; private set; }

    /// <summary>Adds one interaction by index.</summary>
    public void Add(int user, int item)
    {
        if (PairCount == Array.MaxLength)
            throw TooMany(PairCount + 1L);
        if (_used == BlockLength)
        {
            _blocks.Add(GC.AllocateUninitializedArray<(int, int)>(BlockLength));
            _used = 0;
        }
        _blocks[^1][_used++] = (user, item);
        _userDegrees[user]++;
        PairCount++;
    }

    /// <summary>Sorts the pairs into rows, merging duplicates. The builder is empty afterwards.</summary>
    public BipartiteGraph Build()
    {
        int[] userOffsets = _userDegrees;
        SparseRows.ToOffsets(userOffsets);
        int[] items = GC.AllocateUninitializedArray<int>(PairCount);
        Scatter(userOffsets, items);
        _blocks.Clear();
        _blocks.TrimExcess();
        UnusedMemory.GiveBack(2L * sizeof(int) * PairCount);

        Parallel.For(0, _userCount, user => items.AsSpan(userOffsets[user]..userOffsets[user + 1]).Sort());
        SparseRows rows = SparseRows.MergeEqual(userOffsets, items, null);
        DuplicateCount = PairCount - rows.Count;
        return new BipartiteGraph(rows, _itemCount);
    }

    private void Scatter(int[] offsets, int[] items)
    {
        for (int b = 0; b < _blocks.Count; b++)
        {
            int length = b == _blocks.Count - 1 ? _used : BlockLength;
            foreach ((int user, int item) in _blocks[b].AsSpan(0, length))
                items[offsets[user]++] = item;
        }
        SparseRows.ShiftBack(offsets);
    }

    /// <summary>The error of more pairs than a graph holds.</summary>
    public static ArgumentException TooMany(long count) =>
        new($"Expected at most {Array.MaxLength:N0} interactions, found at least {count:N0}: an array holds no more.");
}
