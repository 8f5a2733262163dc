namespace LightGcn.Examples;

/// <summary>
/// Readers who choose by taste times popularity. A reader likes two to four genres, one of them most; a choice is a book
/// of a liked genre (5 in 8), of an author read before (2 in 8) or of any kind (1 in 8), always by popularity.
/// </summary>
internal sealed class SyntheticReaders
{
    // How many in 100 of the ratings are 1, 2, 3, 4, 5.
    private static readonly WeightedChoice LikedRatings = Ratings(1, 4, 14, 39, 42);
    private static readonly WeightedChoice OtherRatings = Ratings(6, 16, 36, 29, 13);

    private readonly SyntheticLibrary _library;
    private readonly SyntheticRandom _random;
    private readonly WeightedChoice _genres = SyntheticLibrary.GenreChoice();
    private readonly List<SyntheticRating>[] _rated;
    // The user that last rated or marked a book, so that "has this user already" is one comparison.
    private readonly int[] _ratedBy, _markedBy;

    public SyntheticReaders(SyntheticLibrary library, SyntheticGoodBooksOptions options, SyntheticRandom random)
    {
        _library = library;
        _random = random;
        _ratedBy = new int[library.Books.Length];
        _markedBy = new int[library.Books.Length];
        _rated = new List<SyntheticRating>[options.Users];
        int most = SyntheticGoodBooksOptions.MaximumPerUser(options.Books);
        long[] activity = new long[options.Users];
        // A product of three draws: most readers read little and a few read much.
        foreach (ref long value in activity.AsSpan())
            value = (1L + random.Next(100)) * (1 + random.Next(100)) * (1 + random.Next(100));
        int[] ratingCounts = Apportion(options.Ratings, activity, least: Math.Min(8, options.Ratings / options.Users), most);
        int[] toReadCounts = Apportion(options.ToRead, activity, least: 0, most);
        for (int user = 0; user < options.Users; user++)
            Read(user, ratingCounts[user], toReadCounts[user]);
    }

    /// <summary>To-read marks, user by user.</summary>
    public List<SyntheticRating> ToRead { get; } = [];

    /// <summary>Ratings with users mixed as in a log; each user's own come in the order of reading.</summary>
    public SyntheticRating[] MixedRatings()
    {
        int[] turns = new int[_rated.Sum(list => list.Count)];
        int next = 0;
        for (int user = 0; user < _rated.Length; user++)
        {
            turns.AsSpan(next, _rated[user].Count).Fill(user);
            next += _rated[user].Count;
        }
        _random.Shuffle<int>(turns);
        int[] taken = new int[_rated.Length];
        return [.. turns.Select(user => _rated[user][taken[user]++])];
    }

    private void Read(int user, int ratingCount, int toReadCount)
    {
        int stamp = user + 1;
        int[] liked = new int[2 + _random.Next(3)];
        WeightedChoice taste = new();
        for (int k = 0; k < liked.Length; k++)
        {
            do
                liked[k] = _genres.Draw(_random);
            while (liked.AsSpan(0, k).Contains(liked[k]));
            taste.Add(liked[k], k switch { 0 => 6, 1 => 3, 2 => 2, _ => 1 });
        }

        List<SyntheticRating> rated = new(ratingCount);
        _rated[user] = rated;
        for (int r = 0; r < ratingCount; r++)
        {
            int index = Choose(taste, rated, candidate => _ratedBy[candidate] != stamp);
            SyntheticBook book = _library.Books[index];
            _ratedBy[index] = stamp;
            bool isLiked = liked.Contains(book.Genre) || liked.Contains(book.SecondGenre);
            rated.Add(new(user + 1, book.Id, (byte)(isLiked ? LikedRatings : OtherRatings).Draw(_random)));
        }
        for (int t = 0; t < toReadCount; t++)
        {
            // Now and then a book that the user has rated too: the real data has such pairs, and pipelines must drop them.
            bool mayBeRated = rated.Count > 0 && _random.OneIn(50);
            int index = mayBeRated ? rated[_random.Next(rated.Count)].BookId - 1 : -1;
            if (index < 0 || _markedBy[index] == stamp)
                index = Choose(taste, rated, candidate => _markedBy[candidate] != stamp && _ratedBy[candidate] != stamp);
            _markedBy[index] = stamp;
            ToRead.Add(new(user + 1, _library.Books[index].Id, 0));
        }
    }

    private int Choose(WeightedChoice taste, List<SyntheticRating> rated, Func<int, bool> isNew)
    {
        // A reader who has read nearly all of a genre must not search it forever.
        for (int attempt = 0; attempt < 40; attempt++)
        {
            int index = _random.Next(8) switch
            {
                0 => _library.DrawAny(_random),
                1 or 2 when rated.Count > 0 => _library.DrawOfAuthor(_library.Books[rated[_random.Next(rated.Count)].BookId - 1].Author, _random),
                _ => _library.DrawOfGenre(taste.Draw(_random), _random),
            };
            if (isNew(index))
                return index;
        }
        int next = _random.Next(_library.Books.Length);
        while (!isNew(next))
            next = (next + 1) % _library.Books.Length;
        return next;
    }

    /// <summary>Shares a total out in proportion to weights, within bounds; the shares sum up to the total.</summary>
    private static int[] Apportion(int total, long[] weights, int least, int most)
    {
        int[] shares = new int[weights.Length];
        long weightSum = weights.Sum(), cumulative = 0, given = 0;
        long rest = total - (long)least * weights.Length;
        for (int k = 0; k < shares.Length; k++)
        {
            // Differences of rounded cumulative shares, so that rounding neither adds nor loses.
            cumulative += weights[k];
            long upTo = (long)((Int128)rest * cumulative / weightSum);
            shares[k] = (int)Math.Min(most, least + upTo - given);
            given = upTo;
        }
        long missing = total - shares.Sum(share => (long)share);
        for (int k = 0; missing > 0; k = (k + 1) % shares.Length)
        {
            if (shares[k] == most)
                continue;
            shares[k]++;
            missing--;
        }
        return shares;
    }

    private static WeightedChoice Ratings(params ReadOnlySpan<int> weights)
    {
        WeightedChoice choice = new();
        for (int r = 0; r < weights.Length; r++)
            choice.Add(r + 1, weights[r]);
        return choice;
    }
}

/// <summary>A rating; a to-read mark has rating 0.</summary>
internal readonly record struct SyntheticRating(int UserId, int BookId, byte Rating);
