using System.Globalization;
using System.Text;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>Collects the tensors of a model file: first those of 8 bytes a number, then of 4, then text, so that all are aligned.</summary>
internal sealed class ModelFileWriter
{
    private readonly List<Action<TensorFileWriter>> _longs = [], _numbers = [], _texts = [];

    /// <summary>Adds a table.</summary>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params long[] shape)
        where T : unmanaged => _numbers.Add(writer => writer.Add(name, values, shape));

    /// <summary>Adds a table whose rows are made a part at a time, as they are written.</summary>
    public void AddParts(string name, Action<Action<ReadOnlyMemory<float>>> read, params long[] shape) =>
        _numbers.Add(writer => writer.AddParts(name, read, shape));

    /// <summary>Adds the rows of a sparse matrix as three tensors.</summary>
    public void AddRows(string name, SparseRows rows)
    {
        Add(name + ".offsets", rows.Offsets, rows.Offsets.Length);
        Add(name + ".indices", rows.Indices, rows.Indices.Length);
        if (rows.HasWeights)
            Add(name + ".weights", rows.Weights, rows.Weights.Length);
    }

    /// <summary>Adds interactions, by user and by item.</summary>
    public void AddHistory(BipartiteGraph history)
    {
        AddRows("history.by_user", history.ByUser);
        AddRows("history.by_item", history.ByItem);
    }

    /// <summary>Adds the ids of users or items where there are some.</summary>
    public void AddIds(string name, Vocabulary vocabulary)
    {
        if (vocabulary.Names is { } ids)
            AddTexts(name, ids);
    }

    /// <summary>Adds texts: where each starts, all of them as UTF-8, and their order.</summary>
    /// <exception cref="NotSupportedException">They take 2 GiB or more.</exception>
    public void AddTexts(string name, IReadOnlyList<string> texts)
    {
        long[] starts = new long[texts.Count + 1];
        for (int index = 0; index < texts.Count; index++)
            starts[index + 1] = starts[index] + Encoding.UTF8.GetByteCount(texts[index]);
        if (starts[^1] > Array.MaxLength)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"The ids of {name} take {starts[^1]:N0} bytes, and a model file holds at most {Array.MaxLength:N0}. Use shorter ids."));
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)starts[^1]);
        for (int index = 0; index < texts.Count; index++)
            Encoding.UTF8.GetBytes(texts[index], bytes.AsSpan((int)starts[index]));
        int[] order = [.. Enumerable.Range(0, texts.Count)];
        order.AsSpan().Sort((a, b) => Text(a).SequenceCompareTo(Text(b)) is var difference && difference != 0 ? difference : a.CompareTo(b));
        _longs.Add(writer => writer.Add<long>(name + ".starts", starts, starts.Length));
        Add<int>(name + ".order", order, order.Length);
        _texts.Add(writer => writer.Add<byte>(name + ".utf8", bytes, bytes.Length));

        ReadOnlySpan<byte> Text(int index) => bytes.AsSpan((int)starts[index], (int)(starts[index + 1] - starts[index]));
    }

    /// <summary>Writes the file.</summary>
    public void Write(Stream stream, IReadOnlyDictionary<string, string> metadata)
    {
        TensorFileWriter writer = new();
        foreach (Action<TensorFileWriter> add in _longs.Concat(_numbers).Concat(_texts))
            add(writer);
        writer.Write(stream, metadata);
    }
}

/// <summary>Reads the parts of a model file.</summary>
/// <param name="tensors">The file.</param>
/// <param name="state">What it says of its model.</param>
internal sealed class ModelFileReader(TensorFileReader tensors, ModelFileState state)
{
    private readonly List<(string Name, SparseRows Rows, int Columns)> _rows = [];
    private Vocabulary? _users, _items;

    /// <summary>What the file says of its model.</summary>
    public ModelFileState State => state;

    /// <summary>The file.</summary>
    public TensorFileReader Tensors => tensors;

    /// <summary>The ids of the users.</summary>
    public Vocabulary Users => _users ??= ReadVocabulary("user", "users", state.Users, state.UserIds, state.UserIdType);

    /// <summary>The ids of the items.</summary>
    public Vocabulary Items => _items ??= ReadVocabulary("item", "items", state.Items, state.ItemIds, state.ItemIdType);

    /// <summary>The interactions, which must be there.</summary>
    public BipartiteGraph ReadHistory()
    {
        int count = state.Interactions ?? throw tensors.Bad($"a {state.Kind} model has its interactions, and the file has none");
        return new BipartiteGraph(
            ReadRows("history.by_user", state.Users, state.Items, count), ReadRows("history.by_item", state.Items, state.Users, count));
    }

    /// <summary>The rows of a sparse matrix.</summary>
    /// <param name="name">The name of the three tensors.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="columnCount">Number of columns.</param>
    /// <param name="count">Number of entries.</param>
    /// <param name="hasWeights">Whether entries have weights.</param>
    public SparseRows ReadRows(string name, int rowCount, int columnCount, int count, bool hasWeights = false)
    {
        SparseRows rows = new(
            tensors.Get<int>(name + ".offsets", rowCount + 1L),
            tensors.Get<int>(name + ".indices", count),
            hasWeights ? tensors.Get<float>(name + ".weights", count) : default);
        if (rows.Offsets.Span[0] != 0 || rows.Offsets.Span[^1] != count)
            throw tensors.Bad($"{name}: expected rows of {count:N0} entries, found offsets from {rows.Offsets.Span[0]:N0} to {rows.Offsets.Span[^1]:N0}");
        _rows.Add((name, rows, columnCount));
        return rows;
    }

    /// <summary>Texts that <see cref="ModelFileWriter.AddTexts"/> wrote.</summary>
    public MappedIds ReadTexts(string name, int count)
    {
        Memory<long> starts = tensors.Get<long>(name + ".starts", count + 1L);
        return new MappedIds(starts, tensors.Get<byte>(name + ".utf8", starts.Span[^1]), tensors.Get<int>(name + ".order", count));
    }

    /// <summary>A matrix, copied.</summary>
    public Matrix ReadMatrix(string name, int rowCount, int columnCount)
    {
        if ((long)rowCount * Matrix.StrideOf(columnCount) > Matrix.MaxLength)
            throw tensors.Bad($"{name} says that it has {rowCount:N0} x {columnCount:N0} numbers");
        ReadOnlySpan<float> values = tensors.Get<float>(name, (long)rowCount * columnCount).Span;
        Matrix matrix = new(rowCount, columnCount);
        for (int row = 0; row < rowCount; row++)
            values.Slice(row * columnCount, columnCount).CopyTo(matrix.Row(row));
        return matrix;
    }

    /// <summary>Checks every entry of all rows that were read: what checksums say nothing of, if somebody made the file by hand.</summary>
    /// <exception cref="InvalidDataException">Indices of a row do not ascend, or are none.</exception>
    public void CheckRows()
    {
        foreach ((string name, SparseRows rows, int columns) in _rows)
        {
            if (!rows.IsValid(columns))
                throw tensors.Bad($"{name} does not have rows of ascending indices below {columns:N0}");
        }
    }

    private Vocabulary ReadVocabulary(string role, string name, int count, bool hasIds, string? type)
    {
        bool areNumbers = !hasIds && type == SavedKeys.NumberType;
        IdFormat? format = type is null || areNumbers ? null : IdFormat.Named(type) ?? throw tensors.Bad($"ids of an unknown type '{type}'");
        MappedIds? ids = hasIds ? ReadTexts(name, count) : null;
        return new Vocabulary(role, count, format, () => ids, hasIds || areNumbers);
    }
}
