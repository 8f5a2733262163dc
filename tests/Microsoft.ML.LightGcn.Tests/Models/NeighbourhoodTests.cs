using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.MLNet.Trainers;
using Microsoft.ML.LightGcn.Tests.Recommending;

namespace Microsoft.ML.LightGcn.Tests.Models;

/// <summary>A LightGCN whose scores have a part from item to item.</summary>
public sealed class NeighbourhoodTests
{
    private static readonly MLContext Ml = new(1);
    private readonly Fitted _fitted = new();

    [Fact]
    public void A_score_is_the_inner_product_and_the_weights_of_the_history()
    {
        LightGcnModelParameters model = _fitted.Model;
        Assert.InRange(model.NeighbourWeightCount, 100, 40 * 39);
        float[][] scores = BaselineFit.Scores(model);
        int added = 0;
        for (int user = 0; user < model.UserCount; user++)
        {
            for (int item = 0; item < model.ItemCount; item++)
            {
                float inner = PairScore.Compute(model.UserEmbedding(user), model.ItemEmbedding(item));
                double weights = _fitted.History.ItemsOf(user).ToArray().Sum(seen => (double)model.GetNeighbourWeight(seen, item));
                Assert.Equal(inner + weights, scores[user][item], 1e-5);
                added += weights != 0 ? 1 : 0;
            }
        }
        Assert.InRange(added, 1000, 2400);
    }

    /// <summary>The standard deviations are over all pairs here, as there are fewer users than are sampled.</summary>
    [Theory]
    [InlineData(0.6f)]
    [InlineData(2f)]
    [InlineData(0f)]
    [InlineData(null)]
    public void The_weight_is_a_ratio_of_standard_deviations(float? weight)
    {
        LightGcnModelParameters model = new Fitted(options => options.Neighbourhood = new ItemNeighbourhood { Weight = weight }).Model;
        List<double> inner = [], sparse = [];
        for (int user = 0; user < model.UserCount; user++)
        {
            for (int item = 0; item < model.ItemCount; item++)
            {
                inner.Add(PairScore.Compute(model.UserEmbedding(user), model.ItemEmbedding(item)));
                sparse.Add(model.History!.ItemsOf(user).ToArray().Sum(seen => (double)model.GetNeighbourWeight(seen, item)));
            }
        }
        int items = Enumerable.Range(0, model.ItemCount).Count(item => model.History!.UsersOf(item).Length > 0);
        double evidence = Math.Max(1, model.History!.InteractionCount / (double)items / 20);
        double automatic = Math.Clamp(0.65 * Math.Sqrt(sparse.Average(x => x == 0 ? 0 : 1)) * Math.Pow(evidence, 0.6), 0.1, 0.8);
        Assert.Equal(weight ?? automatic, Deviation(sparse) / Deviation(inner), 1e-3);

        static double Deviation(List<double> values) => Math.Sqrt(values.Sum(x => (x - values.Average()) * (x - values.Average())) / values.Count);
    }

    [Theory]
    [InlineData(1f, 1)]
    [InlineData(1.7f, 1.7)]
    // Items of the data have 18 interactions.
    [InlineData(null, 1.3)]
    public void Its_weights_are_powers_of_those_of_Slim_times_one_number(float? amplification, double rho)
    {
        Fitted fitted = new(options => options.Neighbourhood = new ItemNeighbourhood { Amplification = amplification });
        ItemSimilarityModelParameters slim = Ml.Ranking.Trainers.Slim().Fit(fitted.Data.Train).Model;
        double ratio = double.NaN;
        int negative = 0;
        for (int seen = 0; seen < 40; seen++)
        {
            for (int item = 0; item < 40; item++)
            {
                double weight = slim.GetWeight(seen, item), found = fitted.Model.GetNeighbourWeight(seen, item);
                Assert.Equal(Math.Sign(weight), Math.Sign(found));
                if (Math.Abs(weight) < 1e-3)
                    continue;
                double power = Math.Sign(weight) * Math.Pow(Math.Abs(weight), rho);
                ratio = double.IsNaN(ratio) ? found / power : ratio;
                Assert.Equal(1, found / power / ratio, 1e-3);
                negative += weight < 0 ? 1 : 0;
            }
        }
        Assert.InRange(ratio, 1e-3, 1e3);
        Assert.InRange(negative, 10, 40 * 39);
    }

