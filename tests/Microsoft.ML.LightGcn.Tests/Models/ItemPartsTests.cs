using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Recommending;

namespace Microsoft.ML.LightGcn.Tests.Models;

/// <summary>Scores in parts have the bits of scores at once, and lists that are made of them are those of one user at a time.</summary>
public sealed class ItemPartsTests
{
    private const int Users = 150, Items = 2_500;
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData(true, 16)]
    [InlineData(false, 16)]
    [InlineData(true, 5)]
    public void Parts_have_the_bits_of_the_whole(bool withNeighbourhood, int dimension)
    {
        IRankingModel model = Fit(withNeighbourhood, dimension);
        int[] users = [.. Enumerable.Range(0, Users).Where(model.IsKnown).Take(ItemParts.MaximumUsers)];
        float[] whole = new float[users.Length * Items], parts = new float[whole.Length], tile = new float[whole.Length];
        model.ScoreItems(users, whole);
        using ItemParts scores = new(model.Terms!, users);
        int partCount = 0;
        for (int count = scores.Count; count > 0; count = scores.Count, partCount++)
        {
            int first = scores.First;
            scores.Next(tile.AsSpan(0, users.Length * count), float.NegativeInfinity);
            for (int u = 0; u < users.Length; u++)
                tile.AsSpan(u * count, count).CopyTo(parts.AsSpan(u * Items + first));
        }
        Assert.Equal(3, partCount);
        Assert.NotEmpty(model.Known.UnknownItems.ToArray());
        Assert.Equal(whole.Select(score => float.IsNaN(score) ? float.NegativeInfinity : score), parts);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(3000)]
    public void Lists_of_many_are_those_of_each(int count)
    {
        Recommender recommender = Ml.Model.CreateRecommender(FitTransformer(withNeighbourhood: true, dimension: 16));
        RecommendationOptions options = new() { Count = count, DenyList = recommender.GetItemsByKey(1, 1024, 1025, 2048) };
        Key[] keys = [.. Enumerable.Range(1, Users).Select(key => new Key((uint)key))];
        foreach (int threads in (int[])[1, 2, 7])
        {
            options.NumberOfThreads = threads;
            IReadOnlyList<Recommendations> many = recommender.RecommendMany(keys, options, cancellationToken: TestContext.Current.CancellationToken);
            for (int user = 0; user < Users; user++)
            {
                Recommendations one = recommender.Recommend(keys[user], options);
                Assert.Equal((one.Source, one.Items.Count), (many[user].Source, many[user].Items.Count));
                Assert.Equal(one.Items, many[user].Items);
            }
        }
    }

    internal static LightGcnModelParameters Fit(bool withNeighbourhood, int dimension) => FitTransformer(withNeighbourhood, dimension).Model;

    private static LightGcnTransformer FitTransformer(bool withNeighbourhood, int dimension)
    {
        Random random = new(5);
        (int, int)[] pairs = [.. Enumerable.Range(0, 6_000).Select(n => (random.Next(Users - 3), (int)((Items - 5) * Math.Pow(random.NextDouble(), 3))))];
        LightGcnTrainer.Options options = new() { EmbeddingDimension = dimension, EpochCount = 1, Seed = 1 };
        if (!withNeighbourhood)
            options.Neighbourhood = null;
        return Ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(Ml, Users, Items, pairs));
    }
}
