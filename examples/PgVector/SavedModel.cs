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
            LightGcnModelParameters parameters = ml.Model.GetLightGcn(loaded).Model;
            // What a database of vectors would find is then not what the model recommends.
            return parameters.NeighbourWeightCount == 0
                ? new SavedModel(parameters, ml.Model.CreateRecommender(loaded))
                : throw new UserErrorException(
                    $"expected a model of embeddings alone, found one with {parameters.NeighbourWeightCount:N0} weights from item to item at '{path}'. "
                    + "Train it with Neighbourhood = null, as examples/GoodBooks does with --preset factors.");
        }
        catch (Exception reason) when (reason is not UserErrorException)
        {
            throw new InvalidDataException($"expected a LightGCN model with its history, found another or a damaged file at '{path}'.", reason);
        }
    }
}
