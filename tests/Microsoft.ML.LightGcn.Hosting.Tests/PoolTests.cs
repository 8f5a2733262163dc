using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>Models by name, without a host that runs: the first call loads.</summary>
public sealed class PoolTests(Samples samples)
{
    [Fact]
    public void Each_name_has_its_own_model_of_either_kind()
    {
        ServiceCollection services = new();
        services.AddRecommender("zip").FromFile(samples.Zip);
        services.AddRecommender("own").FromFile(samples.Own);
        services.AddRecommender("mapped").FromFile(samples.Own).Configure(options => options.CopyBeforeUse = false);
        services.AddRecommender().FromFile(samples.Zip);
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        RecommenderPool pool = provider.GetRequiredService<RecommenderPool>();
        Assert.Equal(["", "mapped", "own", "zip"], pool.Names);
        foreach ((string name, string path) in new[] { ("zip", samples.Zip), ("own", samples.Own), ("mapped", samples.Own), ("", samples.Zip) })
        {
            ServedRecommender model = pool.Get(name);
            Assert.Equal((name, 1, path), (model.Name, model.Version, model.Path));
            Assert.InRange(model.LoadedAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
            Assert.Equal(Samples.Expected(path), Samples.Found(model.Recommender));
            Assert.Same(model, pool.Get(name));
        }
        Assert.NotEqual(Samples.Expected(samples.Zip), Samples.Expected(samples.Own));
    }

    [Fact]
    public void A_path_is_taken_from_the_current_directory()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, samples.Zip);
        using ServiceProvider provider = Provider(builder => builder.FromFile(relative));
        Assert.Equal(samples.Zip, provider.GetRequiredService<RecommenderPool>().Get().Path);
    }

    [Fact]
    public void A_scope_keeps_one_model()
    {
        ServiceCollection services = new();
        services.AddRecommender().FromFile(samples.Zip);
        services.AddRecommender("own").FromFile(samples.Own);
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        using IServiceScope scope = provider.CreateScope();
        ServedRecommender model = scope.ServiceProvider.GetRequiredService<ServedRecommender>();
        Assert.Equal("", model.Name);
        Assert.Same(model, scope.ServiceProvider.GetRequiredService<ServedRecommender>());
        Assert.Equal("own", scope.ServiceProvider.GetRequiredKeyedService<ServedRecommender>("own").Name);
    }

    [Fact]
    public void A_name_that_is_added_again_is_gone_on_with()
    {
        ServiceCollection services = new();
        services.AddRecommender("books").FromFile("nowhere");
        services.AddRecommender("books").FromFile(samples.Own);
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(["books"], provider.GetRequiredService<RecommenderPool>().Names);
        Assert.Equal(samples.Own, provider.GetRequiredService<RecommenderPool>().Get("books").Path);
    }

    [Fact]
    public void An_unknown_name_is_said_with_those_that_are_known()
    {
        using ServiceProvider provider = Provider(builder => builder.FromFile(samples.Zip), "books");
        ArgumentException error = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<RecommenderPool>().Get("films"));
        Assert.StartsWith(
            "Expected the name of a recommender that was added, found 'films'; there are 'books'. Add it with services.AddRecommender(\"films\").FromFile(path).",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_said_with_its_path_and_is_loaded_once_it_is()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, path = Path.Combine(folder, "model");
        using ServiceProvider provider = Provider(builder => builder.FromFile(path), "books");
        RecommenderPool pool = provider.GetRequiredService<RecommenderPool>();
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => pool.Get("books"));
        Assert.Equal($"Recommender 'books': expected a model at '{path}', found no file.", error.Message);
        File.Copy(samples.Own, path);
        Assert.Equal(1, pool.Get("books").Version);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_broken_file_is_said_with_its_path_and_the_reason()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, path = Path.Combine(folder, "model");
        byte[] zip = File.ReadAllBytes(samples.Zip), own = File.ReadAllBytes(samples.Own), flipped = [.. own];
        flipped[^9] ^= 0x40;
        foreach (byte[] broken in new[] { [], "no model"u8.ToArray(), zip[..(zip.Length / 2)], own[..^8], flipped })
        {
            File.WriteAllBytes(path, broken);
            using ServiceProvider provider = Provider(builder => builder.FromFile(path));
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => provider.GetRequiredService<RecommenderPool>().Get());
            Assert.Matches(
                $"^The recommender: expected a model at '{System.Text.RegularExpressions.Regex.Escape(path)}', found one that is refused\\. "
                + "Expected a model that ML.NET or Microsoft.ML.LightGcn saved, found one that can't be loaded: [^\n]{10,}\\.$",
                error.Message);
            Assert.NotNull(error.InnerException);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_part_that_is_longer_than_it_says_is_refused_unread()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, path = Path.Combine(folder, "model");
        File.Copy(samples.Zip, path);
        string part;
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            ZipArchiveEntry key = archive.Entries.First(entry => entry.Name == "Model.key");
            part = key.FullName;
            using Stream content = key.Open();
            content.Seek(0, SeekOrigin.End);
            content.Write(new byte[1 << 20]);
        }
        using ServiceProvider provider = Provider(builder => builder.FromFile(path));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => provider.GetRequiredService<RecommenderPool>().Get());
        Assert.Matches($"'{part}': expected [0-9,]+ bytes, as its header says, found [0-9,]+\\.$", error.Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_model_that_is_written_over_serves_on_from_its_copy()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, path = Path.Combine(folder, "model");
        File.Copy(samples.Own, path);
        using ServiceProvider provider = Provider(builder => builder.FromFile(path));
        ServedRecommender model = provider.GetRequiredService<RecommenderPool>().Get();
        using (FileStream file = new(path, FileMode.Truncate, FileAccess.Write))
            file.Write("overwritten"u8);
        Assert.Equal(Samples.Expected(samples.Own), Samples.Found(model.Recommender));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Options_are_checked_and_their_errors_say_how_to_mend_them()
    {
        AssertRefused(_ => { }, "Recommender 'books': Path: expected a model file, found none. Set it with services.AddRecommender(\"books\").FromFile(path).");
        AssertRefused(
            builder => builder.FromFile("model").Configure(options => options.PollInterval = TimeSpan.Zero),
            "Recommender 'books': PollInterval: expected 1 millisecond to 1 day, found 00:00:00. "
            + "Set it with services.AddRecommender(\"books\").Configure(options => options.PollInterval = TimeSpan.FromSeconds(1)).");
        AssertRefused(
            builder => builder.FromFile("model").Configure(options => options.PollInterval = TimeSpan.FromDays(2)),
            "Recommender 'books': PollInterval: expected 1 millisecond to 1 day, found 2.00:00:00. ");
        AssertRefused(
            builder => builder.FromFile("model").Configure(options => options.Verification = (ModelVerification)9),
            "Recommender 'books': Verification: expected InBackground or BeforeUse or Never, found 9. ");
        AssertRefused(
            builder => builder.FromFile("model").Configure(options => options.ScoreColumnName = ""),
            "Recommender 'books': ScoreColumnName: expected the name of a column, found none. ");
        AssertRefused(
            builder => builder.FromFile("model").WithState((_, _) => "one").WithState((_, _) => "two"),
            "Recommender 'books': WithState: expected one state of a type, found several of String. ");
    }

    [Fact]
    public void What_the_recommender_uses_without_options_can_be_set()
    {
        using ServiceProvider provider = Provider(builder => builder.FromFile(samples.Own).Configure(options => options.Defaults = new RecommendationOptions { Count = 3 }));
        Assert.Equal(3, provider.GetRequiredService<RecommenderPool>().Get().Recommender.Recommend("u3").Items.Count);
    }

    [Fact]
    public void After_its_end_a_pool_gives_no_model_and_the_last_serve_on()
    {
        ServiceProvider provider = Provider(builder => builder.FromFile(samples.Own));
        RecommenderPool pool = provider.GetRequiredService<RecommenderPool>();
        ServedRecommender model = pool.Get();
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Get());
        Assert.Equal(Samples.Expected(samples.Own), Samples.Found(model.Recommender));
    }

    [Fact]
    public void A_copy_is_deleted_now_or_later()
    {
        string copy = Path.GetTempFileName();
        ModelCopies copies = new();
        using (FileStream held = new(copy, FileMode.Open, FileAccess.Read, FileShare.Read))
            copies.Delete(copy);
        copies.Sweep();
        Assert.False(File.Exists(copy));
    }

    private static void AssertRefused(Action<RecommenderBuilder> describe, string expected)
    {
        using ServiceProvider provider = Provider(describe, "books");
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<RecommenderPool>);
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Provider(Action<RecommenderBuilder> describe, string name = "")
    {
        ServiceCollection services = new();
        describe(services.AddRecommender(name));
        return services.BuildServiceProvider();
    }
}
