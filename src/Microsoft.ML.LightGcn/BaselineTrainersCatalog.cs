using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;

namespace Microsoft.ML;

/// <summary>
/// Adds the baselines that a LightGCN has to be compared with to ML.NET's ranking trainers. All learn from the same interactions and score the same rows.
/// </summary>
public static class BaselineTrainersCatalog
{
    /// <summary>Creates a <see cref="PopularityTrainer"/>, which ranks items by the number of users who interacted with them.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static PopularityTrainer Popularity(this RankingCatalog.RankingTrainers catalog, string userColumnName = "User", string itemColumnName = "Item")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new PopularityTrainer(CatalogEnvironment.GetEnvironment(catalog), userColumnName, itemColumnName);
    }

    /// <summary>Creates an <see cref="ItemKnnTrainer"/>, which ranks items by their similarity to the user's history.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="neighbourCount">Number of most similar items that each item keeps, 0 or more; 0 keeps all.</param>
    /// <param name="shrinkage">Added to the denominator of the cosine, 0 to 1,000,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static ItemKnnTrainer ItemKnn(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int neighbourCount = 0,
        float shrinkage = 0) =>
        catalog.ItemKnn(new ItemKnnTrainer.Options
        {
            UserColumnName = userColumnName,
            ItemColumnName = itemColumnName,
            NeighbourCount = neighbourCount,
            Shrinkage = shrinkage,
        });

    /// <summary>Creates an <see cref="ItemKnnTrainer"/> with all its options.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; later changes to the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static ItemKnnTrainer ItemKnn(this RankingCatalog.RankingTrainers catalog, ItemKnnTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ItemKnnTrainer(CatalogEnvironment.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates an <see cref="EaseTrainer"/>, which ranks items by the linear item-item weights that best reconstruct the users' histories.
    /// </summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="regularization">L2 penalty of the weights, 1E-06 to 1E+09 in units of interactions.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static EaseTrainer Ease(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        float regularization = 100) =>
        catalog.Ease(new EaseTrainer.Options
        {
            UserColumnName = userColumnName,
            ItemColumnName = itemColumnName,
            Regularization = regularization,
        });

    /// <summary>Creates an <see cref="EaseTrainer"/> with all its options.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; later changes to the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static EaseTrainer Ease(this RankingCatalog.RankingTrainers catalog, EaseTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EaseTrainer(CatalogEnvironment.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="SlimTrainer"/>, which ranks items by sparse linear item-item weights: the best model that trains in seconds.
    /// </summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="neighbourCount">Number of other items that each item has a weight for, 1 to 1,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static SlimTrainer Slim(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int neighbourCount = 50) =>
        catalog.Slim(new SlimTrainer.Options
        {
            UserColumnName = userColumnName,
            ItemColumnName = itemColumnName,
            NeighbourCount = neighbourCount,
        });

    /// <summary>Creates a <see cref="SlimTrainer"/> with all its options.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; later changes to the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static SlimTrainer Slim(this RankingCatalog.RankingTrainers catalog, SlimTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SlimTrainer(CatalogEnvironment.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="GraphFilterTrainer"/>, which ranks items by what the interaction graph carries to them from the user's history. It needs no
    /// training.
    /// </summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="lowPassDimension">
    /// Number of singular vectors of the low-pass part, 0 to 8,192; 0 is two hops alone, 256 is GF-CF as published.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static GraphFilterTrainer GraphFilter(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int lowPassDimension = 0) =>
        catalog.GraphFilter(new GraphFilterTrainer.Options
        {
            UserColumnName = userColumnName,
            ItemColumnName = itemColumnName,
            LowPassDimension = lowPassDimension,
        });

    /// <summary>Creates a <see cref="GraphFilterTrainer"/> with all its options.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; later changes to the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static GraphFilterTrainer GraphFilter(this RankingCatalog.RankingTrainers catalog, GraphFilterTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new GraphFilterTrainer(CatalogEnvironment.GetEnvironment(catalog), options);
    }

    /// <summary>
    /// Creates a <see cref="LightGcnTrainer"/> without propagation, which is matrix factorization by Bayesian personalised ranking
    /// (Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009). For more settings, change the result of
    /// <see cref="LightGcnTrainer.Options.MatrixFactorization"/>.
    /// </summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="embeddingDimension">Number of factors of a user or an item, 1 to 8,192; multiples of 16 are fastest.</param>
    /// <param name="epochCount">Number of epochs, 1 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static LightGcnTrainer BprMatrixFactorization(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int embeddingDimension = 64,
        int epochCount = 20)
    {
        LightGcnTrainer.Options options = LightGcnTrainer.Options.MatrixFactorization();
        options.UserColumnName = userColumnName;
        options.ItemColumnName = itemColumnName;
        options.EmbeddingDimension = embeddingDimension;
        options.EpochCount = epochCount;
        return catalog.LightGcn(options);
    }
}
