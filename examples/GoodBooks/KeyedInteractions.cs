using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace GoodBooks;

/// <summary>Interactions of users and items with enough of them, with contiguous keys.</summary>
/// <param name="Keys">Maps the ids to the keys User and Item, ascending by id.</param>
/// <param name="Rows">The interactions; the key columns are kept in memory.</param>
internal sealed record KeyedInteractions(ITransformer Keys, IDataView Rows)
{
    private const int MinimumInteractions = 5;

    /// <summary>The id of each user index.</summary>
    public int[] UserIds => Values("User");

    /// <summary>The id of each item index.</summary>
    public int[] ItemIds => Values("Item");

    /// <summary>Drops users and items with few interactions, until every one that is left has enough, and maps the others to keys.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="interactions">Rows of a UserId and an item's id, no pair twice.</param>
    /// <param name="itemColumnName">The column of the items' ids, whole numbers.</param>
    /// <param name="catalogue">Items that get a key even without interactions; null for none.</param>
    public static KeyedInteractions Create(MLContext ml, IDataView interactions, string itemColumnName, IReadOnlyCollection<int>? catalogue = null)
    {
        IDataView filtered = ml.Data.FilterByMinimumCount(interactions, "UserId", itemColumnName, MinimumInteractions, MinimumInteractions);
        // Without a catalogue the interactions tell which items there are.
        IDataView? items = catalogue is null ? null : ml.Data.LoadFromEnumerable(catalogue.Union(filtered.GetColumn<int>(itemColumnName)).Select(id => new Item { Id = id }));
        TransformerChain<ValueToKeyMappingTransformer> keys = ml.Transforms.Conversion
            .MapValueToKey("User", "UserId", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue, maximumNumberOfKeys: int.MaxValue)
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", itemColumnName, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue, maximumNumberOfKeys: int.MaxValue, keyData: items))
            .Fit(filtered);
        // Later steps read the rows many times: keep them.
        return new(keys, ml.Data.Cache(keys.Transform(filtered), "User", "Item"));
    }

    /// <summary>Number of rows, by a pass where the view does not know it.</summary>
    public static long Count(IDataView data)
    {
        if (data.GetRowCount() is long known)
            return known;
        using DataViewRowCursor cursor = data.GetRowCursor([]);
        long rows = 0;
        while (cursor.MoveNext())
            rows++;
        return rows;
    }

    private int[] Values(string column)
    {
        VBuffer<int> values = default;
        Rows.Schema[column].GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }

    private sealed class Item
    {
        public int Id { get; set; }
    }
}
