using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>
/// ML.NET's matrix factorization with its one-class loss. Of ranks 64, 128 and 256 the last did best, on GoodBooks and on Gowalla
/// (docs/results.md). Compiled with -p:MatrixFactorization=true, which references Microsoft.ML.Recommender.
/// </summary>
internal static class MatrixFactorization
{
    private const int Rank = 256;

    /// <summary>How to get a build that has the model.</summary>
    public const string Mend = "Run again with the option that adds it: dotnet run -c Release -p:MatrixFactorization=true --project benchmarks/Leaderboard -- ...";

    /// <summary>The setting, for the row of the table.</summary>
    public static string Setting => $"rank {Rank}, one-class";

#if MATRIX_FACTORIZATION
    public static bool IsAvailable => true;

    public static IItemScorer Fit(MLContext ml, IDataView train)
    {
        IDataView labelled = ml.Transforms.CustomMapping<NoColumns, Label>((_, row) => row.Value = 1, contractName: null).Fit(train).Transform(train);
        Microsoft.ML.Trainers.MatrixFactorizationTrainer.Options options = new()
        {
            // Users as rows: the left factor matrix is theirs.
            MatrixRowIndexColumnName = "User",
            MatrixColumnIndexColumnName = "Item",
            LabelColumnName = "Label",
            LossFunction = Microsoft.ML.Trainers.MatrixFactorizationTrainer.LossFunctionType.SquareLossOneClass,
            ApproximationRank = Rank,
            NumberOfIterations = 5,
            Alpha = 0.01,
            Lambda = 3,
            C = 0,
            Quiet = true,
        };
        Microsoft.ML.Trainers.Recommender.MatrixFactorizationModelParameters model = ml.Recommendation().Trainers.MatrixFactorization(options).Fit(labelled).Model;
        return FactorModel.FromMatrixFactorization(model.LeftFactorMatrix, model.RightFactorMatrix, model.ApproximationRank, usersAreRows: true);
    }

    private sealed class NoColumns;

    private sealed class Label
    {
        [Microsoft.ML.Data.ColumnName("Label")]
        public float Value { get; set; }
    }
#else
    public static bool IsAvailable => false;

    public static IItemScorer Fit(MLContext ml, IDataView train) =>
        throw new NotSupportedException($"This build lacks the package Microsoft.ML.Recommender. {Mend}");
#endif
}
