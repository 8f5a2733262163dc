using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// What the files of all models but LightGCN have in common: a state, ids and history, and vectors of users and items whose inner product is
/// the score.
/// </summary>
internal sealed class SavedBaseline
{
    private const int Format = 2;

    // Whether each item has users: what bears out the number of items where they have no ids. The history bears out the number of users.
    private const string ItemFlags = "LightGcn.ItemFlags";

    // ML.NET writes a lookup table through one buffer of bytes.
    private const long MaximumTableBytes = int.MaxValue;

    private SavedBaseline(SavedChain.Reader reader, State state, BipartiteGraph history, Vocabulary users, Vocabulary items)
    {
        Reader = reader;
        Content = state;
        History = history;
        (Users, Items) = (users, items);
    }

    /// <summary>The state of a file. Format 1 had no more than the kind, and so can't be restored.</summary>
    internal sealed record State(
        int Format, string Kind, string UserColumnName, string ItemColumnName, int Users, int Items, int Interactions,
        bool UserKeys, bool ItemKeys, string? UserIdType, string? ItemIdType, string Checksum,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? LowPassDimension = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float? LowPassWeight = null);

    /// <summary>The rest of the file, behind the history.</summary>
    public SavedChain.Reader Reader { get; }

    /// <summary>What the file says of itself.</summary>
    public State Content { get; }

    /// <summary>The training interactions.</summary>
    public BipartiteGraph History { get; }

    /// <summary>The ids of the users.</summary>
    public Vocabulary Users { get; }

    /// <summary>The ids of the items.</summary>
    public Vocabulary Items { get; }

    /// <summary>Starts a file.</summary>
    /// <param name="columns">Names of the user and the item column.</param>
    /// <param name="model">The model.</param>
    /// <param name="lowPass">The low-pass part of a graph filter; null for other models.</param>
    /// <param name="appendTo">Appends to the checksum's hash what is peculiar to the model; null for nothing.</param>
    public static SavedChain Start((string User, string Item) columns, IRankingModel model, LowPass? lowPass = null, Action<IncrementalHash>? appendTo = null)
    {
        BipartiteGraph history = model.History!;
        State state = new(Format, model.Name, columns.User, columns.Item, model.UserCount, model.ItemCount, history.InteractionCount,
            model.Users.Names is not null, model.Items.Names is not null, SavedKeys.TypeOf(model.Users), SavedKeys.TypeOf(model.Items),
            "", lowPass?.Factors.ColumnCount, lowPass?.Weight);
        state = state with { Checksum = ChecksumOf(state, history, model.Users, model.Items, appendTo) };
        SavedChain chain = new(columns.User, model.UserCount, columns.Item, model.ItemCount);
        chain.AddState(JsonSerializer.Serialize(state, JsonText.Plain));
        SavedKeys.Add(chain, model.Users, model.Items);
        if (model.Items.Names is null)
        {
            byte[] flags = [.. Enumerable.Range(0, model.ItemCount).Select(item => (byte)(history.UsersOf(item).IsEmpty ? 0 : 1))];
            chain.AddChunks<byte>(ItemFlags, flags, NumberDataViewType.Byte);
        }
        SavedGraph.AddHistory(chain, history);
        return chain;
    }

    /// <summary>Opens a file; null for one of an earlier version, which scores and can't be restored.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static SavedBaseline? Open(SavedChain.Reader reader, string stateText)
    {
        State state = SavedChain.ParseState<State>(stateText);
        if (state.Format < Format)
            return null;
        if (state.Format > Format)
            throw SavedChain.Foreign($"expected format {Format} of {state.Kind}, found format {state.Format}, of a later version of this library");
        if (state.Users < 1 || state.Items < 1 || state.Interactions < 0
            || string.IsNullOrEmpty(state.UserColumnName) || string.IsNullOrEmpty(state.ItemColumnName))
            throw SavedChain.Foreign($"the state is incomplete: {state}");
        (Vocabulary users, Vocabulary items) = SavedKeys.Read(
            reader, new SavedKeyTypes(state.UserKeys, state.ItemKeys, state.UserIdType, state.ItemIdType), state.Users, state.Items);
        if (!state.ItemKeys)
            reader.ReadChunks<byte>(ItemFlags, state.Items);
        return new SavedBaseline(reader, state, SavedGraph.ReadHistory(reader, state.Users, state.Items, state.Interactions), users, items);
    }

    /// <summary>Compares the checksum, once all is read.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void Verify(Action<IncrementalHash>? appendTo = null)
    {
        string checksum = ChecksumOf(Content with { Checksum = "" }, History, Users, Items, appendTo);
        if (checksum != Content.Checksum)
            throw SavedChain.Foreign($"expected the checksum {Content.Checksum}, found {checksum}");
    }

    /// <summary>Refuses a table that ML.NET could not write.</summary>
    /// <param name="kind">What the model is.</param>
    /// <param name="bytes">Size of the item vectors.</param>
    /// <param name="advice">What to do instead.</param>
    /// <exception cref="NotSupportedException">The table is too large.</exception>
    public static void CheckSize(string kind, long bytes, string advice)
    {
        if (bytes > MaximumTableBytes)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"The {kind} model can't be saved: its item vectors take {bytes:N0} bytes, "
                + $"and a table of an ML.NET model file holds less than 2 GiB. {advice}"));
    }

    private static string ChecksumOf(State state, BipartiteGraph history, Vocabulary users, Vocabulary items, Action<IncrementalHash>? appendTo)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(state, JsonText.Plain));
        foreach (string id in (users.Names ?? []).Concat(items.Names ?? []))
            hash.AppendText(id);
        hash.Append(history.ByUser.Offsets.Span);
        hash.Append(history.ByUser.Indices.Span);
        appendTo?.Invoke(hash);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
