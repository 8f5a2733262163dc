using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace WebRecommender.Models;

/// <summary>Prediction engines of a model: an engine serves one caller at a time, the pool has as many as there were callers at once.</summary>
internal sealed class ScoreEngines(ServedRecommender model)
{
    private readonly ObjectPool<PredictionEngine<Interaction, Prediction>> _engines =
        new DefaultObjectPool<PredictionEngine<Interaction, Prediction>>(new EnginePolicy(model.Context, model.Transformer));

    /// <summary>The score of a pair; NaN where the model does not know one of them.</summary>
    public float Score(int readerId, int bookId)
    {
        PredictionEngine<Interaction, Prediction> engine = _engines.Get();
        float score = engine.Predict(new Interaction { UserId = readerId, BookId = bookId }).Score;
        _engines.Return(engine);
        return score;
    }

    private sealed class EnginePolicy(MLContext ml, ITransformer model) : PooledObjectPolicy<PredictionEngine<Interaction, Prediction>>
    {
        public override PredictionEngine<Interaction, Prediction> Create() =>
            // The model outlives any engine of it.
            ml.Model.CreatePredictionEngine<Interaction, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });

        public override bool Return(PredictionEngine<Interaction, Prediction> obj) => true;
    }
}
