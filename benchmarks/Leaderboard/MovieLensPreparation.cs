using System.Globalization;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Spectre.Console;

namespace Leaderboard;

/// <summary>From MovieLens' ratings to interactions, by the same steps and thresholds as GoodBooks.</summary>
internal static class MovieLensPreparation
{
    private const float MinimumRating = 4;

    public static KeyedInteractions Run(MLContext ml, IAnsiConsole console, MovieLensRatings ratings)
    {
        Like[] likes = [.. Enumerable.Range(0, ratings.Count).Where(row => ratings.Values[row] >= MinimumRating).Select(row => new Like { UserId = ratings.UserIds[row], MovieId = ratings.MovieIds[row] })];
        IDataView distinct = ml.Data.DropDuplicateInteractions(ml.Data.LoadFromEnumerable(likes), "UserId", "MovieId");
        KeyedInteractions keyed = KeyedInteractions.Create(ml, distinct, "MovieId");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratings: {ratings.Count} | of at least {MinimumRating}: {likes.Length}"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Filtered interactions: {KeyedInteractions.Count(distinct)} -> {KeyedInteractions.Count(keyed.Rows)}"));
        return keyed;
    }

    private sealed class Like
    {
        public int UserId { get; set; }

        public int MovieId { get; set; }
    }
}
