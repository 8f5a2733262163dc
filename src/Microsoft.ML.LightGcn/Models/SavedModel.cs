using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The saved form of a model: a chain of ML.NET's own transformers, because ML.NET lets nobody else write into a model file.
/// The chain maps the user key and the item key to their vectors and those to Score, so a loaded model works as it is; state
/// that scoring does not need rides in further lookup tables, which cost nothing until they are read.
/// </summary>
/// <remarks>
/// In order: a constant chunk number; the state (JSON) and the chunked tables, looked up by chunk number; user and item vectors,
/// looked up by key; the score; and a step that drops the helper columns.
/// </remarks>
internal static class SavedModel
{
    public const string Chunk = "LightGcn.Chunk";
    public const string UserVector = "LightGcn.UserVector";
    public const string ItemVector = "LightGcn.ItemVector";
    private const string StateColumn = "LightGcn.State";
    private const string BaseUsers = "LightGcn.BaseUsers";
    private const string BaseItems = "LightGcn.BaseItems";
    private const string UserKeys = "LightGcn.UserKeys";
    private const string ItemKeys = "LightGcn.ItemKeys";

    private const int Format = 1;

    // Few enough rows that the lookup tables load at the speed of a copy, small enough for any buffer.
    private const int FloatsPerChunk = 1 << 18;
    private const int KeysPerChunk = 1 << 12;

    private const string Kind = "LightGCN";

    // The checksum is of all the rest and of the tables: those who read a zip do not verify the zip's own.
    private sealed record State(int Format, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items, int Dimension, float[] LayerWeights, bool UserKeys, bool ItemKeys, string Checksum);

    /// <summary>Builds the chain for a fitted model.</summary>
    public static ICanSaveModel Create(LightGcnTransformer fitted)
    {
        MLContext ml = new();
        LightGcnModelParameters model = fitted.Model;
        int users = model.UserCount, items = model.ItemCount, dimension = model.EmbeddingDimension;
        string json = JsonSerializer.Serialize(WithChecksum(fitted));
        VectorDataViewType vector = new(NumberDataViewType.Single, dimension);
        KeyDataViewType userType = new(typeof(uint), users), itemType = new(typeof(uint), items);

        List<string> helpers = [Chunk];
        List<ITransformer> steps = [];
        // Every step is fitted without looking at rows; the view only says which columns there are.
        IDataView view = TableView.Create<uint, uint>(0, fitted.UserColumnName, userType, NoValue, fitted.ItemColumnName, itemType, NoValue);
        Add(ml.Transforms.CustomMapping<NoColumns, ChunkKey>(ChunkMappingFactory.Map, ChunkMappingFactory.ContractName));
        AddTable(StateColumn, Chunk, NumberDataViewType.UInt32, 0, 1, TextDataViewType.Instance, (long _, ref ReadOnlyMemory<char> value) => value = json.AsMemory());
        AddChunks(BaseUsers, index => model.BaseUserEmbeddings[index], model.BaseUserEmbeddings.Length, FloatsPerChunk, NumberDataViewType.Single);
        AddChunks(BaseItems, index => model.BaseItemEmbeddings[index], model.BaseItemEmbeddings.Length, FloatsPerChunk, NumberDataViewType.Single);
        if (model.Users.Values is { } userKeys)
            AddChunks(UserKeys, index => userKeys.AsSpan()[index], users, KeysPerChunk, TextDataViewType.Instance);
        if (model.Items.Values is { } itemKeys)
            AddChunks(ItemKeys, index => itemKeys.AsSpan()[index], items, KeysPerChunk, TextDataViewType.Instance);
        AddTable(UserVector, fitted.UserColumnName, userType, 1, users, vector, (long row, ref VBuffer<float> value) => value = Row(model.UserEmbeddings, row));
        AddTable(ItemVector, fitted.ItemColumnName, itemType, 1, items, vector, (long row, ref VBuffer<float> value) => value = Row(model.ItemEmbeddings, row));
        Add(ml.Transforms.CustomMapping<EmbeddingPair, ScoreOutput>(ScoreMappingFactory.Map, ScoreMappingFactory.ContractName));
        Add(ml.Transforms.DropColumns([.. helpers]));
        return new TransformerChain<ITransformer>([.. steps]);

        void Add(IEstimator<ITransformer> step)
        {
            ITransformer transformer = step.Fit(view);
            view = transformer.Transform(view);
            steps.Add(transformer);
        }

        void AddTable<TValue>(string name, string input, DataViewType keyType, uint firstKey, long rows, DataViewType valueType, TableView.RowValue<TValue> value)
        {
            TableView table = TableView.Create<uint, TValue>(rows, "Key", keyType, (long row, ref uint key) => key = firstKey + (uint)row, "Value", valueType, value);
            Add(ml.Transforms.Conversion.MapValue(name, table, table.Schema["Key"], table.Schema["Value"], input));
            helpers.Add(name);
        }

        void AddChunks<T>(string name, Func<Range, ReadOnlySpan<T>> slice, int count, int perChunk, PrimitiveDataViewType itemType) =>
            AddTable(name, Chunk, NumberDataViewType.UInt32, 0, (count + perChunk - 1) / perChunk, new VectorDataViewType(itemType),
                (long row, ref VBuffer<T> value) =>
                {
                    int start = (int)row * perChunk;
                    T[] chunk = slice(start..Math.Min(count, start + perChunk)).ToArray();
                    value = new VBuffer<T>(chunk.Length, chunk);
                });

        // Each row has an array of its own, because the lookup table keeps it.
        VBuffer<float> Row(ReadOnlySpan<float> table, long row) => new(dimension, table.Slice((int)row * dimension, dimension).ToArray());
    }

