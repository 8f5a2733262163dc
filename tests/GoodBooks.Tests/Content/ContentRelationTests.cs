using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace GoodBooks.Tests.Content;

public sealed class ContentRelationTests
{
    private static readonly string[] Names = ["tags", "authors", "decade"];

    [Fact]
    public void A_list_has_names_and_strengths()
    {
        Assert.Equal([new("tags", 2), new("authors", 0.5f)], ContentChoice.Parse(" tags , authors = 0.5,", Names, strength: 2));
        Assert.Equal([new("tags", 0.1f), new("tags", 1e2f)], ContentChoice.Parse("tags=.1,tags=1e2", Names));
        Assert.Equal([new("decade", 1), new("authors", 20)], ContentChoice.Parse("decade,authors", Names));
        Assert.Empty(ContentChoice.Parse("", Names));
        Assert.Equal("authors=0.5", new ContentChoice("authors", 0.5f).ToString());
    }

    [Theory]
    [InlineData("covers", "expected some of tags, authors, decade, found 'covers'")]
    [InlineData("tags=", "the strength of 'tags', found ''")]
    [InlineData("tags=0", "the strength of 'tags', found '0'")]
    [InlineData("tags=NaN", "the strength of 'tags', found 'NaN'")]
    [InlineData("tags=Infinity", "the strength of 'tags', found 'Infinity'")]
    [InlineData("tags=1=2", "the strength of 'tags', found '1=2'")]
    public void Bad_lists_are_refused(string list, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => ContentChoice.Parse(list, Names)).Message, StringComparison.Ordinal);

    [Fact]
    public void Counted_attributes_have_weights_and_others_none()
    {
        ContentRow[] rows = [new() { ItemId = 1, Attribute = "sea", Count = 9 }, new() { ItemId = 1, Attribute = "rare", Count = 9 }, new() { ItemId = 2, Attribute = "sea", Count = 1 }, new() { ItemId = 3, Attribute = "sea", Count = 9 }];
        MLContext ml = new(1);
        GraphRelation counted = ContentRelation.Create(ml, new ItemContent("tags", true, rows, []), 0.5f), plain = ContentRelation.Create(ml, new ItemContent("authors", false, rows, []), 2);
        Assert.Equal(("tags", GraphRelationKind.ItemAttribute, 0.5f), (counted.Name, counted.Kind, counted.Strength));
        Assert.Equal((null, 2f), (plain.WeightColumnName, plain.Strength));
        float[] weights = [.. counted.Data.GetColumn<float>(counted.WeightColumnName!)];
        // What few books have weighs more.
        Assert.True(weights[1] > weights[0] && weights.All(weight => weight > 0));
        Assert.Equal([1, 1, 2, 3], plain.Data.GetColumn<int>(plain.ColumnName));
        Assert.Equal(rows.Select(row => row.Attribute), plain.Data.GetColumn<string>(plain.OtherColumnName));
    }
}
