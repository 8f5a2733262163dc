using System.Globalization;
using System.Text.Json;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML;

/// <summary>Writes the embeddings of a LightGCN model to files for other programs.</summary>
/// <remarks>
/// The embeddings are the final ones. Their inner product is the score or, with a <see cref="LightGcnTrainer.Options.Neighbourhood"/>, one of its two
/// parts: train without one if a vector database is to rank as the model does. Each file is first written whole under another name, so a failure leaves
/// what was there before. Where the path is a link, the file that it leads to is replaced; a replaced file keeps its mode; a pipe or another device is
/// written to directly.
/// </remarks>
public static class EmbeddingExportCatalog
{
    /// <summary>
    /// Writes user and item embeddings to one safetensors file, which Python reads with <c>safetensors</c> (<c>load_file</c>,
    /// <c>safe_open</c>): the tensors <c>user.weight</c>, users x dimension, and <c>item.weight</c>, items x dimension, F32.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer.</param>
    /// <param name="path">The file.</param>
    /// <remarks>
    /// The metadata <c>user_ids</c> and <c>item_ids</c> are JSON arrays of text in the order of the rows: key values, or the numbers of the keys where
    /// there are no key values.
    /// </remarks>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer, or more than one.</exception>
    /// <exception cref="NotSupportedException">The ids take more room than the format's header has, 100 MB.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void SaveEmbeddingsAsSafetensors(this ModelOperationsCatalog catalog, ITransformer model, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LightGcnModelParameters trained = catalog.GetLightGcn(model).Model;
        Dictionary<string, string> metadata = new()
        {
            ["user_ids"] = JsonSerializer.Serialize(Ids(trained.Users), JsonText.Relaxed),
            ["item_ids"] = JsonSerializer.Serialize(Ids(trained.Items), JsonText.Relaxed),
        };
        TensorFileWriter tensors = new(withHashes: false);
        tensors.Add<float>("user.weight", trained.Embeddings.Final.Users, trained.UserCount, trained.EmbeddingDimension);
        tensors.Add<float>("item.weight", trained.Embeddings.Final.Items, trained.ItemCount, trained.EmbeddingDimension);
        FileSet.WriteFile(path, stream => tensors.Write(stream, metadata));
    }

    /// <summary>
    /// Writes <c>users.csv</c> and <c>items.csv</c>: UTF-8 text with a header line; in each row an id and then the components e0, e1, ..., each with as
    /// many digits as it takes to read the same number back.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer.</param>
    /// <param name="folder">The folder. It is made if it is not there; files of these names in it are replaced.</param>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer, or more than one.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static void SaveEmbeddingsAsCsv(this ModelOperationsCatalog catalog, ITransformer model, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        LightGcnModelParameters trained = catalog.GetLightGcn(model).Model;
        using FileSet files = new(folder);
        files.Write(
            "users.csv", stream => CsvFile.Write(stream, writer => WriteRows(writer, trained.Users, trained.UserEmbeddings, trained.EmbeddingDimension)));
        files.Write(
            "items.csv", stream => CsvFile.Write(stream, writer => WriteRows(writer, trained.Items, trained.ItemEmbeddings, trained.EmbeddingDimension)));
        files.Commit();
    }

    private static IEnumerable<string> Ids(Vocabulary names) => Enumerable.Range(0, names.Count).Select(index => names[index]);

    private static void WriteRows(TextWriter writer, Vocabulary names, ReadOnlySpan<float> embeddings, int dimension)
    {
        writer.Write("id");
        for (int k = 0; k < dimension; k++)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $",e{k}"));
        writer.WriteLine();
        Span<char> number = stackalloc char[32];
        for (int row = 0; row < names.Count; row++)
        {
            writer.Write(CsvFile.Field(names[row]));
            foreach (float component in embeddings.Slice(row * dimension, dimension))
            {
                component.TryFormat(number, out int length, default, CultureInfo.InvariantCulture);
                writer.Write(',');
                writer.Write(number[..length]);
            }
            writer.WriteLine();
        }
    }
}
