using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>A model with one of its settings.</summary>
/// <param name="Name">The setting; empty where there is only one.</param>
/// <param name="Fit">Trains on the given interactions, all of them, without validation.</param>
internal sealed record BudgetSetting(string Name, Func<TrainingInput, IDataView, IItemScorer> Fit);

/// <summary>
/// The kinds of models that training budgets compare, each with settings from short to long trainings. To add a kind, add an entry; to add a
/// setting, a value.
/// </summary>
internal static class BudgetCatalog
{
    private static readonly OrderedDictionary<string, BudgetSetting[]> Kinds = new()
    {
        ["popularity"] = [new("", (input, train) => input.Ml.Ranking.Trainers.Popularity().Fit(train).Model)],
        ["item-knn"] =
        [
            .. Each("neighbours", [20, 100], (input, train, count) => input.Ml.Ranking.Trainers.ItemKnn(neighbourCount: (int)count).Fit(train).Model),
            new("all neighbours", (input, train) => input.Ml.Ranking.Trainers.ItemKnn().Fit(train).Model),
        ],
        ["graph-filter"] = [.. Each("low-pass dimensions", [0, 64, 256, 512], GraphFilter)],
        ["mf-bpr"] = [.. Grid("dimensions", [64, 128], "epochs", [2, 5, 10, 20, 40], MatrixFactorization)],
        ["ease"] = [.. Each("lambda", [10, 30, 100, 300, 1000], (input, train, lambda) => EaseSearch.Fit(input, train, lambda))],
        ["slim"] = [.. Each("neighbours", [20, 50, 100, 200], Slim)],
        ["lightgcn"] = [.. Grid("dimensions", [64, 112, 256], "epochs", [1, 2, 4, 8], LightGcn)],
    };

    public static IEnumerable<string> Names => Kinds.Keys;

    public static IReadOnlyList<BudgetSetting> SettingsOf(string kind) => Kinds[kind];

    private static IEnumerable<BudgetSetting> Each(string name, float[] values, Func<TrainingInput, IDataView, float, IItemScorer> fit) =>
        values.Select(value => new BudgetSetting(Text(value, name), (input, train) => fit(input, train, value)));

    private static IEnumerable<BudgetSetting> Grid(string name, float[] values, string otherName, float[] otherValues, Func<TrainingInput, IDataView, float, float, IItemScorer> fit) =>
        from value in values
        from other in otherValues
        select new BudgetSetting($"{Text(value, name)}, {Text(other, otherName)}", (input, train) => fit(input, train, value, other));

    private static string Text(float value, string name) => string.Create(CultureInfo.InvariantCulture, $"{name} {value}");

    private static IItemScorer Slim(TrainingInput input, IDataView train, float neighbours) => input.Ml.Ranking.Trainers.Slim(
        new SlimTrainer.Options { NeighbourCount = (int)neighbours, CancellationToken = input.CancellationToken }).Fit(train).Model;

    private static IItemScorer GraphFilter(TrainingInput input, IDataView train, float dimensions) => input.Ml.Ranking.Trainers.GraphFilter(
        new GraphFilterTrainer.Options { LowPassDimension = (int)dimensions, Seed = input.Seed, CancellationToken = input.CancellationToken }).Fit(train).Model;

    private static IItemScorer MatrixFactorization(TrainingInput input, IDataView train, float dimensions, float epochs) =>
        input.Ml.Ranking.Trainers.LightGcn(BprTraining.Options((int)dimensions, (int)epochs, input.Seed, input.CancellationToken)).Fit(train).Model;

    private static IItemScorer LightGcn(TrainingInput input, IDataView train, float dimensions, float epochs) => input.Ml.Ranking.Trainers.LightGcn(
        new LightGcnTrainer.Options { EmbeddingDimension = (int)dimensions, EpochCount = (int)epochs, Seed = input.Seed, CancellationToken = input.CancellationToken }).Fit(train).Model;
}
