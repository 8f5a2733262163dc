using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Recommending;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Models;

/// <summary>New users and reasons, against the formulas in double precision.</summary>
public sealed class FoldInTests
{
    public static TheoryData<float[]?, int> Weights() => new()
    {
        { null, 16 },
        { [0.5f, 0.5f], 16 },
        { [0.1f, 0.7f, -0.4f, 0.2f], 20 },
        { [0, 1, 2, 3, 4], 16 },
    };

    [Theory]
    [MemberData(nameof(Weights))]
    public void A_user_of_the_same_history_has_the_trained_scores_but_for_the_users_own_embedding(float[]? weights, int dimension)
    {
        Fitted fitted = Fit(weights, dimension);
        LightGcnModelParameters model = fitted.Model;
        (double[][] embeddings, double[][] items) = Propagated(model);
        for (int user = 0; user < model.UserCount; user++)
        {
            // The user's own layer-0 embedding left out of its sum, and of nothing else.
            double[] folded = [.. Enumerable.Range(0, dimension).Select(k => embeddings[user][k] - model.LayerWeights[0] * (double)model.BaseUserEmbeddings[user * dimension + k])];
            ItemSet history = fitted.Recommender.GetItemsByKey(fitted.History.ItemsOf(user).ToArray().Select(item => (uint)item + 1));
            Recommendations found = fitted.Recommender.RecommendToNewUser(history, new RecommendationOptions { Count = 40, ExcludeSeen = false });
            Assert.Equal(RecommendationSource.FoldIn, found.Source);
            Assert.Equal(40, found.Items.Count);
            double[] expected = [.. items.Select((item, i) => Oracle.Dot(folded, item) + fitted.History.ItemsOf(user).ToArray().Sum(seen => (double)model.GetNeighbourWeight(seen, i)))];
            Assert.All(found.Items, item => Assert.Equal(expected[item.Key - 1], item.Score, 1e-4));
            Assert.Equal(found.Items.Select(item => item.Score).OrderDescending(), found.Items.Select(item => item.Score));
        }
    }

    [Theory]
    [MemberData(nameof(Weights))]
    public void Reasons_are_the_terms_of_the_score_and_add_up_to_it(float[]? weights, int dimension)
    {
        Fitted fitted = Fit(weights, dimension);
        LightGcnModelParameters model = fitted.Model;
        (_, double[][] items) = Propagated(model);
        double[][] layerSums = LayerSums(model);
        for (int user = 0; user < model.UserCount; user += 7)
        {
            int[] history = fitted.History.ItemsOf(user).ToArray();
            ItemSet chosen = fitted.Recommender.GetItemsByKey(history.Select(item => (uint)item + 1));
            for (uint key = 1; key <= 40; key++)
            {
                Explanation known = fitted.Recommender.Explain(new Key((uint)user + 1), new Key(key)), folded = fitted.Recommender.ExplainToNewUser(chosen, new Key(key));
                double own = model.LayerWeights[0] * Enumerable.Range(0, dimension).Sum(k => model.BaseUserEmbeddings[user * dimension + k] * items[key - 1][k]);
                Assert.Equal(own, known.OwnContribution, 1e-4);
                Assert.Equal(model.Score(user, (int)key - 1), known.Score);
                Assert.Equal(known.Score, known.OwnContribution + known.History.Sum(item => (double)item.Contribution), 1e-4);
                Assert.Equal(0, folded.OwnContribution);
                Assert.Equal(folded.Score, folded.History.Sum(item => (double)item.Contribution), 1e-4);
                Assert.Equal(known.History, folded.History);
                Assert.Equal(history.Select(item => (uint)item + 1).Order(), known.History.Select(item => item.Key.Value).Order());
                Assert.Equal(known.History.Select(item => item.Contribution).OrderDescending(), known.History.Select(item => item.Contribution));
                foreach (ItemContribution reason in known.History)
                {
                    double scale = 1 / Math.Sqrt((double)history.Length * fitted.History.UsersOf((int)reason.Key.Value - 1).Length);
                    Assert.Equal(scale * Oracle.Dot(layerSums[reason.Key - 1], items[key - 1]) + model.GetNeighbourWeight((int)reason.Key.Value - 1, (int)key - 1), reason.Contribution, 1e-4);
                }
            }
        }
    }

