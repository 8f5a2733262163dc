using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace WebRecommender.Models;

/// <summary>What makes a served model one of books: the ids that it starts from, its books and its engines.</summary>
internal static class BookModel
{
    /// <summary>Has a recommender serve books.</summary>
    public static RecommenderBuilder WithBooks(this RecommenderBuilder builder) => builder
        .WithState((model, services) => new BookIndex(model.Recommender, services.GetRequiredService<BookCatalog>()))
        .WithState((model, _) => new ScoreEngines(model))
        .Configure(options => (options.Prepare, options.Try) = (FromIds, Try));

    /// <summary>The books of a model.</summary>
    public static BookIndex Books(this ServedRecommender model) => model.GetState<BookIndex>();

    /// <summary>The pipeline of a model that was saved without one: a file of the library's own has the ids, and starts from keys.</summary>
    private static ITransformer FromIds(MLContext ml, ITransformer loaded)
    {
        if (loaded is not LightGcnTransformer model)
            return loaded;
        IDataView none = ml.Data.LoadFromEnumerable(Array.Empty<Interaction>());
        ITransformer keys = ml.Transforms.Conversion.MapValueToKey(model.UserColumnName, nameof(Interaction.UserId), keyData: ml.Model.GetUserKeyData(model))
            .Append(ml.Transforms.Conversion.MapValueToKey(model.ItemColumnName, nameof(Interaction.BookId), keyData: ml.Model.GetItemKeyData(model)))
            .Fit(none);
        return new TransformerChain<ITransformer>(keys, model);
    }

    /// <summary>Asks what requests will ask, so that a model that would fail at a request is refused instead.</summary>
    private static void Try(ServedRecommender model)
    {
        int reader = int.Parse(model.Recommender.GetUserId(new Key(1)), NumberStyles.None, CultureInfo.InvariantCulture);
        int book = model.Books().Search("", 1)[0].Id;
        model.Recommender.Recommend(reader);
        model.Recommender.RecommendToNewUser(model.Recommender.GetItems(book));
        model.GetState<ScoreEngines>().Score(reader, book);
    }
}
