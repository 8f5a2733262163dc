using System.Globalization;
using Microsoft.ML.Data;
using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>Lists of more users than a file or a part of a view has.</summary>
public sealed class RecommendationFolderTests : IDisposable
{
    private const int Users = 40_000, Items = 12, PerFile = 16_384;
    private static readonly MLContext Ml = new(1);
    private static readonly Lazy<Recommender> Cached = new(() => Recommend(seed: 3));
    private static readonly RecommendationOptions Three = new() { Count = 3 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lists");

    private static Recommender Recommender => Cached.Value;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Csv_files_have_together_the_lines_of_one()
    {
        string one = Path.Combine(_folder.FullName, "one.csv"), many = Path.Combine(_folder.FullName, "many");
        Recommender.SaveRecommendationsAsCsv(one, Three, cancellationToken: Token);
        List<RecommendationProgress> told = [];
        Recommender.SaveRecommendationsAsCsvFiles(many, Three, new Told(told), Token);

        string[] names = Names(many);
        Assert.Equal((string[])["part-000000.csv", "part-000001.csv", "part-000002.csv", "recommendations.json"], names);
        string[][] files = [.. names[..3].Select(name => File.ReadAllLines(Path.Combine(many, name)))];
        Assert.Equal(File.ReadAllLines(one), (string[])[files[0][0], .. files.SelectMany(lines => lines[1..])]);
        Assert.Equal(PerFile * 3, files[0].Length - 1);
        Assert.Equal(Users, told.Max(progress => progress.CompletedUserCount));
        Assert.All(told, progress => Assert.Equal(Users, progress.UserCount));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_after_its_last_file()
    {
        string whole = Path.Combine(_folder.FullName, "whole"), stopped = Path.Combine(_folder.FullName, "stopped");
        Recommender.SaveRecommendationsAsCsvFiles(whole, Three, cancellationToken: Token);
        Assert.Throws<OperationCanceledException>(() => Recommender.SaveRecommendationsAsCsvFiles(stopped, Three, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFiles(stopped));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Assert.Throws<OperationCanceledException>(() => Recommender.SaveRecommendationsAsCsvFiles(stopped, Three, new Stop(stop, PerFile + 1), stop.Token));
        Assert.Equal((string[])["part-000000.csv", "recommendations.json"], Names(stopped));

        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(stopped, "part-000000.csv"));
        List<RecommendationProgress> told = [];
        Recommender.SaveRecommendationsAsCsvFiles(stopped, Three, new Told(told), Token);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(stopped, "part-000000.csv")));
        Assert.InRange(told.Min(progress => progress.CompletedUserCount), PerFile + 1, Users);
        foreach (string path in Directory.GetFiles(whole))
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(stopped, Path.GetFileName(path))));
    }

    [Fact]
    public void Lists_of_other_options_or_of_another_model_are_not_mixed()
    {
        Recommender.SaveRecommendationsAsCsvFiles(_folder.FullName, Three, cancellationToken: Token);
        void Refused(Recommender recommender, RecommendationOptions options, string expected)
        {
            string message = Assert.Throws<InvalidOperationException>(() => recommender.SaveRecommendationsAsCsvFiles(_folder.FullName, options, cancellationToken: Token)).Message;
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
        Refused(Recommender, new() { Count = 4 }, "line 7: expected \"count\": 4, as for these lists, found \"count\": 3");
        Refused(Recommender, new() { Count = 3, DenyList = Recommender.GetItemsByKey(1, 2) }, "expected \"denyList\": \"2 items, SHA-256");
        Refused(Recommend(seed: 4), Three, "part-000000.csv: expected the lists of this model, found others");
        // The same again has nothing to do.
        Recommender.SaveRecommendationsAsCsvFiles(_folder.FullName, Three, cancellationToken: Token);

        File.Delete(Path.Combine(_folder.FullName, "recommendations.json"));
        Refused(Recommender, Three, "expected no lists without a file 'recommendations.json'");
    }

    [Fact]
    public async Task Parquet_files_have_the_rows_of_the_csv_file()
    {
        string csv = Path.Combine(_folder.FullName, "one.csv"), folder = Path.Combine(_folder.FullName, "parquet");
        Recommender.SaveRecommendationsAsCsv(csv, Three, cancellationToken: Token);
        Recommender.SaveRecommendationsAsParquetFiles(folder, Three, cancellationToken: Token);
        List<string> lines = ["user,item,rank,score,source"];
        foreach (string path in Directory.GetFiles(folder, "*.parquet").Order(StringComparer.Ordinal))
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(path, cancellationToken: Token);
            DataField[] fields = reader.Schema.GetDataFields();
            Assert.Equal(["user", "item", "rank", "score", "source"], fields.Select(field => field.Name));
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
            int count = (int)group.RowCount;
            string[] users = new string[count], items = new string[count], sources = new string[count];
            int[] ranks = new int[count];
            float?[] scores = new float?[count];
            await group.ReadAsync(fields[0], users, null, Token);
            await group.ReadAsync(fields[1], items, null, Token);
            await group.ReadAsync<int>(fields[2], ranks, null, Token);
            await group.ReadAsync<float>(fields[3], scores, null, Token);
            await group.ReadAsync(fields[4], sources, null, Token);
            for (int row = 0; row < count; row++)
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{users[row]},{items[row]},{ranks[row]},{scores[row]},{sources[row]}"));
        }
        Assert.Equal(File.ReadAllLines(csv), lines);

        // And the same bytes once more, by which a run that goes on tells the model.
        byte[] first = File.ReadAllBytes(Path.Combine(folder, "part-000000.parquet"));
        File.Delete(Path.Combine(folder, "part-000002.parquet"));
        Recommender.SaveRecommendationsAsParquetFiles(folder, Three, cancellationToken: Token);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(folder, "part-000000.parquet")));
        Assert.True(File.Exists(Path.Combine(folder, "part-000002.parquet")));
    }

    [Fact]
    public async Task Embeddings_as_Parquet_are_those_of_the_model()
    {
        LightGcnTransformer model = Ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { EmbeddingDimension = 5, EpochCount = 1, Seed = 1 })
            .Fit(KeyRows.Create(Ml, 7, 4, [.. Enumerable.Range(0, 7).Select(user => (user, user % 4))]));
        Ml.Model.SaveEmbeddingsAsParquet(model, _folder.FullName);
        foreach ((string name, float[] expected, int rows) in new[] { ("users", model.Model.UserEmbeddings.ToArray(), 7), ("items", model.Model.ItemEmbeddings.ToArray(), 4) })
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(Path.Combine(_folder.FullName, $"{name}.parquet"), cancellationToken: Token);
            DataField[] fields = reader.Schema.GetDataFields();
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
            Assert.Equal(rows, group.RowCount);
            string[] ids = new string[rows];
            await group.ReadAsync(fields[0], ids, null, Token);
            Assert.Equal(Enumerable.Range(0, rows).Select(row => row.ToString(CultureInfo.InvariantCulture)), ids);
            float[] values = new float[rows * 5];
            int[] levels = new int[rows * 5];
            Assert.Equal(rows * 5, group.GetMetadata(fields[1])!.MetaData!.NumValues);
            await group.ReadRawAsync<float>(fields[1], values, new int[rows * 5], levels, Token);
            Assert.Equal(expected, values);
            Assert.Equal(Enumerable.Range(0, rows * 5).Select(n => n % 5 == 0 ? 0 : 1), levels);
        }
    }

    [Fact]
    public void A_view_of_all_users_is_read_in_parts_in_any_order()
    {
        IDataView view = Recommender.RecommendToAll(Three, cancellationToken: Token);
        Assert.Equal(Users, view.GetRowCount());
        uint[][] lists = [.. view.GetColumn<uint[]>("RecommendedItems")];
        Assert.Equal(Users, lists.Length);
        foreach (int user in (int[])[0, PerFile - 1, PerFile, 2 * PerFile + 5, Users - 1])
            Assert.Equal(Recommender.Recommend(new Key((uint)user + 1), Three).Items.Select(item => item.Key.Value).ToArray(), lists[user]);
        // Two readers at once, at places far apart.
        using DataViewRowCursor ahead = view.GetRowCursor(view.Schema), behind = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<uint>> getAhead = ahead.GetGetter<VBuffer<uint>>(view.Schema["RecommendedItems"]), getBehind = behind.GetGetter<VBuffer<uint>>(view.Schema["RecommendedItems"]);
        for (int row = 0; row <= PerFile; row++)
            Assert.True(ahead.MoveNext());
        VBuffer<uint> items = default;
        getAhead(ref items);
        Assert.Equal(lists[PerFile], items.DenseValues());
        Assert.True(behind.MoveNext());
        getBehind(ref items);
        Assert.Equal(lists[0], items.DenseValues());
    }

    [Fact]
    public void An_evaluation_takes_a_sample_of_users_by_its_seed()
    {
        IDataView held = KeyRows.Create(Ml, Users, Items, [.. Enumerable.Range(0, Users).Select(user => (user, (user + 5) % Items))]);
        PopularityTransformer model = Popularity(seed: 3);
        TopNMetrics Evaluate(int? count, int seed = 0) => Ml.Ranking.EvaluateTopN(model, held, options: new TopNEvaluationOptions { UserCount = count, Seed = seed, Cutoffs = [3] });
        TopNMetrics all = Evaluate(null), sample = Evaluate(2_000), again = Evaluate(2_000), other = Evaluate(2_000, seed: 1);
        Assert.Equal(Users, all.UserCount);
        Assert.Equal((2_000, 2_000, 2_000), (sample.UserCount, again.UserCount, other.UserCount));
        uint[] UsersOf(TopNMetrics metrics) => [.. metrics.ToDataView(3).GetColumn<uint>("User")];
        Assert.Equal(UsersOf(sample), UsersOf(again));
        Assert.NotEqual(UsersOf(sample), UsersOf(other));
        double value = all[RankingMetric.Recall, 3];
        Assert.InRange(sample[RankingMetric.Recall, 3], value - 0.05, value + 0.05);
        Assert.Equal(value, Evaluate(Users + 1)[RankingMetric.Recall, 3]);
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static Recommender Recommend(int seed) => Ml.Model.CreateRecommender(Popularity(seed));

    private static PopularityTransformer Popularity(int seed)
    {
        Random random = new(seed);
        return Ml.Ranking.Trainers.Popularity().Fit(
            KeyRows.Create(Ml, Users, Items, [.. Enumerable.Range(0, Users).Select(user => (user, (int)(Items * Math.Pow(random.NextDouble(), 2))))]));
    }

    private sealed class Told(List<RecommendationProgress> told) : IProgress<RecommendationProgress>
    {
        public void Report(RecommendationProgress value)
        {
            lock (told)
                told.Add(value);
        }
    }

    private sealed class Stop(CancellationTokenSource source, int after) : IProgress<RecommendationProgress>
    {
        public void Report(RecommendationProgress value)
        {
            if (value.CompletedUserCount >= after)
                source.Cancel();
        }
    }
}
