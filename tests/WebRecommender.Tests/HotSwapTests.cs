using System.IO.Compression;
using Microsoft.ML.LightGcn;
using WebRecommender.Api;

namespace WebRecommender.Tests;

/// <summary>A new model file is served, a broken one refused and logged.</summary>
public sealed class HotSwapTests(Samples samples)
{
    private static readonly int[] Liked = [3, 5, 8];

    [Fact]
    public async Task A_new_file_is_served_and_the_next_too()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        await AssertServes(server, 1, samples.First);
        server.Replace(samples.Second);
        await server.UntilVersionAsync(2);
        await AssertServes(server, 2, samples.Second);
        server.Replace(samples.First);
        await server.UntilVersionAsync(3);
        await AssertServes(server, 3, samples.First);
        Assert.NotEqual(Expected(samples.First), Expected(samples.Second));
    }

    [Fact]
    public async Task A_broken_file_is_refused_with_the_reason_in_the_log_and_the_old_model_serves_on()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        byte[] good = File.ReadAllBytes(samples.Second);
        byte[] flipped = [.. good];
        // Several bytes, as a single one may fall on a name in a header of the zip, which makes no difference.
        for (int place = 0; place < 1000; place += 100)
            flipped[good.Length / 2 + place] ^= 0x40;
        byte[][] broken = [good[..(good.Length / 2)], [], "no zip at all"u8.ToArray(), EmptyZip(), flipped, File.ReadAllBytes(samples.WithoutHistory)];
        for (int n = 0; n < broken.Length; n++)
        {
            server.Replace(broken[n]);
            await server.UntilLogAsync($"Error: Refused the model at {server.ModelPath}: ", n + 1);
            await AssertServes(server, 1, samples.First);
        }
        Assert.Contains($"recommender_models_refused_total {broken.Length}\n", await server.Client.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(new HealthAnswer("degraded", 1), await server.GetAsync<HealthAnswer>("health"));
        server.Replace(good);
        await server.UntilVersionAsync(2);
        Assert.Equal(new HealthAnswer("healthy", 2), await server.GetAsync<HealthAnswer>("health"));
        await AssertServes(server, 2, samples.Second);
        // Once for each: a refused file is not tried again and again.
        Assert.Equal(broken.Length, server.Log.Count("Refused"));
    }

    [Fact]
    public async Task Without_its_file_the_model_serves_on_and_a_copy_in_pieces_is_served_once_whole()
    {
        await using RunningServer server = await RunningServer.StartAsync(samples, samples.First);
        File.Delete(server.ModelPath);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        await AssertServes(server, 1, samples.First);
        byte[] good = File.ReadAllBytes(samples.Second);
        using (FileStream slow = new(server.ModelPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            foreach (byte[] piece in good.Chunk((good.Length / 7) + 1))
            {
                slow.Write(piece);
                slow.Flush();
                await Task.Delay(30, TestContext.Current.CancellationToken);
            }
        }
        // Half a copy may have been tried and refused; the whole one may have been read twice.
        await RunningServer.UntilAsync(async () => (await server.ModelAsync()).Version > 1, "the whole copy");
        await AssertServes(server, (await server.ModelAsync()).Version, samples.Second);
    }

    private static async Task AssertServes(RunningServer server, int version, string model)
    {
        RecommendationAnswer answer = await server.RecommendAsync(Liked);
        Assert.Equal(version, answer.ModelVersion);
        Assert.Equal(Expected(model), answer.Books.Select(book => (book.Book.Id, book.Score!.Value)));
    }

    private static IEnumerable<(int, float)> Expected(string model)
    {
        Recommender recommender = Samples.Recommender(model);
        return recommender.RecommendToNewUser(recommender.GetItems(Liked.Select(id => (long)id))).Items
            .Select(item => (int.Parse(item.Id, System.Globalization.CultureInfo.InvariantCulture), item.Score));
    }

    private static byte[] EmptyZip()
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("nothing");
        return bytes.ToArray();
    }
}
