using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;

namespace Microsoft.ML;

/// <summary>Adds the LightGCN trainer to ML.NET's ranking trainers.</summary>
public static class LightGcnCatalog
{
    /// <summary>
    /// Creates a <see cref="LightGcnTrainer"/>, which learns from (user, item) interactions to rank items for a user.
    /// </summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="userColumnName">Name of the user column, a key column of known cardinality (see MapValueToKey).</param>
    /// <param name="itemColumnName">Name of the item column, a key column of known cardinality.</param>
    /// <param name="embeddingDimension">Number of components of an embedding, 1 to 8,192; multiples of 16 are fastest.</param>
    /// <param name="layerCount">Number of propagation layers, 0 to 64; 0 is matrix factorization.</param>
    /// <param name="epochCount">Number of epochs, 1 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static LightGcnTrainer LightGcn(
        this RankingCatalog.RankingTrainers catalog,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int embeddingDimension = LightGcnTrainer.Options.DefaultEmbeddingDimension,
        int layerCount = LightGcnTrainer.Options.DefaultLayerCount,
        int epochCount = LightGcnTrainer.Options.DefaultEpochCount) =>
        catalog.LightGcn(new LightGcnTrainer.Options
        {
            UserColumnName = userColumnName,
            ItemColumnName = itemColumnName,
            EmbeddingDimension = embeddingDimension,
            LayerCount = layerCount,
            EpochCount = epochCount,
        });

    /// <summary>Creates a <see cref="LightGcnTrainer"/> with all its options.</summary>
    /// <param name="catalog">The ranking trainers of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; later changes to the object have no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public static LightGcnTrainer LightGcn(this RankingCatalog.RankingTrainers catalog, LightGcnTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LightGcnTrainer(CatalogEnvironment.GetEnvironment(catalog), options);
    }
}
