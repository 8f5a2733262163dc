using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace GoodBooks;

/// <summary>Saves the whole pipeline, from ids to Score, and the model alone, and works on with what was loaded back.</summary>
internal static class SavedPipeline
{
    /// <returns>The pipeline as any application would load it, with the fast transformer restored.</returns>
    public static ITransformer Save(MLContext ml, RunFolder folder, PreparedData data, LightGcnTransformer lightGcn)
    {
        TransformerChain<ITransformer> pipeline = new(data.Keys, lightGcn);
        // A temporary file first: whoever watches the folder never finds half a model.
        AtomicFile.Write(folder.PipelinePath, stream => ml.Model.Save(pipeline, data.Rows.Schema, stream));
        ml.Model.SaveRecommendationModel(lightGcn, folder.ModelPath);
        return ml.Model.RestoreLightGcn(ModelFile.Load(ml, folder.PipelinePath));
    }
}
