namespace LightGcn.Examples;

/// <summary>The books of the synthetic data: genres, authors, titles and how popular each is.</summary>
internal sealed class SyntheticLibrary
{
    private readonly WeightedChoice _all = new();
    private readonly WeightedChoice[] _byGenre;
    private readonly List<WeightedChoice> _byAuthor = [];

    public SyntheticLibrary(int bookCount, SyntheticRandom random)
    {
        SyntheticGenre[] genres = SyntheticGenre.All;
        _byGenre = [.. genres.Select(_ => new WeightedChoice())];
        Books = new SyntheticBook[bookCount];
        WeightedChoice genreChoice = GenreChoice();
        SyntheticTitles titles = new(random);
        List<Author>[] authors = [.. genres.Select(_ => new List<Author>())];
        int[] catalogNumbers = new int[bookCount];
        for (int b = 0; b < bookCount; b++)
            catalogNumbers[b] = b;
        random.Shuffle<int>(catalogNumbers);

        for (int b = 0; b < bookCount; b++)
        {
            // The first genres go round once, so that even a small library has every genre.
            int genre = b < genres.Length ? b : genreChoice.Draw(random);
            int second = random.OneIn(2) ? genreChoice.Draw(random) : genre;
            Author author = AuthorOf(authors[genre], genres[genre], titles, random);
            string title = titles.Title(genres[genre]);
            if (author.Series is not null && random.OneIn(2))
                title = $"{title} ({author.Series}, #{++author.SeriesCount})";
            // Zipf's law, flattened at the head as in the real data: a plain 1/rank gives the first book too much.
            long weight = 1_000_000_000L / (b + 1 + bookCount / 100 + 5);
            // Numbers of a catalog of its own, as in the real data, where joining on the wrong one goes unnoticed.
            int catalogNumber = catalogNumbers[b] * 7 + 1 + random.Next(7);
            // The product of two draws makes recent years the likely ones.
            int year = 2017 - random.Next(12) * random.Next(12);
            Books[b] = new(b + 1, catalogNumber, title, author.Name, author.Index, genre, second, year);
            _all.Add(b, weight);
            _byGenre[genre].Add(b, weight);
            if (second != genre)
                _byGenre[second].Add(b, weight / 3);
            _byAuthor[author.Index].Add(b, weight);
        }
    }

    /// <summary>The books, the most popular first; book_id is the index plus one.</summary>
    public SyntheticBook[] Books { get; }

    /// <summary>Draws genres as often as they are read.</summary>
    public static WeightedChoice GenreChoice()
    {
        WeightedChoice choice = new();
        for (int g = 0; g < SyntheticGenre.All.Length; g++)
            choice.Add(g, SyntheticGenre.All.Length + 12 - g);
        return choice;
    }

    public int DrawAny(SyntheticRandom random) => _all.Draw(random);

    public int DrawOfGenre(int genre, SyntheticRandom random) => _byGenre[genre].Count == 0 ? _all.Draw(random) : _byGenre[genre].Draw(random);

    public int DrawOfAuthor(int author, SyntheticRandom random) => _byAuthor[author].Draw(random);

    private Author AuthorOf(List<Author> known, SyntheticGenre genre, SyntheticTitles titles, SyntheticRandom random)
    {
        // One book in four is an author's first; the others go to authors who have some already.
        if (known.Count > 0 && !random.OneIn(4))
            return known[random.Next(known.Count)];
        Author author = new(titles.Author(), _byAuthor.Count, genre.IsFiction && random.OneIn(2) ? titles.Series(genre) : null);
        _byAuthor.Add(new WeightedChoice());
        known.Add(author);
        return author;
    }

    private sealed class Author(string name, int index, string? series)
    {
        public string Name { get; } = name;

        public int Index { get; } = index;

        public string? Series { get; } = series;

        public int SeriesCount { get; set; }
    }
}

/// <summary>A book of the synthetic library; the second genre equals the main one where there is none.</summary>
internal sealed record SyntheticBook(int Id, int CatalogNumber, string Title, string Authors, int Author, int Genre, int SecondGenre, int Year);
