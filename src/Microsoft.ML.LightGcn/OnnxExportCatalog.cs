using System.Text.Json;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML;

/// <summary>Writes a LightGCN model as an ONNX file (Open Neural Network Exchange) that recommends, for programs in any language.</summary>
public static class OnnxExportCatalog
{
    /// <summary>
    /// Writes an ONNX model (operator set 18). Its input is the items that a new user chose, or a known user's index. Its output is the items with the
    /// highest scores, without those that the user chose: the items that <see cref="Recommender"/> recommends, to rounding.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer, which kept its history.</param>
    /// <param name="path">The file; it is first written under another name, and then moved into place.</param>
    /// <param name="input">What the model recommends to.</param>
    /// <remarks>
    /// Inputs are int64: <c>items</c>, item indices from 0 in any order, or <c>user</c>, one user index from 0; and <c>count</c>, the number of items to
    /// recommend. Outputs are <c>recommended</c> (int64, item indices, best first) and their <c>scores</c> (float32). Where there are fewer candidates
    /// than asked for, the places that are left have a score of negative infinity. The metadata <c>item_ids</c> and <c>user_ids</c> are JSON arrays of
    /// the ids of all indices. The file takes 4 bytes for each component of items and users, 12 bytes for each weight from item to item and, with
    /// <see cref="OnnxInput.User"/>, 8 bytes for each interaction; an ONNX file must be smaller than 2 GiB.
    /// </remarks>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer, or more than one.</exception>
    /// <exception cref="InvalidOperationException">The model did not keep its history.</exception>
    /// <exception cref="NotSupportedException">
    /// The model has no layers, so it can't recommend to new users by what they chose; or it is too large for the format.
    /// </exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void SaveAsOnnx(this ModelOperationsCatalog catalog, ITransformer model, string path, OnnxInput input = OnnxInput.Items)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Enum.IsDefined(input))
            throw new ArgumentOutOfRangeException(nameof(input), input, "Expected Items or User.");
        LightGcnModelParameters trained = catalog.GetLightGcn(model).Model;
        if (trained.History is null)
            throw new InvalidOperationException("The model did not keep its history, by which it recommends: train it with KeepHistory, the default.");
        if (input == OnnxInput.Items && trained.FoldIn is null)
            throw new NotSupportedException(
                "A model without layers knows new users only by training: train it with LayerCount of 1 or more, or give OnnxInput.User.");
        OnnxFile file = OnnxRecommender.Create(trained, input, ((IRankingModel)trained).Known);
        file.Metadata("item_ids", JsonSerializer.Serialize(Ids(trained.Items), JsonText.Relaxed));
        if (input == OnnxInput.User)
            file.Metadata("user_ids", JsonSerializer.Serialize(Ids(trained.Users), JsonText.Relaxed));
        FileSet.WriteFile(path, file.Write);
    }

    private static IEnumerable<string> Ids(Vocabulary names) => Enumerable.Range(0, names.Count).Select(index => names[index]);
}
