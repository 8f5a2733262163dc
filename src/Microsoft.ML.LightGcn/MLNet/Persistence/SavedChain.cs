using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// The saved form of a model: a chain of ML.NET's own transformers, because ML.NET lets nobody else write into a model file.
/// The chain maps the user key and the item key to a vector each, and those to their inner product, so a loaded model works as
/// it is; state that scoring does not need rides in further lookup tables, which cost nothing until they are read.
/// </summary>
/// <remarks>
/// In order: a constant chunk number; the state (text) and the chunked tables, looked up by chunk number; user and item vectors,
/// looked up by key; the score; and a step that drops the helper columns.
/// </remarks>
internal sealed class SavedChain
{
    public const string Chunk = "LightGcn.Chunk";
    public const string UserVector = "LightGcn.UserVector";
    public const string ItemVector = "LightGcn.ItemVector";
    public const string UserHistory = "LightGcn.UserHistory";
    public const string ItemWeights = "LightGcn.ItemWeights";
    public const string State = "LightGcn.State";

    // Few enough rows that a lookup table loads at the speed of a copy, small enough for any buffer.
    private const int BytesPerChunk = 1 << 20;

    private readonly MLContext _ml = new();
    private readonly List<ITransformer> _steps = [];
    private readonly List<string> _helpers = [Chunk];
    private readonly (string Name, KeyDataViewType Type) _user, _item;
    private IDataView _view;

    public SavedChain(string userColumnName, int userCount, string itemColumnName, int itemCount)
    {
        _user = (userColumnName, new KeyDataViewType(typeof(uint), userCount));
        _item = (itemColumnName, new KeyDataViewType(typeof(uint), itemCount));
        // Every step is fitted without looking at rows; the view only says which columns there are.
        _view = new TableView.Builder(0).Add<uint>(_user.Name, _user.Type, NoValue).Add<uint>(_item.Name, _item.Type, NoValue).ToView();
        Add(_ml.Transforms.CustomMapping<NoColumns, ChunkKey>(ChunkMappingFactory.Map, ChunkMappingFactory.ContractName));
    }

    /// <summary>Adds the state: the first table of every chain.</summary>
    public void AddState(string text) =>
        AddTable(
            State,
            Chunk,
            NumberDataViewType.UInt32,
            row => (uint)row,
            1,
            TextDataViewType.Instance,
            (long _, ref ReadOnlyMemory<char> value) => value = text.AsMemory());

    /// <summary>Adds values that scoring does not need.</summary>
    public void AddChunks<T>(string name, ReadOnlyMemory<T> values, PrimitiveDataViewType itemType)
    {
        int perChunk = PerChunk<T>();
        AddTable(name, Chunk, NumberDataViewType.UInt32, row => (uint)row, (values.Length + perChunk - 1) / perChunk, new VectorDataViewType(itemType),
            (long row, ref VBuffer<T> value) =>
            {
                int start = (int)row * perChunk;
                T[] chunk = values.Span[start..Math.Min(values.Length, start + perChunk)].ToArray();
                value = new VBuffer<T>(chunk.Length, chunk);
            });
    }

    /// <summary>
    /// Adds the vectors and the score, and ends the chain. Users and items that the model knows nothing of have no row: a key that is not in a
    /// lookup table gives an empty vector, and that a NaN.
    /// </summary>
    /// <param name="known">The users and items that the model knows.</param>
    /// <param name="length">Length of every vector.</param>
    /// <param name="userVector">The vector of user index u, in memory of its own: the lookup table keeps it.</param>
    /// <param name="itemVector">The vector of item index i, in memory of its own.</param>
    /// <param name="neighbourhood">What is added to the inner product of the two vectors; null for nothing.</param>
    public TransformerChain<ITransformer> Finish(
        KnownNodes known, int length, Func<int, SparseVector> userVector, Func<int, SparseVector> itemVector, Neighbourhood? neighbourhood = null)
    {
        AddVectors(UserVector, _user, length, known.HasUser, userVector);
        AddVectors(ItemVector, _item, length, known.HasItem, itemVector);
        if (neighbourhood is null)
            Add(_ml.Transforms.CustomMapping<EmbeddingPair, ScoreOutput>(ScoreMappingFactory.Map, ScoreMappingFactory.ContractName));
        else
        {
            int items = neighbourhood.Weights.ItemCount;
            AddVectors(UserHistory, _user, items, known.HasUser, neighbourhood.HistoryVector);
            AddVectors(ItemWeights, _item, items, known.HasItem, neighbourhood.Weights.Columns());
            Add(_ml.Transforms.CustomMapping<NeighbourhoodPair, ScoreOutput>(
                NeighbourhoodScoreMappingFactory.Map, NeighbourhoodScoreMappingFactory.ContractName));
        }
        Add(_ml.Transforms.DropColumns([.. _helpers]));
        return new TransformerChain<ITransformer>([.. _steps]);

        void AddVectors(string name, (string Name, KeyDataViewType Type) key, int length, Func<int, bool> isKnown, Func<int, SparseVector> vector)
        {
            int[] indices = [.. Enumerable.Range(0, (int)key.Type.Count).Where(isKnown)];
            AddTable(name, key.Name, key.Type, row => (uint)indices[row] + 1, indices.Length,
                new VectorDataViewType(NumberDataViewType.Single, length), (long row, ref VBuffer<float> value) =>
            {
                SparseVector components = vector(indices[row]);
                value = components.Indices is null
                    ? new VBuffer<float>(length, components.Values)
                    : new VBuffer<float>(length, components.Values.Length, components.Values, components.Indices);
            });
        }
    }

