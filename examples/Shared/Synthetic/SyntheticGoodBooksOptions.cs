namespace LightGcn.Examples;

/// <summary>Sizes and seed of a synthetic GoodBooks.</summary>
public sealed record SyntheticGoodBooksOptions
{
    /// <summary>Number of users, at least 1.</summary>
    public int Users { get; init; } = 6_000;

    /// <summary>Number of books, at least 30.</summary>
    public int Books { get; init; } = 2_000;

    /// <summary>Number of ratings; a user rates at most a third of the books.</summary>
    public int Ratings { get; init; } = 250_000;

    /// <summary>Number of to-read marks; a user marks at most a third of the books.</summary>
    public int ToRead { get; init; } = 40_000;

    /// <summary>The seed: equal options give equal files, byte for byte, on every platform.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many books a user rates, and marks, at most: a third, so that there is always something left to choose.</summary>
    internal static int MaximumPerUser(int books) => books / 3;

    internal void Check()
    {
        Require(Users >= 1, nameof(Users), Users, "at least 1");
        Require(Books >= 30, nameof(Books), Books, "at least 30");
        long most = (long)Users * MaximumPerUser(Books);
        Require(Ratings >= 1 && Ratings <= most, nameof(Ratings), Ratings, $"1 to {most}, a third of all pairs");
        Require(ToRead >= 1 && ToRead <= most, nameof(ToRead), ToRead, $"1 to {most}, a third of all pairs");
    }

    private static void Require(bool holds, string name, int value, string expected)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"Expected {name} to be {expected}.");
    }
}
