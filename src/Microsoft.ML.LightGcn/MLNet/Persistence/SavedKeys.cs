using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>The ids of a model's users and items as tables of a <see cref="SavedChain"/>.</summary>
internal static class SavedKeys
{
    private const string UserKeys = "LightGcn.UserKeys", ItemKeys = "LightGcn.ItemKeys";

    // What a file says of keys that were given as numbers. Earlier versions said nothing of keys without key values.
    public const string NumberType = "KeyNumber";

    /// <summary>What a file says of the type of ids.</summary>
    public static string? TypeOf(Vocabulary vocabulary) =>
        vocabulary.Format?.Name ?? (vocabulary.Names is null && vocabulary.NumbersAreIds ? NumberType : null);

    /// <summary>Adds the ids where there are some.</summary>
    public static void Add(SavedChain chain, Vocabulary users, Vocabulary items)
    {
        Add(UserKeys, users);
        Add(ItemKeys, items);

        void Add(string name, Vocabulary vocabulary)
        {
            if (vocabulary.Names is { } names)
                chain.AddChunks<ReadOnlyMemory<char>>(name, names.Select(id => id.AsMemory()).ToArray(), TextDataViewType.Instance);
        }
    }

    /// <summary>Reads the ids, in the order in which they were added.</summary>
    public static (Vocabulary Users, Vocabulary Items) Read(SavedChain.Reader reader, SavedKeyTypes types, int userCount, int itemCount)
    {
        Vocabulary users = Read("user", UserKeys, types.HasUserKeys, types.UserIdType, userCount);
        return (users, Read("item", ItemKeys, types.HasItemKeys, types.ItemIdType, itemCount));

        Vocabulary Read(string role, string name, bool hasKeys, string? type, int count)
        {
            string[]? names = hasKeys ? Array.ConvertAll(reader.ReadChunks<ReadOnlyMemory<char>>(name, count), id => id.ToString()) : null;
            bool areNumbers = !hasKeys && type == NumberType;
            IdFormat? format = type is null || areNumbers ? null : IdFormat.Named(type) ?? throw SavedChain.Foreign($"ids of an unknown type '{type}'");
            return new Vocabulary(role, count, format, () => names, hasKeys || areNumbers);
        }
    }
}

/// <summary>What a saved model's ids are.</summary>
/// <param name="HasUserKeys">Whether users have key values.</param>
/// <param name="HasItemKeys">Whether items have key values.</param>
/// <param name="UserIdType">
/// The type of the users' ids, by <see cref="SavedKeys.TypeOf"/>; null where they are not known, or an earlier version did not say.
/// </param>
/// <param name="ItemIdType">The type of the items' ids.</param>
internal readonly record struct SavedKeyTypes(bool HasUserKeys, bool HasItemKeys, string? UserIdType, string? ItemIdType);
