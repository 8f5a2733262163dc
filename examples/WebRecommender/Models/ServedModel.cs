using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LightGcn.Examples;
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace WebRecommender.Models;

/// <summary>
/// A loaded model with all that belongs to it. Immutable: a request takes one from the <see cref="ModelStore"/> once and sees
/// nothing of a swap.
/// </summary>
internal sealed class ServedModel
{
    private readonly ObjectPool<PredictionEngine<Interaction, Prediction>> _engines;

    private ServedModel(int version, ITransformer transformer, MLContext ml, Recommender recommender, BookCatalog titles)
    {
        Version = version;
        Recommender = recommender;
        Books = new BookIndex(recommender, titles);
        _engines = new DefaultObjectPool<PredictionEngine<Interaction, Prediction>>(new EnginePolicy(ml, transformer));
    }

    /// <summary>1 for the model that the server started with, one more for each that was picked up.</summary>
    public int Version { get; }

    public DateTimeOffset LoadedAt { get; } = DateTimeOffset.UtcNow;

    public Recommender Recommender { get; }

    public BookIndex Books { get; }

    /// <summary>Loads a model and tries it, so that one that would fail at a request is refused instead.</summary>
    /// <param name="file">The model file, from its start.</param>
    /// <param name="version">The version that the model gets.</param>
    /// <param name="titles">Titles of books, of which the model may know some.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or its model is not one that can be served.</exception>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A damaged file may fail in any way.")]
    public static ServedModel Load(Stream file, int version, BookCatalog titles)
    {
        try
        {
            MLContext ml = new();
            ITransformer loaded = ModelFile.Load(ml, file);
            ITransformer transformer = loaded is LightGcnTransformer own ? FromIds(ml, own) : ml.Model.RestoreLightGcn(loaded);
            ServedModel model = new(version, transformer, ml, ml.Model.CreateRecommender(transformer), titles);
            model.Try();
            return model;
        }
        catch (Exception reason)
        {
            throw new InvalidDataException($"Expected a LightGCN model with its history, from UserId and BookId as whole numbers; found another or a damaged one. {reason.Message}", reason);
        }
    }

    /// <summary>The score of a pair by a prediction engine; NaN where the model does not know one of them.</summary>
    public float Score(int readerId, int bookId)
    {
        // An engine serves one caller at a time; the pool has as many as there were callers at once.
        PredictionEngine<Interaction, Prediction> engine = _engines.Get();
        float score = engine.Predict(new Interaction { UserId = readerId, BookId = bookId }).Score;
        _engines.Return(engine);
        return score;
    }

    /// <summary>The pipeline of a model that was saved without one: a file of the library's own has the ids, and starts from keys.</summary>
    private static TransformerChain<ITransformer> FromIds(MLContext ml, LightGcnTransformer model)
    {
        IDataView none = ml.Data.LoadFromEnumerable(Array.Empty<Interaction>());
        ITransformer keys = ml.Transforms.Conversion.MapValueToKey(model.UserColumnName, nameof(Interaction.UserId), keyData: ml.Model.GetUserKeyData(model))
            .Append(ml.Transforms.Conversion.MapValueToKey(model.ItemColumnName, nameof(Interaction.BookId), keyData: ml.Model.GetItemKeyData(model)))
            .Fit(none);
        return new TransformerChain<ITransformer>(keys, model);
    }

    private void Try()
    {
        int reader = int.Parse(Recommender.GetUserId(new Key(1)), NumberStyles.None, CultureInfo.InvariantCulture);
        int book = Books.Search("", 1)[0].Id;
        Recommender.Recommend(reader);
        Recommender.RecommendToNewUser(Recommender.GetItems(book));
        Score(reader, book);
    }

    private sealed class EnginePolicy(MLContext ml, ITransformer model) : PooledObjectPolicy<PredictionEngine<Interaction, Prediction>>
    {
        public override PredictionEngine<Interaction, Prediction> Create() =>
            // The model outlives any engine of it.
            ml.Model.CreatePredictionEngine<Interaction, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });

        public override bool Return(PredictionEngine<Interaction, Prediction> obj) => true;
    }
}
