using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// A model that needs no more than its score: a <see cref="SavedChain"/> of a vector for each user and each item, whose inner
/// product is the score, and a state that says what kind of model it is.
/// </summary>
internal static class SavedPeer
{
    // ML.NET writes a lookup table through one buffer of bytes.
    private const long MaxTableBytes = int.MaxValue;

    private sealed record State(int Format, string Kind);

    /// <param name="kind">What the model is.</param>
    /// <param name="columns">Names of the user and the item column.</param>
    /// <param name="model">The model: its number of users and items.</param>
    /// <param name="length">Length of every vector.</param>
    /// <param name="userVector">The vector of a user, in memory of its own.</param>
    /// <param name="itemVector">The vector of an item, in memory of its own.</param>
    public static TransformerChain<ITransformer> Create(string kind, (string User, string Item) columns, IItemScorer model, int length, Func<int, VBuffer<float>> userVector, Func<int, VBuffer<float>> itemVector)
    {
        SavedChain chain = new(columns.User, model.UserCount, columns.Item, model.ItemCount);
        chain.AddState(JsonSerializer.Serialize(new State(1, kind)));
        return chain.Finish(length, userVector, itemVector);
    }

    /// <summary>Refuses a table that ML.NET could not write.</summary>
    /// <param name="kind">What the model is.</param>
    /// <param name="bytes">Size of the item vectors.</param>
    /// <param name="advice">What to do instead.</param>
    /// <exception cref="NotSupportedException">The table is too large.</exception>
    public static void CheckSize(string kind, long bytes, string advice)
    {
        if (bytes > MaxTableBytes)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture, $"The {kind} model can't be saved: its item vectors take {bytes:N0} bytes, and a table of an ML.NET model file holds less than 2 GiB. {advice}"));
    }
}
