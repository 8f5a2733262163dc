using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>The data of a folder.</summary>
/// <param name="Split">Training, validation and test interactions, with the keys User and Item.</param>
/// <param name="Sizes">Counts of them.</param>
/// <param name="Interactions">All interactions; null where the files fix the split.</param>
internal sealed record LeaderboardData(InteractionSplit Split, ResultsData Sizes, IDataView? Interactions)
{
    /// <summary>Reads LightGCN's split files as they are, or GoodBooks or MovieLens, prepared and split by the seed.</summary>
    public static LeaderboardData Read(MLContext ml, IAnsiConsole console, string folder, int seed)
    {
        if (SplitFiles.IsIn(folder))
            return Create(SplitFiles.Read(folder), null);
        if (MovieLensFiles.AreIn(folder))
        {
            IDataView movies = MovieLensPreparation.Run(ml, console, MovieLensFiles.ReadRatings(folder)).Rows;
            return Create(ml.Data.LeaveOneOutSplit(movies, seed: seed), movies);
        }
        PreparedData books = Preparation.Run(ml, console, GoodBooksFiles.Read(folder), seed);
        // The rows alone: what they were made from takes as much again.
        IDataView rows = PairView.Copy(books.Interactions);
        return new(ml.Data.LeaveOneOutSplit(rows, seed: seed), books.Sizes, rows);
    }

    /// <summary>The same split with a share of every user's training interactions, the others being dropped.</summary>
    public LeaderboardData Thin(MLContext ml, double share, int seed)
    {
        InteractionSplit thinned = Thin(ml, Split, share, seed);
        long train = KeyedInteractions.Count(thinned.Train);
        return this with { Split = thinned, Sizes = Sizes with { Train = train, Interactions = train + Sizes.Validation + Sizes.Test } };
    }

    /// <inheritdoc cref="Thin(MLContext, double, int)"/>
    public static InteractionSplit Thin(MLContext ml, InteractionSplit split, double share, int seed) =>
        share == 1 ? split : split with { Train = ml.Data.RatioSplit(split.Train, validationFraction: 1 - share, testFraction: 0, seed: seed).Train };

    /// <summary>A tenth of every user's training interactions, rounded down, as the validation part of data without one; no test part.</summary>
    /// <exception cref="UserErrorException">No user has ten.</exception>
    public static InteractionSplit HoldOutTenth(MLContext ml, InteractionSplit split, int seed)
    {
        InteractionSplit held = ml.Data.RatioSplit(split.Train, validationFraction: 0.1, testFraction: 0, seed: seed);
        return KeyedInteractions.Count(held.Validation) > 0
            ? held
            : throw new UserErrorException("--data: expected a validation part, or users with ten training interactions to hold one out of, found neither.");
    }

    private static LeaderboardData Create(InteractionSplit split, IDataView? interactions)
    {
        long train = KeyedInteractions.Count(split.Train), validation = KeyedInteractions.Count(split.Validation), test = KeyedInteractions.Count(split.Test);
        return new(split, new ResultsData(KeyCount(split, "User"), KeyCount(split, "Item"), train + validation + test, train, validation, test), interactions);
    }

    private static int KeyCount(InteractionSplit split, string column) => (int)((KeyDataViewType)split.Train.Schema[column].Type).Count;
}