    [Fact]
    public void Without_layers_a_new_user_is_not_known_by_what_was_chosen()
    {
        Fitted fitted = new(options => (options.LayerCount, options.Neighbourhood) = (0, null));
        ItemSet chosen = fitted.Recommender.GetItems("i1");
        foreach (Action ask in (Action[])[() => fitted.Recommender.RecommendToNewUser(chosen), () => fitted.Recommender.ExplainToNewUser(chosen, "i1"), () => fitted.Recommender.Recommend("nobody", new() { NewUserItems = chosen })])
            Assert.Equal("The model BprMatrixFactorization does not know new users by what they chose. LightGcn (of one layer or more), ItemKnn, Ease, Slim and GraphFilter do.", Assert.Throws<NotSupportedException>(ask).Message);
        Assert.Equal(RecommendationSource.Popularity, fitted.Recommender.RecommendToNewUser(fitted.Recommender.GetItems([])).Source);
        Explanation own = fitted.Recommender.Explain("u1", "i1");
        Assert.Equal(own.Score, own.OwnContribution, 1e-6);
        Assert.Empty(own.History);
    }

    [Fact]
    public void Items_and_users_without_training_interactions_count_for_nothing()
    {
        MLContext ml = new(1);
        // Item 4 and user 3 have keys and no interactions.
        IDataView rows = KeyRows.Create(ml, 4, 5, [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (2, 1)]);
        Recommender recommender = ml.Model.CreateRecommender(ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(rows));
        Recommendations with = recommender.RecommendToNewUser(recommender.GetItemsByKey(1, 3, 5, 9)), without = recommender.RecommendToNewUser(recommender.GetItemsByKey(1, 3));
        Assert.Equal(["9", "4"], with.UnusedItemIds);
        Assert.Equal(without.Items, with.Items);
        Assert.DoesNotContain(without.Items, item => item.Key == 5);
        Assert.Equal(RecommendationSource.Popularity, recommender.RecommendToNewUser(recommender.GetItemsByKey(5)).Source);
        Recommendations unseen = recommender.Recommend(new Key(4));
        Assert.Equal(RecommendationSource.Popularity, unseen.Source);
        Assert.Equal([2u, 3u, 1u, 4u], unseen.Items.Select(item => item.Key.Value));
        Assert.True(unseen.IsShort);
    }

    private static Fitted Fit(float[]? weights, int dimension) => new(options =>
    {
        options.EmbeddingDimension = dimension;
        options.EpochCount = 2;
        options.LayerWeights = weights;
        options.LayerCount = weights is null ? 3 : weights.Length - 1;
    });

    /// <summary>Layer-0 embeddings of all nodes, in double.</summary>
    private static double[][] Base(LightGcnModelParameters model)
    {
        float[] all = [.. model.BaseUserEmbeddings, .. model.BaseItemEmbeddings];
        return [.. all.Select(value => (double)value).Chunk(model.EmbeddingDimension)];
    }

    /// <summary>Propagated embeddings, and the items' as the default objective scores.</summary>
    private static (double[][] All, double[][] Items) Propagated(LightGcnModelParameters model)
    {
        double[][] all = Oracle.Propagate(model.History!, Base(model), model.LayerWeights);
        SampledSoftmaxObjective objective = (SampledSoftmaxObjective)new SampledSoftmaxObjective().Resolve(model.History!);
        return (all, [.. all[model.UserCount..].Select((row, item) =>
        {
            double reliability = Oracle.Reliability(model.History!.UsersOf(item).Length, objective.Shrinkage!.Value);
            return Oracle.WithLength(row, objective.LengthExponent).Select(value => reliability * value).ToArray();
        })]);
    }

    /// <summary>S_i, the sum of w_(l+1) times the item's embedding of layer l, as its definition says.</summary>
    private static double[][] LayerSums(LightGcnModelParameters model)
    {
        double[][] layer = Base(model), sums = Oracle.Zeros(layer.Length, model.EmbeddingDimension);
        for (int l = 0; l < model.LayerWeights.Count - 1; l++)
        {
            for (int node = 0; node < sums.Length; node++)
            {
                for (int k = 0; k < sums[node].Length; k++)
                    sums[node][k] += model.LayerWeights[l + 1] * layer[node][k];
            }
            layer = Oracle.Multiply(model.History!, layer);
        }
        return sums[model.UserCount..];
    }
}
