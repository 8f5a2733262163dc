using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Restores this library's models from what ML.NET loaded, saves and opens them in the library's own format, and makes recommenders of them.
/// </summary>
/// <remarks>
/// <see cref="ModelOperationsCatalog.Load(string, out DataViewSchema)"/> gives chains of ML.NET's own transformers in place of this library's, such as
/// <see cref="LightGcnTransformer"/>. The chains give the same scores, bit for bit. The methods here are for faster scoring, for the embeddings, for
/// recommending and for continuing training.
/// </remarks>
public static class LightGcnModelCatalog
{
    /// <summary>The LightGCN transformer in a fitted or loaded model, however deeply chains are nested.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer.</param>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer, or more than one.</exception>
    /// <exception cref="InvalidDataException">The saved state is damaged.</exception>
    public static LightGcnTransformer GetLightGcn(this ModelOperationsCatalog catalog, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ITransformer[] found = [.. SavedModels.Flatten(model).Where(SavedModels.IsLightGcn)];
        IHostEnvironment environment = CatalogEnvironment.GetEnvironment(catalog);
        if (found.Length != 1)
            throw environment.Process(new ArgumentException(
                $"Expected a model with one LightGCN transformer, found {found.Length} in {model.GetType().Name}.", nameof(model)));
        return SavedModels.Flatten(SavedModels.Restore(environment, model)).OfType<LightGcnTransformer>().Single();
    }

    /// <summary>
    /// Restores every saved model of this library, LightGCN and the baselines, to the transformer that it was saved from, which scores several times
    /// faster. The other transformers stay as they are. So does a baseline of version 0.1.0, whose file lacks the data.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model.</param>
    /// <returns>A chain that gives the same columns and scores; without a saved model of this library in it, the model itself.</returns>
    /// <exception cref="InvalidDataException">A saved state is damaged.</exception>
    public static ITransformer RestoreLightGcn(this ModelOperationsCatalog catalog, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        return SavedModels.Restore(CatalogEnvironment.GetEnvironment(catalog), model);
    }

