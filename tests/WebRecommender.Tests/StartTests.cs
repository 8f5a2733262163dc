using System.IO.Compression;
using LightGcn.Examples;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Tests;
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

    [Fact]
    public void A_refused_model_is_said_with_its_cause()
    {
        using MemoryStream bytes = new();
        bytes.Write(File.ReadAllBytes(samples.First));
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.GetEntry("TransformerChain/Model.key")!.Delete();
            using Stream written = archive.CreateEntry("TransformerChain/Model.key").Open();
            written.Write(new byte[64 << 20]);
        }
        bytes.Position = 0;
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ServedModel.Load(bytes, 1, BookCatalog.Empty));
        Assert.Contains(error.GetBaseException().Message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("target of an invocation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_behind_a_link_has_the_stamp_of_what_the_link_leads_to()
    {
        string folder = Directory.CreateTempSubdirectory("web-recommender-").FullName, target = Path.Combine(folder, "7.zip"), link = Path.Combine(folder, "model.zip");
        File.WriteAllText(target, "seven");
        FileSystem.Link(link, target);
        FileStamp? first = FileStamp.Of(link);
        Assert.Equal(FileStamp.Of(target), first);
        // As a trainer does that writes through the link.
        AtomicFile.Write(link, stream => stream.Write("seven again"u8));
        Assert.NotEqual(first, FileStamp.Of(link));
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        File.Delete(target);
        Assert.Null(FileStamp.Of(link));
        File.Delete(link);
        Assert.Null(FileStamp.Of(link));
        FileSystem.Link(link, "model.zip");
        Assert.Null(FileStamp.Of(link));
        Directory.Delete(folder, recursive: true);
    }
}
