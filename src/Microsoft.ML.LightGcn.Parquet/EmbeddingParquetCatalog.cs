using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.ParquetFiles;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML;

/// <summary>Writes the embeddings of a LightGCN model as Apache Parquet.</summary>
public static class EmbeddingParquetCatalog
{
    private const int RowsPerGroup = 1 << 17;

    private static readonly DataField<string> Id = new("id", nullable: false);
    private static readonly DataField<float> Component = new("element");
    private static readonly ParquetSchema Schema = new(Id, new ListField("embedding", Component));

    /// <summary>
    /// Writes <c>users.parquet</c> and <c>items.parquet</c>: a row for each user or item, with the columns id (text) and embedding (a list of single
    /// precision numbers). The embeddings are the final ones. Their inner product is the score or, with a
    /// <see cref="LightGcnTrainer.Options.Neighbourhood"/>, one of its two parts.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer.</param>
    /// <param name="folder">The folder. It is made if it is not there; files of these names in it are replaced once both are written.</param>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer, or more than one.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static void SaveEmbeddingsAsParquet(this ModelOperationsCatalog catalog, ITransformer model, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        LightGcnModelParameters trained = catalog.GetLightGcn(model).Model;
        using FileSet files = new(folder);
        files.Write("users.parquet", stream => Write(stream, trained.Users, trained.Embeddings.Final.Users, trained.EmbeddingDimension));
        files.Write("items.parquet", stream => Write(stream, trained.Items, trained.Embeddings.Final.Items, trained.EmbeddingDimension));
        files.Commit();
    }

    private static void Write(Stream stream, Vocabulary names, ReadOnlyMemory<float> embeddings, int dimension)
    {
        ParquetFile.Write(stream, Schema, Enumerable.Range(0, (names.Count + RowsPerGroup - 1) / RowsPerGroup).Select(Group));

        Func<ParquetRowGroupWriter, Task> Group(int number)
        {
            int first = number * RowsPerGroup, count = Math.Min(RowsPerGroup, names.Count - first);
            // Nothing is null, and a list goes on where the level of repetition is 1.
            int[] definitions = [.. Enumerable.Repeat(Component.MaxDefinitionLevel, count * dimension)];
            int[] repetitions = [.. Enumerable.Repeat(1, count * dimension)];
            for (int row = 0; row < count; row++)
                repetitions[row * dimension] = 0;
            return async group =>
            {
                await group.WriteAsync(Id, [.. Enumerable.Range(first, count).Select(row => names[row])]).ConfigureAwait(false);
                ReadOnlyMemory<float> values = embeddings.Slice(first * dimension, count * dimension);
                await group.WriteAllPartsAsync<float>(Component, values, definitions, repetitions, CancellationToken.None).ConfigureAwait(false);
            };
        }
    }
}
