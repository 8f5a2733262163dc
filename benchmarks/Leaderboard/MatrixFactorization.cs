using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>
/// ML.NET's matrix factorization with its one-class loss, in the settings that did best on GoodBooks. Compiled with
/// -p:MatrixFactorization=true, which references Microsoft.ML.Recommender.
/// </summary>
internal static class MatrixFactorization
{
#if MATRIX_FACTORIZATION
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
            ApproximationRank = 64,
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
    public static IItemScorer Fit(MLContext ml, IDataView train) =>
        throw new NotSupportedException("mlnet-mf needs Microsoft.ML.Recommender: build with -p:MatrixFactorization=true.");
#endif
}
