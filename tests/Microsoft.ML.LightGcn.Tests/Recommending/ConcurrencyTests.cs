namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>A recommender as the singleton of a server.</summary>
public sealed class ConcurrencyTests
{
    private readonly Fitted _fitted = new();

    [Fact]
    public void Eight_threads_get_the_answers_of_one()
    {
        Recommender recommender = _fitted.Recommender;
        string[] expected = [.. Enumerable.Range(0, 120).Select(Ask)];
        string[][] found = new string[8][];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() => found[t] = [.. Enumerable.Range(0, 120).Select(Ask)]))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(found, answers => Assert.Equal(expected, answers));

        string Ask(int n)
        {
            string user = _fitted.UserId(n % 60), item = _fitted.ItemId(n % 40);
            return string.Join('|', recommender.Recommend(user).Items) + string.Join('|', recommender.RecommendToNewUser(recommender.GetItems(item, "i1")).Items)
                + string.Join('|', recommender.SimilarItems(item)) + string.Join('|', recommender.SimilarUsers(user)) + string.Join('|', recommender.Explain(user, item).History);
        }
    }

    [Fact]
    public void A_call_allocates_its_result_and_nothing_else()
    {
        Recommender recommender = _fitted.Recommender;
        ItemSet chosen = recommender.GetItems("i1", "i6");
        RecommendationOptions options = new() { DenyList = recommender.GetItems("i2") };
        // The record, and an array of ten items of a key, a reference and a score with its length and header.
        long result = Allocated(() => new Recommendations(new ScoredItem[10], RecommendationSource.KnownUser, 10, []));
        Assert.Equal(result, Allocated(() => recommender.Recommend("u5")));
        Assert.Equal(result, Allocated(() => recommender.Recommend("u5", options)));
        Assert.Equal(result, Allocated(() => recommender.Recommend("nobody")));
        Assert.Equal(result, Allocated(() => recommender.Recommend(new Key(3))));
        Assert.Equal(result, Allocated(() => recommender.RecommendToNewUser(chosen)));
        Assert.Equal(Allocated(() => new ScoredItem[10]), Allocated(() => recommender.SimilarItems("i3")));
        Assert.Equal(Allocated(() => new ScoredUser[10]), Allocated(() => recommender.SimilarUsers("u3")));
    }

    private static long Allocated(Func<object> call)
    {
        object last = call();
        for (int warm = 0; warm < 100; warm++)
            last = call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        last = call();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(last);
        return bytes;
    }
}