    /// <summary>
    /// Saves one model of this library in the library's own format: a safetensors file, which <see cref="LoadRecommendationModel"/> maps into memory, and
    /// which Python can read. It has the embeddings or weights, the interactions, relations, the ids of users and items, and a SHA-256 of each tensor.
    /// </summary>
    /// <remarks>
    /// The file may be of any size. It is written under another name and moved to its path once it is whole, so what stood there stays if anything fails.
    /// It has no other steps of a pipeline; <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/> saves them all.
    /// </remarks>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model.</param>
    /// <param name="path">The file; by convention its extension is .safetensors.</param>
    /// <param name="scoreColumnName">The score column, which chooses the model where a pipeline has several.</param>
    /// <exception cref="ArgumentException">The column comes from no model of this library.</exception>
    /// <exception cref="NotSupportedException">The ids of users or of items take 2 GiB or more.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void SaveRecommendationModel(
        this ModelOperationsCatalog catalog, ITransformer model, string path, string scoreColumnName = KeyColumns.ScoreColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelFile.Save(Find(catalog, model, scoreColumnName), path);
    }

    /// <summary>
    /// Opens a file of <see cref="SaveRecommendationModel"/>. The file is mapped into memory and its tables are used in place. So opening takes
    /// milliseconds whatever the size, pages are read when they are touched, and processes that open the same file share them.
    /// </summary>
    /// <remarks>
    /// Do not change the file while the model is in use: on Linux and macOS, the process ends if the file gets shorter. To replace the file, move another
    /// over it; Windows refuses that while the file is open. The file is closed some minutes after the garbage collector finds that nothing uses the
    /// model any more. EASE's weights and the low-pass part of a graph filter are copied into memory.
    /// </remarks>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="verification">When the content is compared with its checksums.</param>
    /// <returns>
    /// The model, for example a <see cref="LightGcnTransformer"/>. It scores rows of user and item keys.
    /// <see cref="CreateRecommender(ModelOperationsCatalog, ITransformer, RecommendationOptions?, string)"/> makes a recommender of it, which takes ids
    /// as they are.
    /// </returns>
    /// <exception cref="InvalidDataException">The file is not such a file, is of a later version, cut off or damaged; the message says which.</exception>
    /// <exception cref="IOException">It is not there, or can't be read.</exception>
    public static ITransformer LoadRecommendationModel(
        this ModelOperationsCatalog catalog, string path, ModelVerification verification = ModelVerification.InBackground)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        Expect.Defined(verification);
        return ModelFile.Load(CatalogEnvironment.GetEnvironment(catalog), path, verification);
    }

    /// <summary>Compares a file of <see cref="SaveRecommendationModel"/> with its checksums, without opening the model.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">It is no such file, or damaged; the message says what.</exception>
    /// <exception cref="IOException">It is not there, or can't be read.</exception>
    public static void VerifyRecommendationModel(this ModelOperationsCatalog catalog, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelFile.Verify(path, cancellationToken);
    }

    /// <summary>A recommender over a fitted or loaded model of any trainer of this library: top-N, new users, similar items, reasons.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model.</param>
    /// <param name="defaults">
    /// What calls without options use; null for the defaults of <see cref="RecommendationOptions"/>. The object is copied. It can't have sets of items,
    /// which only a recommender can make.
    /// </param>
    /// <param name="scoreColumnName">
    /// The score column, which chooses the model where a pipeline has several: the last model that gives this column, even if CopyColumns renamed it. A
    /// column that a later step computed anew comes from no model. A step that takes other columns too is trusted to leave the scores alone.
    /// </param>
    /// <exception cref="ArgumentException">The column comes from no model of this library, or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">The saved state is damaged.</exception>
    public static Recommender CreateRecommender(
        this ModelOperationsCatalog catalog, ITransformer model, RecommendationOptions? defaults = null, string scoreColumnName = KeyColumns.ScoreColumnName)
    {
        IRankingTransformer found = Find(catalog, model, scoreColumnName);
        return new Recommender(found.Model, found.UserColumnName, defaults);
    }

    private static IRankingTransformer Find(ModelOperationsCatalog catalog, ITransformer model, string scoreColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        IHostEnvironment environment = CatalogEnvironment.GetEnvironment(catalog);
        return SavedModels.Find(environment, model, scoreColumnName)
            ?? throw environment.Process(new ArgumentException(
                $"Expected a model whose column '{scoreColumnName}' comes from a trainer of Microsoft.ML.LightGcn, "
                + $"found none in {model.GetType().Name}. (Baselines that version 0.1.0 saved have to be fitted and saved again.) "
                + $"For ML.NET's matrix factorization make a {nameof(FactorModel)} of its factors.",
                nameof(model)));
    }

    /// <summary>
    /// The users of a model in the order of their keys. MapValueToKey makes the same keys from other data with them: <c>MapValueToKey("User", "UserId",
    /// keyData: ml.Model.GetUserKeyData(model))</c>. Users that the model does not know then get a missing key.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model.</param>
    /// <param name="scoreColumnName">The score column, which chooses the model where a pipeline has several.</param>
    /// <returns>A row for each user, with the single column Id, of the type that the user ids had.</returns>
    /// <exception cref="ArgumentException">The column comes from no model of this library.</exception>
    /// <exception cref="InvalidDataException">The saved state is damaged.</exception>
    /// <exception cref="NotSupportedException">The ids of the model are not known, for example because its keys are hashes.</exception>
    public static IDataView GetUserKeyData(
        this ModelOperationsCatalog catalog, ITransformer model, string scoreColumnName = KeyColumns.ScoreColumnName) =>
        KeyData.Of(Find(catalog, model, scoreColumnName).Model.Users);

    /// <summary>The items of a model in the order of their keys, for MapValueToKey: see <see cref="GetUserKeyData"/>.</summary>
    /// <inheritdoc cref="GetUserKeyData" path="/param|/exception"/>
    /// <returns>A row for each item, with the single column Id, of the type that the item ids had.</returns>
    public static IDataView GetItemKeyData(
        this ModelOperationsCatalog catalog, ITransformer model, string scoreColumnName = KeyColumns.ScoreColumnName) =>
        KeyData.Of(Find(catalog, model, scoreColumnName).Model.Items);

    /// <summary>
    /// A recommender over any scorer and the interactions that it was trained on: the factors of ML.NET's matrix factorization
    /// (<see cref="FactorModel.FromMatrixFactorization"/>), or a model of your own.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="scorer">The model, of as many users and items as the key columns have keys.</param>
    /// <param name="history">The training interactions: a user and an item key column, whose key values are the ids.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="defaults">What calls without options use; null for the defaults of <see cref="RecommendationOptions"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, not a key, or has another number of keys than the model; an option is out of range.
    /// </exception>
    /// <exception cref="ArgumentException">Factors are infinite.</exception>
    public static Recommender CreateRecommender(
        this ModelOperationsCatalog catalog,
        IItemScorer scorer,
        IDataView history,
        string userColumnName = "User",
        string itemColumnName = "Item",
        RecommendationOptions? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(history);
        IHost host = CatalogEnvironment.GetEnvironment(catalog).Register(nameof(CreateRecommender));
        InteractionReader reader = new(host, userColumnName, itemColumnName);
        (DataViewSchema.Column User, DataViewSchema.Column Item) columns = reader.Find(history.Schema);
        KeyColumns.CheckCount(host, columns.User, "user", scorer.UserCount);
        KeyColumns.CheckCount(host, columns.Item, "item", scorer.ItemCount);
        Vocabulary users = KeyValues.Read(history, columns.User, "user"), items = KeyValues.Read(history, columns.Item, "item");
        ScoredHistory model = new(scorer, reader.ReadGraph(history), users, items);
        if (model.Factors is { HasInfinity: true })
            throw host.Bad(
                $"{model.Name}: expected factors that are finite, or NaN for what was not trained, found infinity. Train with a lower learning rate.");
        return new Recommender(model, userColumnName, defaults);
    }
}
