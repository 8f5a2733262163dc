namespace LightGcn.Examples;

/// <summary>The rows of MovieLens' <c>ratings.csv</c> as parallel arrays, in file order.</summary>
public sealed class MovieLensRatings
{
    internal MovieLensRatings(int[] userIds, int[] movieIds, float[] values)
    {
        UserIds = userIds;
        MovieIds = movieIds;
        Values = values;
    }

    /// <summary>Number of rows.</summary>
    public int Count => Values.Length;

    /// <summary>The userId of each row.</summary>
    public int[] UserIds { get; }

    /// <summary>The movieId of each row.</summary>
    public int[] MovieIds { get; }

    /// <summary>The rating of each row, 0.5 to 5.</summary>
    public float[] Values { get; }
}
