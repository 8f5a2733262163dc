using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;

namespace Microsoft.ML;

/// <summary>Adds recommending as a step of a pipeline to ML.NET's transforms.</summary>
public static class RecommendationCatalog
{
    /// <summary>Creates a <see cref="RecommendedItemsEstimator"/>, which adds recommended items and their scores to each row's user.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="recommender">The recommender, of the model whose user keys the rows have.</param>
    /// <param name="itemsColumnName">Name of the column of item keys to add.</param>
    /// <param name="scoresColumnName">Name of the column of scores to add.</param>
    /// <param name="userColumnName">Name of the user column, a key column of as many keys as the model has users.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <exception cref="ArgumentException">A name is empty, an option is out of range, or a set is of another recommender.</exception>
    public static RecommendedItemsEstimator RecommendItems(
        this TransformsCatalog catalog,
        Recommender recommender,
        string itemsColumnName = "RecommendedItems",
        string scoresColumnName = "RecommendedScores",
        string userColumnName = "User",
        RecommendationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentException.ThrowIfNullOrEmpty(itemsColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoresColumnName);
        ArgumentException.ThrowIfNullOrEmpty(userColumnName);
        return new RecommendedItemsEstimator(CatalogEnvironment.GetEnvironment(catalog), catalog, recommender, (itemsColumnName, scoresColumnName), userColumnName, options);
    }
}
