using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

/// <summary>Model files of version 0.1.0: twelve users and sixteen items with text ids, and the score of each training interaction in a file beside.</summary>
public sealed class EarlierVersionTests
{
    private static readonly MLContext Ml = new(1);

    [Theory]
    [InlineData("lightgcn")]
    [InlineData("lightgcn-relations")]
    [InlineData("lightgcn-no-history")]
    [InlineData("popularity")]
    [InlineData("item-knn")]
    [InlineData("ease")]
    [InlineData("graph-filter")]
    public void A_file_scores_the_bits_that_it_was_saved_with(string name)
    {
        ITransformer loaded = Load(name);
        Assert.Equal(Expected(name), Scores(loaded));
        Assert.Equal(Expected(name), Scores(Ml.Model.RestoreLightGcn(loaded)));
    }

    [Theory]
    [InlineData("lightgcn")]
    [InlineData("lightgcn-relations")]
    public void A_LightGCN_recommends_explains_and_is_trained_on(string name)
    {
        ITransformer loaded = Load(name);
        Recommender recommender = Ml.Model.CreateRecommender(loaded);
        LightGcnTransformer model = Ml.Model.GetLightGcn(loaded);
        Assert.Equal((12, 16), (recommender.UserCount, recommender.ItemCount));
        Assert.Equal(name == "lightgcn" ? 0 : 3, model.Model.Graph!.Relations.Count);
        for (int user = 0; user < 12; user++)
        {
            Recommendations found = recommender.Recommend($"u{user}");
            Assert.Equal(RecommendationSource.KnownUser, found.Source);
            Assert.Equal(found.Items.OrderByDescending(item => item.Score), found.Items);
            int left = Enumerable.Range(0, 16).Count(item => !Chosen(user, item));
            Assert.Equal(Math.Min(10, left), found.Items.Count);
            Assert.DoesNotContain(found.Items, item => Chosen(user, int.Parse(item.Id.AsSpan(1), CultureInfo.InvariantCulture)));
            Explanation reasons = recommender.Explain($"u{user}", found.Items[0].Id);
            Assert.Equal(found.Items[0].Score, reasons.OwnContribution + reasons.History.Sum(reason => reason.Contribution) + reasons.UserAttributes.Sum(reason => reason.Contribution), 1e-5f);
        }
        Assert.Equal(RecommendationSource.FoldIn, recommender.RecommendToNewUser(recommender.GetItems("i1", "i3")).Source);
        Assert.NotEmpty(recommender.SimilarItems("i1"));

        IDataView rows = loaded.Transform(Rows());
        LightGcnTransformer continued = Ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { EmbeddingDimension = 8, EpochCount = 1, NumberOfThreads = 1 }).Fit(rows, model.Model);
        Assert.Equal(12, continued.Model.UserCount);
    }

    [Fact]
    public void A_LightGCN_without_history_recommends_what_may_have_been_seen()
    {
        Recommender recommender = Ml.Model.CreateRecommender(Load("lightgcn-no-history"));
        Assert.False(recommender.HasHistory);
        Assert.Equal(16, recommender.Recommend("u1", new RecommendationOptions { ExcludeSeen = false, Count = 20 }).Items.Count);
    }

    [Theory]
    [InlineData("popularity")]
    [InlineData("item-knn")]
    [InlineData("ease")]
    [InlineData("graph-filter")]
    public void A_baseline_whose_file_has_no_ids_is_asked_to_be_saved_again(string name) =>
        Assert.Contains("0.1.0", Assert.Throws<ArgumentException>(() => Ml.Model.CreateRecommender(Load(name))).Message, StringComparison.Ordinal);

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Version0.1.0", file);

    private static ITransformer Load(string name) => Ml.Model.Load(PathOf(name + ".zip"), out _);

    private static string[] Expected(string name) => File.ReadAllLines(PathOf(name + ".txt"));

    private static string[] Scores(ITransformer model) =>
        [.. model.Transform(Rows()).GetColumn<float>("Score").Select(score => BitConverter.SingleToUInt32Bits(score).ToString("X8", CultureInfo.InvariantCulture))];

    private static bool Chosen(int user, int item) => user % 2 == item % 2 && (user * 7 + item * 3) % 5 != 0;

    private static IDataView Rows() => Ml.Data.LoadFromEnumerable(
        from user in Enumerable.Range(0, 12)
        from item in Enumerable.Range(0, 16)
        where Chosen(user, item)
        select new Row { UserId = $"u{user}", ItemId = $"i{item}", Weight = 1 + (user + item) % 3 });

    private sealed class Row
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";

        public float Weight { get; set; }
    }
}
