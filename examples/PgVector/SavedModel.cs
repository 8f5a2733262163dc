using System.Diagnostics.CodeAnalysis;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace PgVectorExample;

/// <summary>A model from a file.</summary>
/// <param name="Parameters">Its embeddings.</param>
/// <param name="Recommender">Recommends by it.</param>
internal sealed record SavedModel(LightGcnModelParameters Parameters, Recommender Recommender)
{
    /// <exception cref="InvalidDataException">The file is damaged, or its model is no LightGCN model with its history.</exception>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A damaged file may fail in any way.")]
    public static SavedModel Load(string path)
    {
        try
        {
            MLContext ml = new();
            ITransformer loaded = ModelFile.Load(ml, path);
            return new SavedModel(ml.Model.GetLightGcn(loaded).Model, ml.Model.CreateRecommender(loaded));
        }
        catch (Exception reason)
        {
            throw new InvalidDataException($"expected a LightGCN model with its history, found another or a damaged file at '{path}'.", reason);
        }
    }
}
