using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>The models of the leaderboard, by stable names.</summary>
internal static class ModelCatalog
{
    private const string MatrixFactorizationName = "mlnet-mf";

    private static readonly OrderedDictionary<string, Func<TrainingInput, TrainedModel>> Models = new()
    {
        ["popularity"] = Plain(input => input.Ml.Ranking.Trainers.Popularity().Fit(input.Train).Model),
        ["item-knn"] = Plain(input => input.Ml.Ranking.Trainers.ItemKnn().Fit(input.Train).Model),
        ["graph-filter"] = Plain(input => input.Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { Seed = input.Seed, CancellationToken = input.CancellationToken }).Fit(input.Train).Model),
        ["gf-cf"] = Plain(input => input.Ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 256, Seed = input.Seed, CancellationToken = input.CancellationToken }).Fit(input.Train).Model),
        ["mf-bpr"] = input => BprTraining.Train(input, dimension: 128),
        ["ease"] = input => EaseSearch.Train(input, EaseSearch.Plain),
        ["ease-normalised"] = input => EaseSearch.Train(input, EaseSearch.Normalised),
        ["slim"] = Plain(input => input.Ml.Ranking.Trainers.Slim(new SlimTrainer.Options { CancellationToken = input.CancellationToken }).Fit(input.Train).Model),
        [MatrixFactorizationName] = input => TrainedModel.Of(() => MatrixFactorization.Fit(input.Ml, input.Train), MatrixFactorization.Setting),
        ["lightgcn"] = Plain(input => LightGcn(input, new LightGcnTrainer.Options())),
        ["lightgcn-factors"] = Plain(input => LightGcn(input, new LightGcnTrainer.Options { Neighbourhood = null })),
        ["lightgcn-notebook"] = Plain(input => LightGcn(input, LightGcnTrainer.Options.GoodBooksNotebook())),
        ["lightgcn-paper"] = Plain(input => LightGcn(input, LightGcnTrainer.Options.Paper())),
    };

    public static IEnumerable<string> Names => Models.Keys;

    /// <summary>What runs in minutes on any data; name the others to run them.</summary>
    public static IEnumerable<string> Default => ["popularity", "item-knn", "graph-filter", "gf-cf", "slim", "lightgcn"];

    /// <summary>Refuses models that this build does not have, before any is trained.</summary>
    /// <exception cref="UserErrorException">There is such a model.</exception>
    public static void CheckAvailable(IEnumerable<string> names)
    {
        if (!MatrixFactorization.IsAvailable && names.Contains(MatrixFactorizationName))
            throw new UserErrorException($"--models: expected models of this build, found '{MatrixFactorizationName}', which needs the package Microsoft.ML.Recommender. {MatrixFactorization.Mend}");
    }

    public static TrainedModel Train(string name, TrainingInput input) => Models[name](input);

    private static Func<TrainingInput, TrainedModel> Plain(Func<TrainingInput, IItemScorer> fit) => input => TrainedModel.Of(() => fit(input));

    private static LightGcnModelParameters LightGcn(TrainingInput input, LightGcnTrainer.Options options)
    {
        options.Seed = input.Seed;
        options.CancellationToken = input.CancellationToken;
        LightGcnTrainer trainer = input.Ml.Ranking.Trainers.LightGcn(options);
        return (input.Validation is { } validation ? trainer.Fit(input.Train, validation) : trainer.Fit(input.Train)).Model;
    }
}
