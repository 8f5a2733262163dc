using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML;

/// <summary>Adds recommending to ML.NET's transforms, as a step of a pipeline.</summary>
public static class RecommendationCatalog
{
    /// <summary>Creates a <see cref="RecommendedItemsEstimator"/>, which adds to each row the items recommended to its user, and their scores.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="recommender">The recommender. The rows must have the user keys of its model.</param>
    /// <param name="itemsColumnName">Name of the column of item keys to add.</param>
    /// <param name="scoresColumnName">Name of the column of scores to add.</param>
    /// <param name="userColumnName">Name of the user column, a key column of the model's users.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <exception cref="ArgumentException">A name is empty, an option is out of range, or a set is of another model.</exception>
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
        if (itemsColumnName == scoresColumnName)
            throw new ArgumentException($"Expected a name other than that of the items, found '{scoresColumnName}' for both.", nameof(scoresColumnName));
        return new RecommendedItemsEstimator(
            CatalogEnvironment.GetEnvironment(catalog), catalog, recommender, (itemsColumnName, scoresColumnName), userColumnName, options);
    }

    /// <summary>
    /// Recommends items to every user of the model, as rows are read. The view holds the lists of 32,768 users at a time, and computes lists again when
    /// their rows are read again. <c>mlContext.Data.Cache</c> keeps them all.
    /// </summary>
    /// <param name="recommender">The recommender.</param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order.</param>
    /// <param name="cancellationToken">Checked before every block of users, while rows are read too.</param>
    /// <returns>
    /// A row for each user in the order of keys: the user key under the model's user column name, RecommendedItems (a vector of
    /// item keys, best first), RecommendedScores (a vector of Single of the same length; NaN for lists by popularity) and RecommendationSource (text, the
    /// name of a <see cref="RecommendationSource"/>). Key columns carry the ids as key values, as text, so MapKeyToValue works.
    /// </returns>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    /// <exception cref="InvalidOperationException">The call needs a history, which the model does not keep.</exception>
    /// <exception cref="NotSupportedException">
    /// There are <see cref="RecommendationOptions.NewUserItems"/>, and the model does not know new users by what they chose.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IDataView RecommendToAll(
        this Recommender recommender,
        RecommendationOptions? options = null,
        IProgress<RecommendationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        SelectionParts lists = recommender.InParts(recommender.Checked(options).Copy(), progress, cancellationToken);
        // What can't be done is said here, and not where rows are read.
        lists.At(0);
        return RecommendationView.Create(recommender, RecommendationView.Columns, lists);
    }
}