    private static State WithChecksum(LightGcnTransformer fitted)
    {
        LightGcnModelParameters model = fitted.Model;
        State state = new(Format, Kind, fitted.UserColumnName, fitted.ItemColumnName, model.UserCount, model.ItemCount, model.EmbeddingDimension, [.. model.LayerWeights], model.Users.Values is not null, model.Items.Values is not null, "");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(state));
        hash.AppendData(MemoryMarshal.AsBytes(model.UserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.ItemEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseUserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseItemEmbeddings));
        foreach (ReadOnlyMemory<char> key in (model.Users.Values ?? []).Concat(model.Items.Values ?? []))
        {
            hash.AppendData(MemoryMarshal.AsBytes(key.Span));
            hash.AppendData([0, 0]);
        }
        return state with { Checksum = System.Convert.ToHexString(hash.GetHashAndReset()) };
    }

    /// <summary>Whether a transformer is the chain that <see cref="Create"/> makes, as ML.NET loads it.</summary>
    public static bool IsSavedModel(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain && chain.FirstOrDefault() is CustomMappingTransformer<NoColumns, ChunkKey>;

    /// <summary>Reads the model back out of a loaded chain.</summary>
    /// <exception cref="InvalidDataException">The chain is not one that <see cref="Create"/> made.</exception>
    public static LightGcnTransformer Read(IHostEnvironment environment, ITransformer savedModel)
    {
        ITransformer[] steps = [.. (IEnumerable<ITransformer>)savedModel];
        int next = 1;
        State state = ReadState(Next(StateColumn));
        int dimension = state.Dimension;
        float[] baseUsers = ReadChunks<float>(Next(BaseUsers), BaseUsers, (long)state.Users * dimension, FloatsPerChunk);
        float[] baseItems = ReadChunks<float>(Next(BaseItems), BaseItems, (long)state.Items * dimension, FloatsPerChunk);
        ReadOnlyMemory<char>[]? userKeys = state.UserKeys ? ReadChunks<ReadOnlyMemory<char>>(Next(UserKeys), UserKeys, state.Users, KeysPerChunk) : null;
        ReadOnlyMemory<char>[]? itemKeys = state.ItemKeys ? ReadChunks<ReadOnlyMemory<char>>(Next(ItemKeys), ItemKeys, state.Items, KeysPerChunk) : null;
        float[] users = ReadVectors(Next(UserVector), UserVector, state.UserColumnName, state.Users, dimension);
        float[] items = ReadVectors(Next(ItemVector), ItemVector, state.ItemColumnName, state.Items, dimension);
        LightGcnModelParameters model = new(new TrainedEmbeddings(users, items, baseUsers, baseItems), state.Users, state.Items, dimension, state.LayerWeights,
            KeyVocabulary.FromText(state.Users, userKeys), KeyVocabulary.FromText(state.Items, itemKeys));
        LightGcnTransformer fitted = new(environment, model, state.UserColumnName, state.ItemColumnName);
        string checksum = WithChecksum(fitted).Checksum;
        return checksum == state.Checksum ? fitted : throw Foreign($"the checksum should be {state.Checksum} and is {checksum}");

        ITransformer Next(string name) => next < steps.Length && steps[next] is ValueMappingTransformer
            ? steps[next++]
            : throw Foreign($"step {next} should be the table {name}");
    }

    private static State ReadState(ITransformer table)
    {
        ReadOnlyMemory<char> json = default;
        ReadRows(table, StateColumn, Chunks(1), (long _, ref ReadOnlyMemory<char> value) => json = value.ToString().AsMemory());
        State? state = null;
        try
        {
            state = JsonSerializer.Deserialize<State>(json.Span);
        }
        catch (JsonException error)
        {
            throw Foreign($"the state is not readable: {error.Message}");
        }
        if (state is not { Format: Format, Kind: Kind })
            throw Foreign($"expected format {Format} of {Kind}, found format {state?.Format} of {state?.Kind}");
        if (state.Users < 1 || state.Items < 1 || state.Dimension < 1 || state.LayerWeights is null || string.IsNullOrEmpty(state.UserColumnName) || string.IsNullOrEmpty(state.ItemColumnName))
            throw Foreign($"the state is incomplete: {json}");
        return state;
    }

    private static T[] ReadChunks<T>(ITransformer table, string name, long count, int perChunk)
    {
        if (count > Array.MaxLength)
            throw Foreign($"{name} says it has {count:N0} values");
        T[] values = GC.AllocateUninitializedArray<T>((int)count);
        ReadRows(table, name, Chunks((count + perChunk - 1) / perChunk), (long row, ref VBuffer<T> chunk) =>
        {
            Span<T> target = values.AsSpan((int)row * perChunk, (int)Math.Min(perChunk, count - row * perChunk));
            if (chunk.Length != target.Length)
                throw Foreign($"chunk {row} of {name} should have {target.Length} values and has {chunk.Length}");
            chunk.CopyTo(target);
        });
        return values;
    }

    private static float[] ReadVectors(ITransformer table, string name, string input, int count, int dimension)
    {
        long length = (long)count * dimension;
        if (length > Array.MaxLength)
            throw Foreign($"{name} says it has {length:N0} values");
        float[] values = GC.AllocateUninitializedArray<float>((int)length);
        TableView keys = TableView.Create(count, input, new KeyDataViewType(typeof(uint), count), (long row, ref uint key) => key = (uint)row + 1);
        ReadRows(table, name, keys, (long row, ref VBuffer<float> vector) =>
        {
            if (vector.Length != dimension)
                throw Foreign($"row {row + 1} of {name} should have {dimension} values and has {vector.Length}");
            vector.CopyTo(values.AsSpan((int)row * dimension, dimension));
        });
        return values;
    }

    private static void ReadRows<T>(ITransformer table, string name, TableView keys, TableView.RowValue<T> read)
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

    private static TableView Chunks(long count) =>
        TableView.Create(count, Chunk, NumberDataViewType.UInt32, (long row, ref uint chunk) => chunk = (uint)row);

    private static void NoValue(long row, ref uint key) => key = 0;

    private static InvalidDataException Foreign(string reason) => new($"This model was not saved by Microsoft.ML.LightGcn, or is damaged: {reason}.");
}
