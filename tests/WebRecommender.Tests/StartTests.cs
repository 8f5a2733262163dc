using LightGcn.Examples;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.LightGcn;
using WebRecommender.Models;

namespace WebRecommender.Tests;

/// <summary>What a server starts with, and what it does not start with.</summary>
public sealed class StartTests(Samples samples)
{
    [Fact]
    public async Task Without_a_model_one_is_trained_on_the_sample()
    {
        string folder = Directory.CreateTempSubdirectory("web-recommender-").FullName;
        LogLines log = new();
        ServerSettings settings = new() { SampleFolder = folder, Sample = Samples.Sizes, SampleTraining = new LightGcnTrainer.Options { Seed = 1, EpochCount = 2 } };
        await using (WebApplication server = Server.Create(settings, logging => logging.ClearProviders().AddProvider(log)))
        {
            ServedModel model = server.Services.GetRequiredService<ModelStore>().Current;
            Assert.Equal(GoodBooksFiles.ReadBooks(folder).Title(5), model.Books.Find(5)?.Title);
            Assert.Equal(Samples.Recommender(samples.First).Recommend(7).Items, model.Recommender.Recommend(7).Items);
        }
        Assert.Equal(1, log.Count("SYNTHETIC"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Without_books_titles_are_numbers()
    {
        using FileStream file = File.OpenRead(samples.First);
        ServedModel model = ServedModel.Load(file, 1, BookCatalog.Empty);
        Assert.Equal(new Book(5, "book 5", ""), model.Books.Find(5));
        Assert.Equal(model.Recommender.ItemCount, model.Books.Count);
    }
}
