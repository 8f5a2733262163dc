using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Brings LightGCN back out of a model that ML.NET loaded.</summary>
/// <remarks>
/// <see cref="ModelOperationsCatalog.Load(string, out DataViewSchema)"/> gives a chain of ML.NET's own transformers in place of
/// <see cref="LightGcnTransformer"/>. It scores as it is, bit for bit the same; these methods are for faster scoring, for the
/// embeddings, and for training on.
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
        ITransformer[] found = [.. Find(model)];
        IHostEnvironment environment = CatalogEnvironment.GetEnvironment(catalog);
        if (found.Length != 1)
            throw environment.Process(new ArgumentException($"Expected a model with one LightGCN transformer, found {found.Length} in {model.GetType().Name}.", nameof(model)));
        return Restore(environment, found[0]);
    }

    /// <summary>
    /// The same model with every saved LightGCN replaced by the <see cref="LightGcnTransformer"/> it was saved from, which scores
    /// several times faster. The other transformers stay as they are.
    /// </summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model.</param>
    /// <returns>A chain that gives the same columns and scores; without a saved LightGCN in it, the model itself.</returns>
    /// <exception cref="InvalidDataException">The saved state is damaged.</exception>
    public static ITransformer RestoreLightGcn(this ModelOperationsCatalog catalog, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        return Replace(CatalogEnvironment.GetEnvironment(catalog), model);
    }

    /// <summary>A recommender over the LightGCN transformer in a fitted or loaded model: top-N, new users, similar items, reasons.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">A fitted or loaded model with exactly one LightGCN transformer.</param>
    /// <param name="defaults">What calls without options use; null for the defaults of <see cref="RecommendationOptions"/>. Copied; without sets of items, which only a recommender can make.</param>
    /// <exception cref="ArgumentException">The model has no LightGCN transformer or more than one; an option is out of range.</exception>
    /// <exception cref="InvalidDataException">The saved state is damaged.</exception>
    public static Recommender CreateRecommender(this ModelOperationsCatalog catalog, ITransformer model, RecommendationOptions? defaults = null) =>
        new(catalog.GetLightGcn(model), defaults);

    private static IEnumerable<ITransformer> Find(ITransformer model)
    {
        if (model is LightGcnTransformer || SavedLightGcn.IsSaved(model))
            return [model];
        return model is IEnumerable<ITransformer> chain ? chain.SelectMany(Find) : [];
    }

    internal static ITransformer Replace(IHostEnvironment environment, ITransformer model)
    {
        if (SavedLightGcn.IsSaved(model))
            return Restore(environment, model);
        if (model is not IEnumerable<ITransformer> chain || !Find(model).Any(SavedLightGcn.IsSaved))
            return model;
        return new TransformerChain<ITransformer>([.. chain.Select(part => Replace(environment, part))]);
    }

    private static LightGcnTransformer Restore(IHostEnvironment environment, ITransformer found) =>
        found as LightGcnTransformer ?? SavedLightGcn.Read(environment, found);
}
