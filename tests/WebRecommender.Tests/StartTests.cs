using System.IO.Compression;
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
            ServedRecommender model = server.Services.GetRequiredService<RecommenderPool>().Get();
            Assert.Equal(GoodBooksFiles.ReadBooks(folder).Title(5), model.Books().Find(5)?.Title);
            Assert.Equal(Samples.Recommender(samples.First).Recommend(7).Items, model.Recommender.Recommend(7).Items);
        }
        Assert.Equal(1, log.Count("SYNTHETIC"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_books_titles_are_numbers()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First, change: settings => settings with { BooksFolder = null });
        ServedRecommender model = server.Application.Services.GetRequiredService<RecommenderPool>().Get();
        Assert.Equal(new Book(5, "book 5", ""), model.Books().Find(5));
        Assert.Equal(model.Recommender.ItemCount, model.Books().Count);
    }

    [Fact]
    public void A_refused_model_is_said_with_its_cause()
    {
        string folder = Directory.CreateTempSubdirectory("web-recommender-").FullName, path = Path.Combine(folder, "model.zip");
        File.Copy(samples.First, path);
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            archive.GetEntry("TransformerChain/Model.key")!.Delete();
            using Stream written = archive.CreateEntry("TransformerChain/Model.key").Open();
            written.Write(new byte[64 << 20]);
        }
        UserErrorException error = Assert.Throws<UserErrorException>(() => Server.Create(new ServerSettings { ModelPath = path }));
        Assert.Contains(error.GetBaseException().Message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("target of an invocation", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }
}
