using Microsoft.ML.LightGcn.ParquetFiles;
using Microsoft.ML.LightGcn.Recommending;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.LightGcn;

/// <summary>Writes recommendations as Apache Parquet.</summary>
public static class RecommenderParquetExtensions
{
    private static readonly DataField<string> User = new("user", nullable: false), Item = new("item", nullable: false), Source = new("source", nullable: false);
    private static readonly DataField<int> Rank = new("rank");
    private static readonly DataField<float?> Score = new("score");
    private static readonly ParquetSchema Schema = new(User, Item, Rank, Score, Source);

    /// <summary>
    /// Recommends items to every user of the model and writes them to a folder of Parquet files, each of 16,384 users, as they are computed, so memory
    /// does not grow with the number of users. If a run was stopped, the same call goes on after the last file that the run wrote.
    /// </summary>
    /// <param name="recommender">The recommender.</param>
    /// <param name="folder">
    /// The folder; it is made where it is missing. Its files are part-000000.parquet, part-000001.parquet and so on, with the columns user and item
    /// (text, the ids), rank (32-bit integer, from 1), score (single precision; null in a list by popularity of any model but Popularity itself) and
    /// source (text, the name of a <see cref="RecommendationSource"/>); users in the order of keys. Keys without an id, as hashes leave some, are left
    /// out. The file recommendations.json beside them says which model and options the lists come from.
    /// </param>
    /// <param name="options">What may be recommended; null for the recommender's defaults.</param>
    /// <param name="progress">Told after every block of users, on a worker thread; blocks end in any order. Users of finished files count as done.</param>
    /// <param name="cancellationToken">Checked before every block of users.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a set is of another model.</exception>
    /// <exception cref="InvalidOperationException">
    /// The call needs a history, which the model does not keep; or the folder has lists of another model or of other options (the message says what
    /// differs).
    /// </exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void SaveRecommendationsAsParquetFiles(
        this Recommender recommender,
        string folder,
        RecommendationOptions? options = null,
        IProgress<RecommendationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RecommendationFolder.Write(folder, "parquet", recommender, recommender.Checked(options).Copy(), Write, progress, cancellationToken);
    }

    private static void Write(Stream stream, IEnumerable<RecommendationRow> lists)
    {
        RecommendationRow[] rows = [.. lists];
        ParquetFile.Write(stream, Schema, [async group =>
        {
            await group.WriteAsync(User, Array.ConvertAll(rows, row => row.User)).ConfigureAwait(false);
            await group.WriteAsync(Item, Array.ConvertAll(rows, row => row.Item)).ConfigureAwait(false);
            await group.WriteAsync<int>(Rank, Array.ConvertAll(rows, row => row.Rank)).ConfigureAwait(false);
            await group.WriteAsync<float>(Score, Array.ConvertAll(rows, row => float.IsNaN(row.Score) ? null : (float?)row.Score)).ConfigureAwait(false);
            await group.WriteAsync(Source, Array.ConvertAll(rows, row => row.Source.ToString())).ConfigureAwait(false);
        }]);
    }
}
