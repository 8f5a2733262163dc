using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

[assembly: AssemblyFixture(typeof(Microsoft.ML.LightGcn.Hosting.Tests.Samples))]

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>Small models for all tests, trained once: of ML.NET's kind and of the library's own.</summary>
public sealed class Samples : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName;

    public Samples()
    {
        MLContext ml = new(1);
        Taste taste = Taste.Create(ml);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        ITransformer first = ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train);
        ml.Model.Save(new TransformerChain<ITransformer>(taste.Keys, first), taste.TrainRows.Schema, Zip);
        options.Seed = 7;
        ml.Model.SaveRecommendationModel(ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train), Own);
        (options.KeepHistory, options.Neighbourhood) = (false, null);
        ml.Model.SaveRecommendationModel(ml.Ranking.Trainers.LightGcn(options).Fit(taste.Train), WithoutHistory);
    }

    /// <summary>A pipeline in a file of ML.NET's.</summary>
    public string Zip => Path.Combine(_folder, "first.zip");

    /// <summary>Another model in a file of the library's own.</summary>
    public string Own => Path.Combine(_folder, "second.safetensors");

    /// <summary>One that keeps no history.</summary>
    public string WithoutHistory => Path.Combine(_folder, "without-history.safetensors");

    /// <summary>The items that a file's model recommends to a user.</summary>
    public static IEnumerable<(string, float)> Expected(string path)
    {
        MLContext ml = new();
        ITransformer model = path.EndsWith(".zip", StringComparison.Ordinal) ? ml.Model.Load(path, out _) : ml.Model.LoadRecommendationModel(path);
        return Found(ml.Model.CreateRecommender(model));
    }

    /// <summary>The items that a served model recommends to the same user.</summary>
    public static IEnumerable<(string, float)> Found(Recommender recommender) => [.. recommender.Recommend("u3").Items.Select(item => (item.Id, item.Score))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
