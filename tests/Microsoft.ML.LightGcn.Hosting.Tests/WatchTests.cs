using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>A new model file is served, a broken one refused and logged.</summary>
public sealed class WatchTests(Samples samples)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_file_is_served_and_the_next_too_and_who_has_the_old_model_keeps_it()
    {
        await using Service service = await Service.StartAsync(samples.Zip);
        using IServiceScope request = service.Services.CreateScope();
        ServedRecommender first = request.ServiceProvider.GetRequiredService<ServedRecommender>();
        service.Replace(samples.Own);
        await service.UntilVersionAsync(2);
        Assert.Equal(Samples.Expected(samples.Own), Samples.Found(service.Pool.Get().Recommender));
        Assert.True(service.Pool.Get().LoadedAt >= first.LoadedAt);
        service.Replace(samples.Zip);
        await service.UntilVersionAsync(3);
        Assert.Equal(Samples.Expected(samples.Zip), Samples.Found(service.Pool.Get().Recommender));
        Assert.Same(first, request.ServiceProvider.GetRequiredService<ServedRecommender>());
        Assert.Equal(1, first.Version);
        Assert.Equal(Samples.Expected(samples.Zip), Samples.Found(first.Recommender));
        Assert.Single(service.Log.With($"Information: The recommender serves model 3 of {service.ModelPath}: 60 users, "));
    }

    [Fact]
    public async Task A_broken_file_is_refused_once_with_the_reason_in_the_log_and_the_old_model_serves_on()
    {
        await using Service service = await Service.StartAsync(samples.Own);
        byte[] good = File.ReadAllBytes(samples.Own), flipped = [.. good];
        flipped[^9] ^= 0x40;
        byte[][] broken = [[], "no model"u8.ToArray(), good[..^8], flipped];
        for (int n = 0; n < broken.Length; n++)
        {
            service.Replace(broken[n]);
            await service.UntilLogAsync($"Error: Refused the model at {service.ModelPath}: Expected a model ", n + 1);
            Assert.Equal(1, service.Pool.Get().Version);
        }
        // It has time to be tried again and again, and is not.
        await Task.Delay(200, Token);
        string[] refusals = service.Log.With("Refused");
        Assert.Equal(broken.Length, refusals.Length);
        Assert.All(refusals, line => Assert.EndsWith(" The recommender serves model 1 on.", line, StringComparison.Ordinal));
        service.Replace(samples.Zip);
        await service.UntilVersionAsync(2);
    }

    [Fact]
    public async Task A_missing_file_changes_nothing()
    {
        await using Service service = await Service.StartAsync(samples.Zip);
        File.Delete(service.ModelPath);
        await Task.Delay(200, Token);
        Assert.Equal(1, service.Pool.Get().Version);
        Assert.Empty(service.Log.With("Refused"));
        service.Replace(samples.Own);
        await service.UntilVersionAsync(2);
    }

    [Fact]
    public async Task A_file_that_is_not_watched_is_left_alone()
    {
        await using Service service = await Service.StartAsync(samples.Zip, builder => builder.Configure(options => options.WatchForChanges = false));
        service.Replace(samples.Own);
        await Task.Delay(200, Token);
        Assert.Equal(1, service.Pool.Get().Version);
    }

    [Fact]
    public async Task Watched_names_change_each_on_its_own()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, other = Path.Combine(folder, "other");
        File.Copy(samples.Own, other);
        await using (Service service = await Service.StartAsync(samples.Zip, add: services => services.AddRecommender("other").FromFile(other, watchForChanges: true)))
        {
            service.Replace(samples.Own);
            await service.UntilVersionAsync(2);
            Assert.Equal(1, service.Pool.Get("other").Version);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_host_does_not_start_without_its_model()
    {
        FileNotFoundException missing = await Assert.ThrowsAsync<FileNotFoundException>(() => Service.StartAsync(null));
        Assert.Matches("^The recommender: expected a model at '.*model', found no file\\.$", missing.Message);
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() =>
            Service.StartAsync(samples.Zip, builder => builder.Configure(options => options.Try = _ => throw new InvalidOperationException("I don't like it"))));
        Assert.EndsWith("found one that is refused. Try refused it: I don't like it.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_behind_a_link_has_the_stamp_of_what_the_link_leads_to()
    {
        string folder = Directory.CreateTempSubdirectory("lightgcn-hosting-").FullName, target = Path.Combine(folder, "7.zip"), link = Path.Combine(folder, "model.zip");
        File.WriteAllText(target, "seven");
        FileSystem.Link(link, target);
        FileStamp? first = FileStamp.Of(link);
        Assert.Equal(FileStamp.Of(target), first);
        // As a trainer does that writes through the link.
        File.WriteAllText(target, "seven again");
        Assert.NotEqual(first, FileStamp.Of(link));
        File.Delete(target);
        Assert.Null(FileStamp.Of(link));
        File.Delete(link);
        Assert.Null(FileStamp.Of(link));
        FileSystem.Link(link, "model.zip");
        Assert.Null(FileStamp.Of(link));
        Directory.Delete(folder, recursive: true);
    }
}