    [Fact]
    public void Training_is_the_same_with_it_and_without()
    {
        LightGcnModelParameters without = new Fitted(options => options.Neighbourhood = null).Model;
        Assert.Equal(without.UserEmbeddings.ToArray(), _fitted.Model.UserEmbeddings.ToArray());
        Assert.Equal(without.BaseItemEmbeddings.ToArray(), _fitted.Model.BaseItemEmbeddings.ToArray());
        Assert.Equal(0, without.NeighbourWeightCount);
        Assert.Equal(0, without.GetNeighbourWeight(1, 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Scores_have_the_same_bits_for_any_number_of_threads(int threads)
    {
        LightGcnModelParameters model = new Fitted(options => options.NumberOfThreads = threads).Model;
        Assert.Equal(BaselineFit.Scores(_fitted.Model), BaselineFit.Scores(model));
    }

    [Fact]
    public void A_loaded_model_has_the_same_bits_with_this_library_and_with_ML_NET_alone()
    {
        ITransformer loaded = Reload(_fitted.Transformer);
        LightGcnModelParameters restored = Ml.Model.GetLightGcn(loaded).Model;
        Assert.Equal(_fitted.Model.NeighbourWeightCount, restored.NeighbourWeightCount);
        Assert.Equal(BaselineFit.Scores(_fitted.Model), BaselineFit.Scores(restored));
        float[] expected = Scores(_fitted.Transformer.Transform(_fitted.Data.Train)), found = Scores(loaded.Transform(_fitted.Data.Train));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, found);
        // What it saves is what it was read from.
        Assert.Equal(expected, Scores(Reload(Ml.Model.GetLightGcn(loaded)).Transform(_fitted.Data.Train)));
    }

    [Fact]
    public void Lists_are_those_of_a_plain_sort_of_all_scores_one_by_one_and_together()
    {
        IReadOnlyList<Recommendations> many = _fitted.Recommender.RecommendMany(Enumerable.Range(0, 60).Select(_fitted.UserId), cancellationToken: TestContext.Current.CancellationToken);
        ItemSet allowed = _fitted.Recommender.GetItemsByKey(Enumerable.Range(1, 20).Select(key => (uint)key)), denied = _fitted.Recommender.GetItemsByKey(3, 4);
        for (int user = 0; user < 60; user++)
        {
            int u = user;
            Assert.Equal(_fitted.Best(user, item => _fitted.IsNew(u, item)), Pairs(_fitted.Recommender.Recommend(_fitted.UserId(user))));
            Assert.Equal(_fitted.Recommender.Recommend(_fitted.UserId(user)).Items, many[user].Items);
            RecommendationOptions narrow = new() { AllowList = allowed, DenyList = denied, Count = 7 };
            Assert.Equal(_fitted.Best(user, item => _fitted.IsNew(u, item) && item < 20 && item is not (2 or 3), 7), Pairs(_fitted.Recommender.Recommend(_fitted.UserId(user), narrow)));
        }
    }

    [Fact]
    public void A_new_user_has_the_weights_of_what_was_chosen()
    {
        Recommender recommender = _fitted.Recommender;
        LightGcnModelParameters model = _fitted.Model, factors = new Fitted(options => options.Neighbourhood = null).Model;
        int[] chosen = [2, 5, 11];
        ItemSet set = recommender.GetItemsByKey(chosen.Select(item => (uint)item + 1));
        float[] inner = new float[40];
        Assert.Equal(3, factors.FoldIn!.Score(chosen, inner));
        Recommendations found = recommender.RecommendToNewUser(set, new RecommendationOptions { Count = 40 });
        Assert.Equal(37, found.Items.Count);
        Assert.All(found.Items, item =>
        {
            int index = (int)item.Key.Value - 1;
            Assert.Equal(inner[index] + chosen.Sum(seen => (double)model.GetNeighbourWeight(seen, index)), item.Score, 1e-5);
        });
        Assert.Equal(found.Items.Select(item => item.Score).OrderDescending(), found.Items.Select(item => item.Score));
        Assert.Equal(found.Items[0].Score, recommender.ExplainToNewUser(set, found.Items[0].Key).Score, 1e-5);
    }

    [Fact]
    public void Similar_items_are_what_a_user_of_that_item_alone_is_recommended()
    {
        for (uint key = 1; key <= 40; key++)
        {
            ItemSet one = _fitted.Recommender.GetItemsByKey(key);
            IReadOnlyList<ScoredItem> similar = _fitted.Recommender.SimilarItems(new Key(key), new RecommendationOptions { Count = 5 });
            Recommendations alone = _fitted.Recommender.RecommendToNewUser(one, new RecommendationOptions { Count = 5, MinimumScore = float.Epsilon });
            Assert.Equal(alone.Items, similar);
            Assert.NotEmpty(similar);
        }
    }

    [Fact]
    public void Validation_measures_the_whole_score()
    {
        List<TrainingEpoch> epochs = [];
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.EpochCount, options.Progress) = (3, new Callback(epochs.Add));
        LightGcnTransformer model = Ml.Ranking.Trainers.LightGcn(options).Fit(_fitted.Data.Train, _fitted.Data.Validation);
        TopNMetrics measured = Ml.Ranking.EvaluateTopN(model, _fitted.Data.Validation, _fitted.Data.Train);
        Assert.Equal(measured[RankingMetric.Ndcg, 10], epochs.Last(epoch => epoch.IsBest).Validation![RankingMetric.Ndcg, 10], 1e-12);
        Assert.NotEqual(measured[RankingMetric.Ndcg, 10], Ml.Ranking.EvaluateTopN(
            new FactorModel(model.Model.UserEmbeddings.ToArray(), model.Model.ItemEmbeddings.ToArray(), model.Model.EmbeddingDimension),
            _fitted.Data.Validation, _fitted.Data.Train)[RankingMetric.Ndcg, 10]);
    }

    [Fact]
    public void Continuing_computes_the_weights_from_the_new_data()
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.LearningRate, options.EpochCount) = (1e-30f, 1);
        LightGcnModelParameters again = Ml.Ranking.Trainers.LightGcn(options).Fit(_fitted.Data.Train, _fitted.Model).Model;
        Assert.Equal(BaselineFit.Scores(_fitted.Model), BaselineFit.Scores(again));
        IDataView fewer = Ml.Data.TakeRows(_fitted.Data.Train, 200);
        LightGcnModelParameters less = Ml.Ranking.Trainers.LightGcn(options).Fit(fewer, _fitted.Model).Model;
        ItemSimilarityModelParameters slim = Ml.Ranking.Trainers.Slim().Fit(fewer).Model;
        for (int pair = 0; pair < 1600; pair++)
            Assert.Equal(slim.GetWeight(pair / 40, pair % 40) == 0, less.GetNeighbourWeight(pair / 40, pair % 40) == 0);
    }

    [Fact]
    public void Without_history_there_is_no_neighbourhood_and_the_error_says_so()
    {
        LightGcnTrainer.Options options = new() { KeepHistory = false };
        Assert.StartsWith("Option KeepHistory: expected true, because scores go by the history of the user; or null for Neighbourhood, found False.",
            Assert.Throws<ArgumentOutOfRangeException>(() => Ml.Ranking.Trainers.LightGcn(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_presets_of_others_have_none() => Assert.All(
        (LightGcnTrainer.Options[])[LightGcnTrainer.Options.GoodBooksNotebook(), LightGcnTrainer.Options.Paper(), LightGcnTrainer.Options.MatrixFactorization()],
        options => Assert.Null(options.Neighbourhood));

    [Fact]
    public void Data_without_two_items_of_one_user_train_all_the_same()
    {
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 4, Seed = 1 };
        LightGcnModelParameters model = Ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(Ml, 3, 3, [(0, 0), (1, 1), (2, 2)])).Model;
        Assert.Equal(0, model.NeighbourWeightCount);
        Assert.True(float.IsFinite(model.Score(0, 1)));
        Assert.True(float.IsFinite(Ml.Model.GetLightGcn(Reload(Ml.Ranking.Trainers.LightGcn(options).Fit(KeyRows.Create(Ml, 3, 3, [(0, 0), (1, 1), (2, 2)])))).Model.Score(0, 1)));
    }

    [Fact]
    public void A_history_given_beside_the_model_changes_no_score()
    {
        ScoredHistory beside = new(_fitted.Model, _fitted.History, _fitted.Model.Users, _fitted.Model.Items);
        Assert.Equal(_fitted.Model.Score(3, 4), beside.Score(3, 4));
        Assert.Equal(BaselineFit.Scores(_fitted.Model), BaselineFit.Scores(beside));
    }

    private static (string Id, float Score)[] Pairs(Recommendations found) => [.. found.Items.Select(item => (item.Id, item.Score))];

    private static ITransformer Reload(LightGcnTransformer model)
    {
        using MemoryStream stream = new();
        Ml.Model.Save(model, null, stream);
        stream.Position = 0;
        return Ml.Model.Load(stream, out _);
    }

    private static float[] Scores(IDataView view)
    {
        List<float> scores = [];
        var column = view.Schema["Score"];
        using var cursor = view.GetRowCursor([column]);
        ValueGetter<float> getter = cursor.GetGetter<float>(column);
        float score = 0;
        while (cursor.MoveNext())
        {
            getter(ref score);
            scores.Add(score);
        }
        return [.. scores];
    }

    private sealed class Callback(Action<TrainingEpoch> report) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value) => report(value);
    }
}
