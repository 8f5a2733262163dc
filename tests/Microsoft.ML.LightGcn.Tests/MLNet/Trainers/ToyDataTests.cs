namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>
/// Data so small that anybody sees the answer: clusters of users who have nearly all items of their own cluster and no other. The embedding has far
/// more components than the graph has directions.
/// </summary>
public sealed class ToyDataTests
{
    private const int Size = 5;

    /// <summary>Pairs left out of a cluster, as user and item within it.</summary>
    public static TheoryData<string, (int User, int Item)[]> Gaps => new()
    {
        { "one for each user", [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)] },
        { "two users lack the same item", [(0, 1), (1, 4), (2, 1), (3, 0), (4, 3)] },
        { "an item that two have", [(0, 2), (1, 2), (2, 2), (3, 0), (4, 1)] },
        { "a few", [(1, 3), (4, 0)] },
    };

    [Theory]
    [MemberData(nameof(Gaps))]
    public void The_best_new_item_is_one_of_the_own_cluster_whatever_the_seed(string gaps, (int User, int Item)[] missing)
    {
        (int User, int Item)[] pairs = Clusters(2, missing);
        for (int seed = 1; seed <= 20; seed++)
        {
            float[][] scores = Scores(new LightGcnTrainer.Options { Seed = seed }, 2 * Size, 2 * Size, pairs);
            for (int user = 0; user < scores.Length; user++)
            {
                int[] unseen = Unseen(user, scores[user].Length, pairs);
                if (unseen.Any(item => item / Size == user / Size))
                    Assert.True(unseen.MaxBy(item => scores[user][item]) / Size == user / Size, $"{gaps}, seed {seed}: user {user} gets {string.Join(' ', scores[user])}");
            }
        }
    }

    [Fact]
    public void An_item_that_everybody_else_has_is_among_the_first_ten()
    {
        const int ClusterCount = 5, Universal = ClusterCount * Size;
        // The first user of each cluster.
        (int User, int Item)[] lacking = [.. Enumerable.Range(0, ClusterCount).Select(cluster => (cluster * Size, Universal))];
        (int User, int Item)[] pairs =
        [
            .. Clusters(ClusterCount, [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]),
            .. Enumerable.Range(0, ClusterCount * Size).Select(user => (user, Universal)).Except(lacking),
        ];
        for (int seed = 1; seed <= 20; seed++)
        {
            float[][] scores = Scores(new LightGcnTrainer.Options { Seed = seed }, ClusterCount * Size, Universal + 1, pairs);
            foreach ((int user, _) in lacking)
                Assert.InRange(Unseen(user, Universal + 1, pairs).Count(item => scores[user][item] >= scores[user][Universal]), 1, 10);
        }
    }

    private static (int User, int Item)[] Clusters(int count, (int User, int Item)[] missing) =>
    [
        .. from cluster in Enumerable.Range(0, count)
           from user in Enumerable.Range(0, Size)
           from item in Enumerable.Range(0, Size)
           where !missing.Contains((user, item))
           select (cluster * Size + user, cluster * Size + item),
    ];

    private static int[] Unseen(int user, int itemCount, (int User, int Item)[] pairs) =>
        [.. Enumerable.Range(0, itemCount).Where(item => !pairs.Contains((user, item)))];

    private static float[][] Scores(LightGcnTrainer.Options options, int users, int items, (int User, int Item)[] pairs)
    {
        MLContext ml = new(1);
        LightGcnModelParameters model = ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(ml, users, items, pairs)).Model;
        float[] scores = new float[users * items];
        model.ScoreItems([.. Enumerable.Range(0, users)], scores);
        return [.. scores.Chunk(items)];
    }
}
