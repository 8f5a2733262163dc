using Microsoft.ML.Data;
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

    /// <summary>Number of rows that <see cref="AddRows"/> skipped because the user or the item was missing.</summary>
    public long MissingCount { get; private set; }

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

    /// <summary>
    /// Adds every row of a data view in one streaming pass. Key value k is index k-1; rows with a missing or out-of-range
    /// user or item key are skipped and counted.
    /// </summary>
    public void AddRows(IDataView data, DataViewSchema.Column userColumn, DataViewSchema.Column itemColumn)
    {
        if (data.GetRowCount() is long rows && rows > Array.MaxLength)
            throw TooMany(rows);
        using DataViewRowCursor cursor = data.GetRowCursor([userColumn, itemColumn]);
        ValueGetter<uint> getUser = cursor.GetGetter<uint>(userColumn);
        ValueGetter<uint> getItem = cursor.GetGetter<uint>(itemColumn);
        uint user = 0, item = 0;
        while (cursor.MoveNext())
        {
            getUser(ref user);
            getItem(ref item);
            // Raw 0 is a missing key; subtracting 1 makes it greater than any count.
            if (user - 1 < (uint)_userCount && item - 1 < (uint)_itemCount)
                Add((int)(user - 1), (int)(item - 1));
            else
                MissingCount++;
        }
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

        Parallel.For(0, _userCount, user => items.AsSpan(userOffsets[user]..userOffsets[user + 1]).Sort());
        int distinct = MergeDuplicates(userOffsets, items);
        DuplicateCount = PairCount - distinct;
        Array.Resize(ref items, distinct);
        return FromUserRows(userOffsets, items, _itemCount);
    }

    /// <summary>The graph of users' rows, whose items ascend.</summary>
    public static BipartiteGraph FromUserRows(int[] userOffsets, int[] items, int itemCount)
    {
        SparseRows byItem = new SparseRows(userOffsets, items, null).Transpose(itemCount);
        return new BipartiteGraph(userOffsets, items, byItem.Offsets, byItem.Indices);
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

    private static int MergeDuplicates(int[] offsets, int[] values)
    {
        int write = 0, start = 0;
        for (int row = 0; row < offsets.Length - 1; row++)
        {
            int end = offsets[row + 1];
            offsets[row] = write;
            for (int read = start; read < end; read++)
            {
                if (read == start || values[read] != values[read - 1])
                    values[write++] = values[read];
            }
            start = end;
        }
        offsets[^1] = write;
        return write;
    }

    private static ArgumentException TooMany(long count) =>
        new($"The data have at least {count:N0} interactions; a graph holds at most {Array.MaxLength:N0}.");
}
