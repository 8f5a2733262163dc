using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.LightGcn;
using WebRecommender.Models;

[assembly: AssemblyFixture(typeof(WebRecommender.Tests.Samples))]

namespace WebRecommender.Tests;

/// <summary>Small models for all tests, trained once.</summary>
public sealed class Samples : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("web-recommender-tests-").FullName;

    public Samples()
    {
        Write(First, new LightGcnTrainer.Options { Seed = 1, EpochCount = 2 });
        Write(Second, new LightGcnTrainer.Options { Seed = 2, EpochCount = 3 });
        Write(WithoutHistory, new LightGcnTrainer.Options { Seed = 1, EpochCount = 1, KeepHistory = false, Neighbourhood = null });
    }

    internal static SyntheticGoodBooksOptions Sizes { get; } = new() { Users = 400, Books = 150, Ratings = 9000, ToRead = 1500, Seed = 3 };

    /// <summary>Folder of the sample's CSV files.</summary>
    public string Books => Path.Combine(_folder, "books");

    public string First => Path.Combine(_folder, "first.zip");

    public string Second => Path.Combine(_folder, "second.safetensors");

    public string WithoutHistory => Path.Combine(_folder, "without-history.zip");

    public static Recommender Recommender(string path)
    {
        MLContext ml = new();
        return ml.Model.CreateRecommender(ModelFile.Load(ml, path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string path, LightGcnTrainer.Options options) => SampleModel.Write(Books, path, Sizes, options);
}
