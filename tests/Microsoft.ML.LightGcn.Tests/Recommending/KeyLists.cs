namespace Microsoft.ML.LightGcn.Tests.Recommending;

internal static class KeyLists
{
    /// <summary>Items by raw keys.</summary>
    public static ItemSet GetItemsByKey(this Recommender recommender, params IEnumerable<uint> keys) => recommender.GetItems(keys.Select(key => new Key(key)));
}
