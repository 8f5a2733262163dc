using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// User and item factors of any model whose score is an inner product, for example those of ML.NET's matrix factorization:
/// it scores all items for a block of users by one register-blocked product.
/// </summary>
/// <remarks>A user or an item whose factors are all 0, or include a NaN, counts as untrained: its scores are NaN, and it ranks last.</remarks>
public sealed class FactorModel : IPartialScorer, ITermScorer
{
    private readonly FactorScorer _scorer;

    /// <summary>Wraps two tables of factors, which must not change while the model is in use.</summary>
    /// <param name="userFactors">Row-major, users x dimension.</param>
    /// <param name="itemFactors">Row-major, items x dimension.</param>
    /// <param name="dimension">Number of factors of a user or an item, at least 1.</param>
    /// <exception cref="ArgumentException">A table is empty, or its length is not a multiple of the dimension.</exception>
    public FactorModel(ReadOnlyMemory<float> userFactors, ReadOnlyMemory<float> itemFactors, int dimension)
    {
        Expect.ArgumentBetween(1, int.MaxValue, dimension);
        Check(userFactors.Length, dimension, nameof(userFactors));
        Check(itemFactors.Length, dimension, nameof(itemFactors));
        Dimension = dimension;
        Factors = new Factors(new RowTable(MemoryMarshal.AsMemory(userFactors), dimension), itemFactors, dimension);
        _scorer = new FactorScorer(Factors.UserRows, itemFactors.Span);
        Known = KnownNodes.Of(Factors);
    }

    /// <summary>Number of factors of a user or an item.</summary>
    public int Dimension { get; }

    internal Factors Factors { get; }

    internal KnownNodes Known { get; }

    ScoreTerms? ITermScorer.Terms => new(_scorer, null, Known);

    /// <inheritdoc/>
    public int UserCount => _scorer.UserCount;

    /// <inheritdoc/>
    public int ItemCount => _scorer.ItemCount;

    /// <summary>
    /// The factors of ML.NET's matrix factorization (MatrixFactorizationModelParameters), whose prediction is the inner product
    /// of a row of the left and a row of the right factor matrix.
    /// </summary>
    /// <param name="leftFactorMatrix">LeftFactorMatrix: row-major, NumberOfRows x ApproximationRank.</param>
    /// <param name="rightFactorMatrix">RightFactorMatrix: row-major, NumberOfColumns x ApproximationRank.</param>
    /// <param name="approximationRank">ApproximationRank.</param>
    /// <param name="usersAreRows">
    /// Whether the trainer's MatrixRowIndexColumnName was the user column; false when it was the item column.
    /// </param>
    /// <exception cref="ArgumentException">A matrix is empty, or its length is not a multiple of the rank.</exception>
    public static FactorModel FromMatrixFactorization(
        IReadOnlyList<float> leftFactorMatrix, IReadOnlyList<float> rightFactorMatrix, int approximationRank, bool usersAreRows)
    {
        ArgumentNullException.ThrowIfNull(leftFactorMatrix);
        ArgumentNullException.ThrowIfNull(rightFactorMatrix);
        float[] left = [.. leftFactorMatrix], right = [.. rightFactorMatrix];
        return usersAreRows ? new FactorModel(left, right, approximationRank) : new FactorModel(right, left, approximationRank);
    }

    /// <inheritdoc/>
    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        _scorer.ScoreItems(users, scores);
        Known.Mark(users, scores, ItemCount);
    }

    private static void Check(int length, int dimension, string name)
    {
        if (length == 0 || length % dimension != 0)
            throw new ArgumentException($"Expected rows of {dimension} factors, found {length} numbers.", name);
    }
}
