using LightGcn.Examples;

namespace GoodBooks.Tests.Content;

public sealed class TagNamesTests
{
    [Theory]
    [InlineData("Science_Fiction", "science-fiction")]
    [InlineData("science  fiction", "science-fiction")]
    [InlineData("--sci-fi--", "sci-fi")]
    [InlineData("Children's Books", "childrens-books")]
    [InlineData("children-s-books", "childrens-books")]
    [InlineData("sandra 'boring' bullock", "sandra-boring-bullock")]
    [InlineData("LITTÉRATURE", "littérature")]
    [InlineData("s-f", "s-f")]
    [InlineData("19th-century", "19th-century")]
    [InlineData("-!-", "")]
    [InlineData("", "")]
    public void Spellings_of_a_tag_are_one(string name, string folded) => Assert.Equal(folded, TagNames.Fold(name));

    [Theory]
    [InlineData("to-read")]
    [InlineData("Currently Reading")]
    [InlineData("books-i-own")]
    [InlineData("read-in-2015")]
    [InlineData("2016 challenge")]
    [InlineData("5-stars")]
    [InlineData("all-time-favourites")]
    [InlineData("kindle")]
    [InlineData("e-books")]
    [InlineData("my_library")]
    [InlineData("re-read")]
    [InlineData("wish-list")]
    [InlineData("novels")]
    [InlineData("x")]
    [InlineData("!")]
    public void Tags_of_the_reader_are_stop_tags(string name) => Assert.True(TagNames.IsStop(TagNames.Fold(name)));

    [Theory]
    [InlineData("fantasy")]
    [InlineData("19th-century")]
    [InlineData("1800s")]
    [InlineData("coming-of-age")]
    [InlineData("picture-books")]
    [InlineData("star-wars")]
    [InlineData("literary-fiction")]
    [InlineData("children's")]
    public void Tags_of_the_book_stay(string name) => Assert.False(TagNames.IsStop(TagNames.Fold(name)));
}
