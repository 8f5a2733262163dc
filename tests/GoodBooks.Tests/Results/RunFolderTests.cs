using LightGcn.Examples;

namespace GoodBooks.Tests.Results;

public sealed class RunFolderTests
{
    [Fact]
    public void Its_name_is_the_model_and_the_time_and_a_second_one_of_that_second_gets_a_suffix()
    {
        using TempFolder root = new();
        FixedClock clock = new(new(2026, 3, 9, 7, 5, 1, TimeSpan.Zero));
        string[] names = [.. Enumerable.Range(0, 3).Select(_ => Path.GetFileName(RunFolder.Create(root.Path, "LightGCN", clock).FullPath))];
        Assert.Equal(["LightGCN_20260309_070501", "LightGCN_20260309_070501_2", "LightGCN_20260309_070501_3"], names);
        Assert.All(names, name => Assert.True(Directory.Exists(root.File(name))));
        Assert.Equal("item-kNN--k-200-_20260309_070501", Path.GetFileName(RunFolder.Create(root.File("new/root"), " item kNN (k/200)", clock).FullPath));
        Assert.Throws<ArgumentException>(() => RunFolder.Create(root.Path, " "));
    }

    [Fact]
    public void Runs_that_start_together_do_not_share_a_folder()
    {
        using TempFolder root = new();
        FixedClock clock = new(DateTimeOffset.UnixEpoch);
        string[] paths = [.. Enumerable.Range(0, 64).AsParallel().WithDegreeOfParallelism(8).Select(_ => RunFolder.Create(root.Path, "m", clock).FullPath)];
        Assert.Equal(64, paths.Distinct().Count());
    }

    [Fact]
    public void Mappings_give_each_identifier_its_index()
    {
        using TempFolder root = new();
        RunFolder run = RunFolder.Create(root.Path, "m");
        run.WriteUserMap([3, 8, 53_424]);
        run.WriteBookMap([258]);
        Assert.Equal("user_id,index\n3,0\n8,1\n53424,2\n", File.ReadAllText(run.UserMapPath));
        Assert.Equal("book_id,index\n258,0\n", File.ReadAllText(run.BookMapPath));
        Assert.Equal(["book2idx.csv", "user2idx.csv"], Directory.GetFiles(run.FullPath).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Epochs_can_be_read_while_training_goes_on()
    {
        using TempFolder root = new();
        RunFolder run = RunFolder.Create(root.Path, "m");
        using EpochLog log = run.OpenEpochLog("hit@10", "ndcg@10");
        Assert.Equal("epoch,loss,hit@10,ndcg@10,train_seconds,validation_seconds\n", Read());
        log.Append(new(1, 0.6931471805599453, [], 1.25, 0));
        log.Append(new(2, 0.5, new() { ["ndcg@10"] = 0.04, ["hit@10"] = 0.08 }, 1, 0.5));
        Assert.Equal("1,0.6931471805599453,,,1.250,0.000\n2,0.5,0.08,0.04,1.000,0.500\n", Read()[(Read().IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        Assert.Contains("mrr@10", Assert.Throws<ArgumentException>(() => log.Append(new(3, 0.4, new() { ["mrr@10"] = 0.1 }, 1, 1))).Message, StringComparison.Ordinal);

        string Read()
        {
            using StreamReader reader = new(new FileStream(run.EpochsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }
    }

    [Fact]
    public void Metric_names_that_would_break_the_log_are_refused()
    {
        using TempFolder root = new();
        Assert.Throws<ArgumentException>(() => new EpochLog(root.File("epochs.csv"), "hit@10,20"));
        Assert.Throws<ArgumentException>(() => new EpochLog(root.File("epochs.csv"), "hit@10", "hit@10"));
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