    /// <summary>Whether a transformer is such a chain, as ML.NET loads it, and nothing more.</summary>
    public static bool IsSavedChain(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain && LengthOf([.. chain]) is { } length && length == chain.Count();

    /// <summary>The transformers of a chain, in which saved models are one each: ML.NET's Append joins its steps to those of a loaded model.</summary>
    public static IEnumerable<ITransformer> Parts(IEnumerable<ITransformer> chain)
    {
        ITransformer[] steps = [.. chain];
        if (LengthOf(steps) is not { } length)
            return steps;
        return [new TransformerChain<ITransformer>(steps[..length]), .. steps[length..]];
    }

    /// <summary>The number of steps of the saved model that a chain starts with; null where it starts with none.</summary>
    private static int? LengthOf(ITransformer[] steps)
    {
        if (steps is not [CustomMappingTransformer<NoColumns, ChunkKey>, ..])
            return null;
        int score = Array.FindIndex(steps, step =>
            step is CustomMappingTransformer<EmbeddingPair, ScoreOutput> or CustomMappingTransformer<NeighbourhoodPair, ScoreOutput>);
        // The last step drops the helper columns. A chain that is cut off is a damaged model, which reading it finds out.
        return score < 0 ? steps.Length : Math.Min(score + 2, steps.Length);
    }

    /// <summary>The state of a chain.</summary>
    /// <exception cref="InvalidDataException">The text is no such state.</exception>
    public static T ParseState<T>(string json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, JsonText.Plain) ?? throw Foreign($"the state does not say what it is of: {json}");
        }
        catch (JsonException error)
        {
            throw Foreign($"the state is not readable: {error.Message}", error);
        }
    }

    public static InvalidDataException Foreign(string reason, Exception? cause = null) =>
        new($"This model was not saved by Microsoft.ML.LightGcn, or is damaged: {reason}.", cause);

    private static int PerChunk<T>() => typeof(T) == typeof(ReadOnlyMemory<char>) ? 1 << 12 : BytesPerChunk / Unsafe.SizeOf<T>();

    private void Add(IEstimator<ITransformer> step)
    {
        ITransformer transformer = step.Fit(_view);
        _view = transformer.Transform(_view);
        _steps.Add(transformer);
    }

    private void AddTable<TValue>(
        string name, string input, DataViewType keyType, Func<long, uint> keyOf, long rows, DataViewType valueType, TableView.RowValue<TValue> value)
    {
        TableView table = new TableView.Builder(rows)
            .Add("Key", keyType, (long row, ref uint key) => key = keyOf(row))
            .Add("Value", valueType, value)
            .ToView();
        Add(_ml.Transforms.Conversion.MapValue(name, table, table.Schema["Key"], table.Schema["Value"], input));
        _helpers.Add(name);
    }

    private static void NoValue(long row, ref uint key) => key = 0;

    /// <summary>Reads the tables of a loaded chain, in the order in which they were added.</summary>
    public sealed class Reader(ITransformer savedChain)
    {
        private readonly ITransformer[] _steps = [.. (IEnumerable<ITransformer>)savedChain];
        private int _next = 1;

        /// <summary>Reads the state.</summary>
        /// <exception cref="InvalidDataException">This, like every method: the chain is not one of ours, or is damaged.</exception>
        public string ReadState()
        {
            string text = "";
            ReadRows(NextTable(State), State, Chunks(1), (long _, ref ReadOnlyMemory<char> value) => text = value.ToString());
            return text;
        }

        /// <summary>Reads values.</summary>
        /// <param name="name">Name of the table.</param>
        /// <param name="count">How many values there are.</param>
        public T[] ReadChunks<T>(string name, long count)
        {
            T[] values = [];
            ReadChunks<T>(name, count, () => values = Allocate<T>(name, count));
            return values;
        }

        /// <summary>Reads values to where there is room for them.</summary>
        /// <param name="name">Name of the table.</param>
        /// <param name="count">How many values there are.</param>
        /// <param name="target">Gives the room, once the file is known to have as many.</param>
        public void ReadChunks<T>(string name, long count, Func<Memory<T>> target)
        {
            int perChunk = PerChunk<T>();
            TableView chunks = Chunks((count + perChunk - 1) / perChunk);
            ValueMappingTransformer table = NextTable(name);
            // Looked at before there is room for them: a count that the file does not bear out takes no memory.
            ReadRows(table, name, chunks, (long row, ref VBuffer<T> chunk) =>
            {
                if (chunk.Length != LengthOf(row))
                    throw Foreign($"expected {LengthOf(row)} values in chunk {row} of {name}, found {chunk.Length}");
            });
            Memory<T> values = target();
            ReadRows(table, name, chunks, (long row, ref VBuffer<T> chunk) => chunk.CopyTo(values.Span.Slice((int)row * perChunk, LengthOf(row))));

            int LengthOf(long row) => (int)Math.Min(perChunk, count - row * perChunk);
        }

        /// <summary>Reads dense vectors, row-major; first those of the users, then those of the items. What has no row keeps its zeros.</summary>
        public void ReadVectors(string name, string keyColumnName, int count, int length, Memory<float> values) =>
            ReadVectors(name, keyColumnName, count, length, (int row, in VBuffer<float> vector) => vector.CopyTo(values.Span.Slice(row * length, length)));

        /// <summary>Passes over a table.</summary>
        public void SkipTable(string name) => NextTable(name);

        /// <summary>Reads vectors that need not be dense, of the keys that have one.</summary>
        public void ReadVectors(string name, string keyColumnName, int count, int length, VectorReader read)
        {
            ReadRows(NextTable(name), name, Keys(keyColumnName, count), (long row, ref VBuffer<float> vector) =>
            {
                if (vector.Length != length && vector.Length != 0)
                    throw Foreign($"expected {length} values in row {row + 1} of {name}, found {vector.Length}");
                if (vector.Length > 0)
                    read((int)row, vector);
            });
        }

        public delegate void VectorReader(int row, in VBuffer<float> vector);

        /// <summary>An array for what a table says that it has.</summary>
        public static T[] Allocate<T>(string name, long count) => count <= Array.MaxLength
            ? GC.AllocateUninitializedArray<T>((int)count)
            : throw Foreign($"{name} says it has {count:N0} values");

        private ValueMappingTransformer NextTable(string name)
        {
            if (_next == _steps.Length || _steps[_next] is not ValueMappingTransformer table)
                throw Foreign($"expected the table {name} as step {_next}, found another");
            _next++;
            return table;
        }

        private static void ReadRows<T>(ValueMappingTransformer table, string name, TableView keys, TableView.RowValue<T> read)
        {
            try
            {
                IDataView rows = table.Transform(keys);
                DataViewSchema.Column column = rows.Schema.GetColumnOrNull(name) ?? throw Foreign($"the table {name} is missing");
                using DataViewRowCursor cursor = rows.GetRowCursor([column]);
                ValueGetter<T> getter = cursor.GetGetter<T>(column);
                T value = default!;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    read(cursor.Position, ref value);
                }
            }
            catch (Exception error) when (error is not (InvalidDataException or OutOfMemoryException))
            {
                // A damaged table can be of other columns or types, which ML.NET notices in many ways.
                throw Foreign($"the table {name} can't be read: {error.GetBaseException().Message}", error);
            }
        }

        private static TableView Keys(string columnName, int count) => new TableView.Builder(count)
            .Add(columnName, new KeyDataViewType(typeof(uint), count), (long row, ref uint key) => key = (uint)row + 1)
            .ToView();

        private static TableView Chunks(long count) =>
            new TableView.Builder(count).Add(Chunk, NumberDataViewType.UInt32, (long row, ref uint chunk) => chunk = (uint)row).ToView();
    }
}
