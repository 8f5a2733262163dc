using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace LightGcn.Examples;

/// <summary>Makes relations of the graph from content.</summary>
public static class ContentRelation
{
    /// <summary>Counted attributes get BM25 weights; where counts say nothing, the normalisation of the graph alone discounts what is common.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="content">The content, whose name the relation gets.</param>
    /// <param name="strength">How many interactions an edge of mean weight counts for, a positive number.</param>
    public static GraphRelation Create(MLContext ml, ItemContent content, float strength)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(content);
        IDataView rows = ml.Data.LoadFromEnumerable(content.Rows);
        if (!content.IsCounted)
            return GraphRelation.ItemAttribute(content.Name, rows, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), strength: strength);
        IDataView weighed = ml.Data.WeighAttributes(rows, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), nameof(ContentRow.Count), AttributeWeighting.Bm25);
        return GraphRelation.ItemAttribute(content.Name, weighed, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), "Weight", strength);
    }
}
