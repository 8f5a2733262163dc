using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Microsoft.ML.Transforms;

namespace WebRecommender.Models;

/// <summary>A model of invented books and readers, for a start without data.</summary>
internal static class SampleModel
{
    private const int MinimumInteractions = 5;

    private const float Strength = 1;

    /// <summary>What else the graph knows of the books.</summary>
    private static readonly string[] Content = [GoodBooksContent.Tags, GoodBooksContent.Authors];

    /// <summary>Writes the sample, trains on all of it, and saves the model.</summary>
    /// <param name="dataFolder">Folder for the sample's CSV files.</param>
    /// <param name="modelPath">
    /// The model file: one of ML.NET if its name ends in .zip, one of the library's own if not. It is replaced in one step, so a server that watches it may
    /// be running.
    /// </param>
    /// <param name="sample">Sizes of the sample.</param>
    /// <param name="training">How to train; the relations are set here.</param>
    public static void Write(string dataFolder, string modelPath, SyntheticGoodBooksOptions sample, LightGcnTrainer.Options training)
    {
        SyntheticGoodBooks.Write(dataFolder, sample);
        MLContext ml = new(training.Seed);
        IDataView rows = ml.Data.LoadFromEnumerable(Interactions(GoodBooksFiles.Read(dataFolder).Positives()));
        IDataView kept = ml.Data.FilterByMinimumCount(ml.Data.DropDuplicateInteractions(rows, "UserId", "BookId"), "UserId", "BookId", MinimumInteractions, MinimumInteractions);
        TransformerChain<ValueToKeyMappingTransformer> keys = ml.Transforms.Conversion.MapValueToKey("User", "UserId", maximumNumberOfKeys: int.MaxValue)
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "BookId", maximumNumberOfKeys: int.MaxValue))
            .Fit(kept);
        training.Relations = [.. Content.Select(name => ContentRelation.Create(ml, GoodBooksContent.Read(dataFolder, name), Strength))];
        ITransformer lightGcn = ml.Ranking.Trainers.LightGcn(training).Fit(ml.Data.Cache(keys.Transform(kept), "User", "Item"));
        TransformerChain<ITransformer> model = new(keys, lightGcn);
        if (modelPath.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            AtomicFile.Write(modelPath, stream => ml.Model.Save(model, rows.Schema, stream));
        else
            ml.Model.SaveRecommendationModel(model, modelPath);
    }

    private static IEnumerable<Interaction> Interactions(GoodBooksPositives positives)
    {
        for (int n = 0; n < positives.Count; n++)
            yield return new Interaction { UserId = positives.UserIds[n], BookId = positives.BookIds[n] };
    }
}
