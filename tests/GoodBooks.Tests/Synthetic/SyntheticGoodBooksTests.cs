using LightGcn.Examples;

namespace GoodBooks.Tests.Synthetic;

public sealed class SyntheticGoodBooksTests
{
    private static readonly SyntheticGoodBooksOptions Small = new() { Users = 600, Books = 300, Ratings = 18_000, ToRead = 3_000, Seed = 7 };
    private static readonly string[] AllFiles = ["book_tags.csv", "books.csv", "ratings.csv", "tags.csv", "to_read.csv"];

    [Fact]
    public void One_seed_gives_one_set_of_files_and_another_seed_others()
    {
        using TempFolder first = new(), second = new(), other = new();
        SyntheticGoodBooks.Write(first.Path, Small);
        SyntheticGoodBooks.Write(second.Path, Small);
        SyntheticGoodBooks.Write(other.Path, Small with { Seed = 8 });
        Assert.Equal(AllFiles, Directory.GetFiles(first.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in AllFiles)
            Assert.Equal(File.ReadAllBytes(first.File(file)), File.ReadAllBytes(second.File(file)));
        foreach (string file in AllFiles.Where(file => file != "tags.csv"))
            Assert.NotEqual(File.ReadAllBytes(first.File(file)), File.ReadAllBytes(other.File(file)));
    }

    /// <summary>The files of this seed, whatever machine wrote them: a change of the generator shows here.</summary>
    [Theory]
    [InlineData("ratings.csv", "f2b13119acb69b5bdf21efbbf653f438c2ce1ed5f23217fb5634edf99e611800")]
    [InlineData("to_read.csv", "8d41f8aadb129e29d3cb8a975843571e7166d0836e4b4b124677d2be21d3f169")]
    [InlineData("books.csv", "9b760d7bbcc3e6861bcd4a8fe71be8afdd673e7dd1af843010bd989102b6595b")]
    [InlineData("book_tags.csv", "e1c2cc2447d5d785ac378bdb21e46b6be0f3e4ef3119e4281a067dbf5f8f0e1a")]
    public void The_bytes_of_a_seed_are_pinned(string file, string sha256)
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        Assert.Equal(sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder.File(file)))));
    }

    [Fact]
    public void Headers_are_those_of_the_release()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        Assert.Equal("user_id,book_id,rating", Header("ratings.csv"));
        Assert.Equal("user_id,book_id", Header("to_read.csv"));
        Assert.Equal("tag_id,tag_name", Header("tags.csv"));
        Assert.Equal("goodreads_book_id,tag_id,count", Header("book_tags.csv"));
        Assert.StartsWith("book_id,goodreads_book_id,best_book_id,work_id,books_count,isbn,isbn13,authors,original_publication_year,original_title,title,", Header("books.csv"), StringComparison.Ordinal);
        Assert.Equal((300, 23), GoodBooksFiles.Measure(folder.File("books.csv")));

        string Header(string file) => File.ReadLines(folder.File(file)).First();
    }

    [Fact]
    public void Our_reader_reads_it_in_the_sizes_that_were_asked_for()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        GoodBooksData data = GoodBooksFiles.Read(folder.Path);
        Assert.Equal(18_000, data.Ratings.Count);
        Assert.Equal(3_000, data.ToRead.Count);
        Assert.Equal(300, data.Books.Count);
        Assert.All(data.Ratings.UserIds.Concat(data.ToRead.UserIds), user => Assert.InRange(user, 1, 600));
        Assert.All(data.Ratings.BookIds.Concat(data.ToRead.BookIds), book => Assert.InRange(book, 1, 300));
        Assert.Equal(600, data.Ratings.UserIds.Distinct().Count());
        Assert.Equal(300, data.Books.Books.Select(book => book.Title).Distinct().Count());
        Assert.All(data.Books.Books, book => Assert.True(book.Title.Length > 0 && book.Authors.Contains(' ', StringComparison.Ordinal)));
    }

    [Fact]
    public void Pairs_repeat_across_ratings_and_marks_only_and_seldom()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        GoodBooksData data = GoodBooksFiles.Read(folder.Path);
        HashSet<(int, int)> rated = [.. data.Ratings.UserIds.Zip(data.Ratings.BookIds)];
        HashSet<(int, int)> marked = [.. data.ToRead.UserIds.Zip(data.ToRead.BookIds)];
        Assert.Equal(data.Ratings.Count, rated.Count);
        Assert.Equal(data.ToRead.Count, marked.Count);
        rated.IntersectWith(marked);
        Assert.InRange(rated.Count, 10, 200);
    }

    [Fact]
    public void Ratings_are_mostly_high_and_popularity_has_a_long_tail()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path);
        GoodBooksData data = GoodBooksFiles.Read(folder.Path);
        Assert.Equal(250_000, data.Ratings.Count);
        double high = data.Ratings.Values.Count(rating => rating >= 4) / 250_000d;
        Assert.InRange(high, 0.6, 0.85);
        Assert.InRange(data.Ratings.Values.Count(rating => rating == 1) / 250_000d, 0.005, 0.05);
        int[] counts = [.. data.Ratings.BookIds.CountBy(book => book).Select(pair => pair.Value).OrderDescending()];
        double head = counts.Take(200).Sum() / 250_000d;
        Assert.InRange(head, 0.3, 0.7);
        Assert.True(counts[0] > 10 * counts[counts.Length / 2], $"The first book has {counts[0]} ratings, the middle one {counts[counts.Length / 2]}.");
        int[] perUser = [.. data.Ratings.UserIds.CountBy(user => user).Select(pair => pair.Value).Order()];
        Assert.True(perUser[0] >= 5);
        Assert.True(perUser[^1] > 4 * perUser[perUser.Length / 2]);
    }

    /// <summary>What the set is for: who read what with what tells more than how often a book was read.</summary>
    [Fact]
    public void Co_occurrence_beats_popularity()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small with { Users = 1_500, Books = 600, Ratings = 60_000, ToRead = 5_000 });
        GoodBooksPositives positives = GoodBooksFiles.Read(folder.Path).Positives();
        Dictionary<int, HashSet<int>> train = [];
        Dictionary<int, int> heldOut = [];
        // The last positive of each user is held out, the rest is learned from.
        for (int p = positives.RatedCount - 1; p >= 0; p--)
        {
            (int user, int book, _) = positives[p];
            if (!heldOut.TryAdd(user, book))
                (train.TryGetValue(user, out HashSet<int>? read) ? read : train[user] = []).Add(book);
        }

        double[] popularity = new double[601];
        double[,] together = new double[601, 601];
        foreach (HashSet<int> read in train.Values)
        {
            foreach (int a in read)
            {
                popularity[a]++;
                foreach (int b in read)
                    together[a, b] += a == b ? 0 : 1;
            }
        }
        double byPopularity = HitRate((_, book) => popularity[book]);
        double byCosine = HitRate((read, book) => read.Sum(other => together[book, other] / Math.Sqrt(1 + popularity[book] * popularity[other])));
        TestContext.Current.SendDiagnosticMessage($"hit@10: popularity {byPopularity:F4}, co-occurrence {byCosine:F4}");
        Assert.True(byCosine > 1.7 * byPopularity, $"Co-occurrence has hit@10 {byCosine:F4}, popularity {byPopularity:F4}.");

        double HitRate(Func<HashSet<int>, int, double> score)
        {
            int hits = 0;
            foreach ((int user, HashSet<int> read) in train)
            {
                double target = score(read, heldOut[user]);
                int rank = Enumerable.Range(1, 600).Count(book => !read.Contains(book) && book != heldOut[user] && score(read, book) >= target);
                hits += rank < 10 ? 1 : 0;
            }
            return (double)hits / train.Count;
        }
    }

    [Fact]
    public void Tags_join_on_the_catalog_number_and_name_the_genres()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        HashSet<string> numbers = [.. File.ReadLines(folder.File("books.csv")).Skip(1).Select(line => line.Split(',')[1])];
        HashSet<string> tagged = [.. File.ReadLines(folder.File("book_tags.csv")).Skip(1).Select(line => line.Split(',')[0])];
        Assert.Equal(300, numbers.Count);
        Assert.Subset(numbers, tagged);
        Assert.Equal(numbers.Count, tagged.Count);
        HashSet<string> tagIds = [.. File.ReadLines(folder.File("tags.csv")).Skip(1).Select(line => line.Split(',')[0])];
        HashSet<string> usedIds = [.. File.ReadLines(folder.File("book_tags.csv")).Skip(1).Select(line => line.Split(',')[1])];
        Assert.Subset(tagIds, usedIds);
        Assert.Contains(File.ReadLines(folder.File("tags.csv")), line => line.EndsWith(",fantasy", StringComparison.Ordinal));
    }

    /// <summary>What the tags and authors are for: they tell of books that nobody read yet.</summary>
    [Theory]
    [InlineData("tags", 1.5)]
    [InlineData("authors", 4)]
    public void Books_of_one_reader_share_more_tags_and_authors_than_any_two(string name, double times)
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, Small);
        ILookup<int, string> attributes = GoodBooksContent.Read(folder.Path, name).Rows.ToLookup(row => row.ItemId, row => row.Attribute);
        GoodBooksRatings ratings = GoodBooksFiles.ReadRatings(folder.Path);
        int[][] read = [.. ratings.UserIds.Zip(ratings.BookIds).GroupBy(pair => pair.First, pair => pair.Second).Select(books => books.ToArray())];
        Random random = new(1);
        double ofOne = Share(() => read[random.Next(read.Length)]), ofAll = Share(() => ratings.BookIds);
        TestContext.Current.SendDiagnosticMessage($"{name}: {ofOne:F4} of the pairs of one reader, {ofAll:F4} of all.");
        Assert.True(ofOne > times * ofAll, $"{name}: {ofOne:F4} of the pairs of one reader, {ofAll:F4} of all.");

        double Share(Func<int[]> choose)
        {
            int shared = 0, pairs = 0;
            while (pairs < 20_000)
            {
                int[] books = choose();
                int first = books[random.Next(books.Length)], second = books[random.Next(books.Length)];
                if (first == second)
                    continue;
                pairs++;
                shared += attributes[first].Intersect(attributes[second]).Any() ? 1 : 0;
            }
            return (double)shared / pairs;
        }
    }

    [Fact]
    public void A_book_of_many_titles_still_gives_each_one_once()
    {
        using TempFolder folder = new();
        // More books than the word lists have titles for.
        SyntheticGoodBooks.Write(folder.Path, new() { Users = 50, Books = 30_000, Ratings = 1_000, ToRead = 100, Seed = 3 });
        BookCatalog books = GoodBooksFiles.ReadBooks(folder.Path);
        Assert.Equal(30_000, books.Books.Select(book => book.Title).Distinct().Count());
    }

    [Fact]
    public void A_new_folder_and_an_old_one_are_both_filled_and_nothing_else_is_left()
    {
        using TempFolder parent = new();
        string folder = parent.File("made");
        SyntheticGoodBooks.Write(folder, Small);
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "kept");
        SyntheticGoodBooks.Write(folder, Small with { Seed = 9 });
        Assert.Equal([.. AllFiles, "notes.txt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).OrderBy(name => name == "notes.txt"));
        Assert.Equal([folder], Directory.GetFileSystemEntries(parent.Path));
    }

    [Fact]
    public void A_user_rates_up_to_a_third_of_the_books_and_more_is_refused()
    {
        using TempFolder folder = new();
        SyntheticGoodBooks.Write(folder.Path, new() { Users = 10, Books = 30, Ratings = 100, ToRead = 100 });
        GoodBooksData data = GoodBooksFiles.Read(folder.Path);
        Assert.All(data.Ratings.UserIds.CountBy(user => user), pair => Assert.Equal(10, pair.Value));
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => SyntheticGoodBooks.Write(folder.Path, new() { Users = 10, Books = 30, Ratings = 101, ToRead = 100 }));
        Assert.Equal("Ratings", error.ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticGoodBooks.Write(folder.Path, new() { Users = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SyntheticGoodBooks.Write(folder.Path, new() { Books = 29 }));
    }
}
