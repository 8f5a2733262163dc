using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace GoodBooks;

/// <summary>Makes relations of the graph from content, and prints what every step of reading it left.</summary>
internal static class ContentRelations
{
    /// <summary>Counted attributes get BM25 weights; where counts say nothing, the normalisation of the graph alone discounts what is common.</summary>
    public static GraphRelation Create(MLContext ml, ItemContent content, float strength)
    {
        IDataView rows = ml.Data.LoadFromEnumerable(content.Rows);
        if (!content.IsCounted)
            return GraphRelation.ItemAttribute(content.Name, rows, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), strength: strength);
        IDataView weighed = ml.Data.WeighAttributes(rows, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), nameof(ContentRow.Count), AttributeWeighting.Bm25);
        return GraphRelation.ItemAttribute(content.Name, weighed, nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), "Weight", strength);
    }

    /// <param name="console">The console.</param>
    /// <param name="content">The content.</param>
    /// <param name="items">What the items are: books or movies.</param>
    public static void Print(IAnsiConsole console, ItemContent content, string items)
    {
        foreach (ContentStep step in content.Steps)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{content.Name}, {step.Name}: {step.Rows} rows | {step.Attributes} distinct, {step.Items} {items}"));
    }
}
