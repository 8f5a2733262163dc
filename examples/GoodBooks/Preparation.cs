using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace GoodBooks;

/// <summary>A reader chose a book: what the pipeline starts from, and what a prediction is asked for.</summary>
internal sealed class Interaction
{
    public int UserId { get; set; }

    public int BookId { get; set; }

    public string Source { get; set; } = "";
}

/// <summary>The data, ready for training.</summary>
/// <param name="Keys">Maps UserId and BookId to the keys User and Item.</param>
/// <param name="Rows">All interactions by id: the schema that a saved model is given.</param>
/// <param name="Interactions">The interactions that are split, with the keys User and Item.</param>
/// <param name="Split">Training, validation and test interactions.</param>
/// <param name="UserIds">The user_id of each user index.</param>
/// <param name="BookIds">The book_id of each item index.</param>
/// <param name="Sizes">Counts of it all.</param>
internal sealed record PreparedData(ITransformer Keys, IDataView Rows, IDataView Interactions, InteractionSplit Split, int[] UserIds, int[] BookIds, ResultsData Sizes);

/// <summary>From ratings to a split, step by step as the notebook does it, with its counts.</summary>
internal static class Preparation
{
    private const int MinimumRating = 4;

    /// <param name="ml">The context.</param>
    /// <param name="console">Where the counts go.</param>
    /// <param name="data">Ratings and marks.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="catalogue">Books that get an index even where nobody chose them, for content to reach; null for those with interactions alone.</param>
    public static PreparedData Run(MLContext ml, IAnsiConsole console, GoodBooksData data, int seed, IReadOnlyCollection<int>? catalogue = null)
    {
        Print(console, $"ratings: ({data.Ratings.Count}, 3) | users {data.Ratings.UserIds.Distinct().Count()}, books {data.Ratings.BookIds.Distinct().Count()}");
        Print(console, $"to_read: ({data.ToRead.Count}, 2) | users {data.ToRead.UserIds.Distinct().Count()}, books {data.ToRead.BookIds.Distinct().Count()}");

        // 1. Ratings of 4 and 5, then to-read marks; of a pair that is in both, the first.
        GoodBooksPositives positives = data.Positives(MinimumRating);
        IDataView all = ml.Data.LoadFromEnumerable(Interactions(positives));
        IDataView interactions = ml.Data.DropDuplicateInteractions(all, "UserId", "BookId");
        (int rated, int toRead) = CountSources(interactions);
        Print(console, $"interactions: ({rated + toRead}, 3) | rating_pos {rated}, to_read {toRead}");

        // 2. Users and books with few interactions go, until every one that is left has enough.
        // 3. Contiguous keys in ascending order of the ids.
        KeyedInteractions keyed = KeyedInteractions.Create(ml, interactions, "BookId", catalogue);
        int[] userIds = keyed.UserIds, bookIds = keyed.ItemIds;
        long kept = KeyedInteractions.Count(keyed.Rows);
        Print(console, $"Filtered interactions: {rated + toRead} -> {kept}");
        Print(console, $"users: {userIds.Length} books: {bookIds.Length}");
        if (catalogue is not null)
            Print(console, $"books without interactions: {bookIds.Length - keyed.Rows.GetColumn<uint>("Item").Distinct().Count()}");

        // 4. One book of each reader for test, one for validation.
        InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed.Rows, seed: seed);
        ResultsData sizes = new(userIds.Length, bookIds.Length, kept, KeyedInteractions.Count(split.Train), KeyedInteractions.Count(split.Validation), KeyedInteractions.Count(split.Test));
        Print(console, $"train: {sizes.Train} validation: {sizes.Validation} test: {sizes.Test}");
        return new PreparedData(keyed.Keys, all, keyed.Rows, split, userIds, bookIds, sizes);
    }

    private static IEnumerable<Interaction> Interactions(GoodBooksPositives positives)
    {
        // ML.NET is done with a row before it asks for the next: one object does for all of them.
        Interaction row = new();
        for (int n = 0; n < positives.Count; n++)
        {
            GoodBooksPositive positive = positives[n];
            (row.UserId, row.BookId, row.Source) = (positive.UserId, positive.BookId, positive.Source.Name());
            yield return row;
        }
    }

    private static (int Rated, int ToRead) CountSources(IDataView interactions)
    {
        DataViewSchema.Column column = interactions.Schema["Source"];
        using DataViewRowCursor cursor = interactions.GetRowCursor([column]);
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> source = default;
        string rating = PositiveSource.Rating.Name();
        int rated = 0, toRead = 0;
        while (cursor.MoveNext())
        {
            getter(ref source);
            if (source.Span.SequenceEqual(rating))
                rated++;
            else
                toRead++;
        }
        return (rated, toRead);
    }

    private static void Print(IAnsiConsole console, FormattableString line) => console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
