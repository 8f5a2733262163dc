namespace LightGcn.Examples;

/// <summary>
/// Cleans the names that people give to shelves. What tells of the reader and not of the book goes: that it is owned, on which device,
/// when it was read, how it was liked.
/// </summary>
internal static class TagNames
{
    /// <summary>A tag with one of these words says nothing of the book.</summary>
    private static readonly HashSet<string> StopWords = [.. (
        // Plans and progress.
        "read reads reading readed reader readers reread unread listened listen finish finished unfinished abandoned dnf tbr hold gave quit started seen watched done interest interested " +
        "want wanted need wish wishlist get buy buying bought purchased borrowed borrow lent " +
        // Ownership and place.
        "own owned owns mine my i have shelf shelves shelved bookshelf bookshelves bookcase library libraries shelfari goodreads import imported collection " +
        // Format and shop.
        "kindle nook kobo ibooks ebook ebooks epub scanned downloaded calibre audio audiobook audiobooks audible overdrive paperback paperbacks hardcover hardback netgalley arc arcs edelweiss amazon dvd dvds vhs netflix " +
        // Opinion and circumstance.
        "favorite favorites favourite favourites fav favs fave faves loved liked hated meh best recommended recommendation recommendations stars reviewed review bookclub club default maybe")
        .Split(' ')];

    /// <summary>Whole names that say nothing, of words that elsewhere do.</summary>
    private static readonly HashSet<string> StopNames =
        [.. "e-book e-books book books book-group novel novels fiction-general general misc miscellaneous other others stuff signed all adult english".Split(' ')];

    /// <summary>
    /// One name for the spellings of a tag: lower case, words of letters and digits with "-" between, and a possessive "s" with its
    /// word. "Children's_Books" and "children-s-books" are "childrens-books". Empty where there is no letter or digit.
    /// </summary>
    public static string Fold(string name)
    {
        List<string> words = [];
        int start = -1;
        string text = name.ToLowerInvariant();
        for (int c = 0; c <= text.Length; c++)
        {
            if (c < text.Length && char.IsLetterOrDigit(text[c]))
            {
                start = start < 0 ? c : start;
                continue;
            }
            if (start < 0)
                continue;
            string word = text[start..c];
            start = -1;
            if (word == "s" && words.Count > 0)
                words[^1] += "s";
            else
                words.Add(word);
        }
        return string.Join('-', words);
    }

    /// <summary>
    /// Whether a folded name says nothing of the book: it has a stop word, starts with "to-", has a word of digits alone (years,
    /// numbers of stars, lists of 1001 books), is one character long or empty, or is one of a few whole names.
    /// </summary>
    public static bool IsStop(string folded) =>
        folded.Length < 2
        || folded.StartsWith("to-", StringComparison.Ordinal)
        || StopNames.Contains(folded)
        || folded.Split('-').Any(word => StopWords.Contains(word) || word.All(char.IsDigit));
}
