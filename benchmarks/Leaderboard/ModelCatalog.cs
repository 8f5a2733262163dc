using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>The models of the leaderboard, by stable names.</summary>
internal static class ModelCatalog
{
    private delegate IItemScorer Fit(MLContext ml, InteractionSplit split, bool hasValidation, int seed, CancellationToken cancellationToken);

    private static readonly OrderedDictionary<string, Fit> Models = new()
    {
        ["popularity"] = (ml, split, _, _, _) => ml.Ranking.Trainers.Popularity().Fit(split.Train).Model,
        ["item-knn"] = (ml, split, _, _, _) => ml.Ranking.Trainers.ItemKnn().Fit(split.Train).Model,
        ["graph-filter"] = (ml, split, _, seed, token) => ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { Seed = seed, CancellationToken = token }).Fit(split.Train).Model,
        ["gf-cf"] = (ml, split, _, seed, token) => ml.Ranking.Trainers.GraphFilter(new GraphFilterTrainer.Options { LowPassDimension = 256, Seed = seed, CancellationToken = token }).Fit(split.Train).Model,
        ["mf-bpr"] = (ml, split, validate, seed, token) => LightGcn(ml, LightGcnTrainer.Options.MatrixFactorization(), split, validate, seed, token),
        // Lambda as in the measured runs of the peers; about items x items x 4 bytes of memory, several times over.
        ["ease"] = (ml, split, _, _, token) => ml.Ranking.Trainers.Ease(new EaseTrainer.Options { Regularization = 30, CancellationToken = token }).Fit(split.Train).Model,
        ["mlnet-mf"] = (ml, split, _, _, _) => MatrixFactorization.Fit(ml, split.Train),
        ["lightgcn"] = (ml, split, validate, seed, token) => LightGcn(ml, new LightGcnTrainer.Options(), split, validate, seed, token),
        ["lightgcn-notebook"] = (ml, split, validate, seed, token) => LightGcn(ml, LightGcnTrainer.Options.GoodBooksNotebook(), split, validate, seed, token),
        ["lightgcn-paper"] = (ml, split, validate, seed, token) => LightGcn(ml, LightGcnTrainer.Options.Paper(), split, validate, seed, token),
    };

    public static IEnumerable<string> Names => Models.Keys;

    /// <summary>What runs in minutes on any data; name the others to run them.</summary>
    public static IEnumerable<string> Default => ["popularity", "item-knn", "graph-filter", "gf-cf", "lightgcn"];

    public static IItemScorer Train(string name, MLContext ml, InteractionSplit split, bool hasValidation, int seed, CancellationToken cancellationToken) =>
        Models[name](ml, split, hasValidation, seed, cancellationToken);

    private static LightGcnModelParameters LightGcn(MLContext ml, LightGcnTrainer.Options options, InteractionSplit split, bool hasValidation, int seed, CancellationToken cancellationToken)
    {
        options.Seed = seed;
        options.CancellationToken = cancellationToken;
        LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(options);
        return (hasValidation ? trainer.Fit(split.Train, split.Validation) : trainer.Fit(split.Train)).Model;
    }
}
