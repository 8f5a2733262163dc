using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.MLNet.Data;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>What a trained model does with its relations: new users, reasons, its file, and training that continues.</summary>
public sealed class RelationModelTests : IDisposable
{
    private const float Shrinkage = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("relations").FullName;
    private readonly MLContext _ml = new(1);
    private readonly Taste _data;

    public RelationModelTests() => _data = Taste.Create(_ml);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, 2, 0.5f)]
    [InlineData(false, 3, 0.5f)]
    [InlineData(true, 1, 0f)]
    [InlineData(true, 2, 1f)]
    public void Reasons_of_either_side_add_up_to_the_score(bool weighted, int layers, float lengthExponent)
    {
        LightGcnTransformer fitted = Fit(Relations(weighted), layers, weighted ? "Weight" : null, lengthExponent);
        LightGcnModelParameters model = fitted.Model;
        Recommender recommender = _ml.Model.CreateRecommender(fitted);
        HeterogeneousGraph graph = model.Graph!;
        int users = model.UserCount, entities = users + model.ItemCount, d = model.EmbeddingDimension;
        double[][] start = [.. Enumerable.Range(0, graph.Layout.NodeCount).Select(node => model.Embeddings.Base[node].ToArray().Select(x => (double)x).ToArray())];
        double[][] sums = Propagate(graph, start, [.. model.LayerWeights.Skip(1)]), e = Propagate(graph, start, [.. model.LayerWeights]);
        for (int user = 0; user < users; user += 7)
        {
            double[] row = [.. model.UserEmbeddings.Slice(user * d, d).ToArray().Select(x => (double)x)];
            for (int item = 0; item < model.ItemCount; item += 3)
            {
                Explanation why = recommender.Explain(new Key((uint)user + 1), new Key((uint)item + 1));
                Assert.Equal(model.Score(user, item), why.Score);
                Assert.Equal(why.Score, why.OwnContribution + why.History.Sum(reason => (double)reason.Contribution) + why.UserAttributes.Sum(reason => (double)reason.Contribution), 1e-4);
                Assert.Equal(["clubs"], why.UserAttributes.Select(reason => reason.Relation));

                // The same score along the item's edges, in double precision.
                int node = users + item;
                double length = Math.Sqrt(Oracle.Dot(e[node], e[node])), factor = Oracle.Reliability(graph.Interactions.UsersOf(item).IsEmpty ? 0 : Degree(graph, node), Shrinkage) * Math.Pow(length, lengthExponent - 1);
                double whole = factor * model.LayerWeights[0] * Oracle.Dot(start[node], row);
                Dictionary<string, double> attributes = [];
                graph.VisitEdges(node, (neighbour, value) =>
                {
                    double part = factor * value * graph.InverseRootDegrees[node] * graph.InverseRootDegrees[neighbour] * Oracle.Dot(sums[neighbour], row);
                    whole += part;
                    if (neighbour >= entities)
                        attributes.Add(graph.NameOf(neighbour).Name, part);
                });
                // What the item of a history adds by its weight comes along no edge.
                double byWeight = graph.Interactions.ItemsOf(user).ToArray().Sum(seen => (double)model.GetNeighbourWeight(seen, item));
                Assert.Equal(why.Score, whole + byWeight, 1e-4);
                Assert.Equal(attributes.Keys.Order(), why.ItemAttributes.Select(reason => reason.Name).Order());
                Assert.All(why.ItemAttributes, reason => Assert.Equal(attributes[reason.Name], reason.Contribution, 1e-4));
                Assert.Equal(why.ItemAttributes.Select(reason => reason.Contribution).OrderDescending(), why.ItemAttributes.Select(reason => reason.Contribution));
            }
        }
    }

    [Fact]
    public void A_new_user_of_the_same_history_has_the_trained_scores_but_for_the_users_own_embedding()
    {
        LightGcnTransformer fitted = Fit(Relations(weighted: true)[..2], layers: 2);
        LightGcnModelParameters model = fitted.Model;
        Recommender recommender = _ml.Model.CreateRecommender(fitted);
        int d = model.EmbeddingDimension;
        for (int user = 0; user < model.UserCount; user += 5)
        {
            double[] folded = [.. Enumerable.Range(0, d).Select(k => model.UserEmbeddings[user * d + k] - model.LayerWeights[0] * (double)model.BaseUserEmbeddings[user * d + k])];
            ItemSet history = recommender.GetItemsByKey(model.History!.ItemsOf(user).ToArray().Select(item => (uint)item + 1));
            Recommendations found = recommender.RecommendToNewUser(history, new RecommendationOptions { Count = model.ItemCount, ExcludeSeen = false });
            Assert.All(found.Items, item => Assert.Equal(
                Enumerable.Range(0, d).Sum(k => folded[k] * model.ItemEmbeddings[((int)item.Key.Value - 1) * d + k])
                    + model.History!.ItemsOf(user).ToArray().Sum(seen => model.GetNeighbourWeight(seen, (int)item.Key.Value - 1)),
                item.Score, 1e-4));
            Explanation why = recommender.ExplainToNewUser(history, found.Items[0].Key);
            Assert.Equal(why.Score, why.History.Sum(reason => (double)reason.Contribution), 1e-4);
            Assert.NotEmpty(why.ItemAttributes);
        }
    }

    [Fact]
    public void What_nobody_chose_is_recommended_and_says_something_of_new_users()
    {
        // Users choose 8 of the 20 items of their parity; items 40 and 41 and users 60 and 61 have no interactions. Keys match by number.
        const int users = 62, items = 42;
        Random random = new(1);
        IDataView rows = KeyRows.Create(_ml, users, items, [.. Enumerable.Range(0, users - 2).SelectMany(user =>
        {
            int[] own = [.. Enumerable.Range(0, 20).Select(n => 2 * n + user % 2)];
            random.Shuffle(own);
            return own[..8].Select(item => (user, item));
        })]);
        LightGcnTrainer.Options options = Options(
        [
            GraphRelation.ItemAttribute("parities", View(Enumerable.Range(0, items).Select(item => new Tag { Item = $"{item}", Attribute = $"parity {item % 2}" }))),
            GraphRelation.UserAttribute("clubs", View(Enumerable.Range(0, users).Select(user => new Club { User = $"{user}", Attribute = $"club {user % 2}" }))),
        ], layers: 2);
        options.EpochCount = 8;
        // Weights from item to item speak for items that were chosen, and content alone for the others.
        options.Neighbourhood = null;
        Recommender recommender = _ml.Model.CreateRecommender(_ml.Ranking.Trainers.LightGcn(options).Fit(rows));
        // The new item of the parity is among the ten best of 34, before the other new one, for all but a few users.
        RecommendationOptions ten = new() { Count = 10 };
        IReadOnlyList<Recommendations> many = recommender.RecommendMany(Enumerable.Range(0, users - 2).Select(user => $"{user}"), ten, cancellationToken: TestContext.Current.CancellationToken);
        int found = 0;
        for (int user = 0; user < users - 2; user++)
        {
            Recommendations one = recommender.Recommend(new Key((uint)user + 1), ten);
            found += one.Items.Select(item => item.Key).FirstOrDefault(key => key > 40) == 41 + (uint)user % 2 ? 1 : 0;
            Assert.Equal(one.Items, many[user].Items);
        }
        Assert.InRange(found, users - 5, users - 2);
        Assert.All(recommender.SimilarItems(new Key(41), new RecommendationOptions { Count = 5 }), other => Assert.Equal(1u, other.Key % 2));

        ItemSet evens = recommender.GetItemsByKey(1, 3), onlyNew = recommender.GetItemsByKey(41);
        Assert.Contains(recommender.RecommendToNewUser(evens, ten).Items, item => item.Key == 41);
        Recommendations byNew = recommender.RecommendToNewUser(onlyNew, new RecommendationOptions { Count = 5 });
        Assert.Equal((RecommendationSource.FoldIn, 0), (byNew.Source, byNew.UnusedItemIds.Count));
        Assert.All(byNew.Items, item => Assert.Equal(1u, item.Key % 2));
        Explanation why = recommender.ExplainToNewUser(onlyNew, byNew.Items[0].Key);
        Assert.Equal(why.Score, Assert.Single(why.History).Contribution, 1e-4);
        Assert.Equal("parity 0", Assert.Single(why.ItemAttributes).Name);

        // A user with a club alone is a known one, and the club is the reason.
        Recommendations ofClub = recommender.Recommend(new Key(users), new RecommendationOptions { Count = 6 });
        Assert.Equal(RecommendationSource.KnownUser, ofClub.Source);
        Assert.All(ofClub.Items, item => Assert.Equal(0u, item.Key % 2));
        Explanation byClub = recommender.Explain(new Key(users), new Key(ofClub.Items[0].Key));
        Assert.Empty(byClub.History);
        Assert.Equal(new AttributeContribution("clubs", "club 1", byClub.UserAttributes[0].Contribution), Assert.Single(byClub.UserAttributes));
        Assert.Equal(byClub.Score, byClub.OwnContribution + byClub.UserAttributes[0].Contribution, 1e-4);

        // What is popular is what was chosen.
        Recommendations popular = recommender.Recommend(new Key(0), new RecommendationOptions { Count = items });
        Assert.Equal((RecommendationSource.Popularity, 40), (popular.Source, popular.Items.Count));
        Assert.All(popular.Items, item => Assert.InRange(item.Key, 1u, 40u));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void A_saved_model_has_its_relations_back(bool weighted, bool mapped)
    {
        LightGcnTransformer fitted = Fit(Relations(weighted), layers: 2, weighted ? "Weight" : null);
        string path = Path.Combine(_folder, "model");
        if (mapped)
            _ml.Model.SaveRecommendationModel(fitted, path);
        else
            _ml.Model.Save(fitted, _data.Train.Schema, path);
        LightGcnTransformer loaded = _ml.Model.GetLightGcn(mapped ? _ml.Model.LoadRecommendationModel(path, ModelVerification.BeforeUse) : _ml.Model.Load(path, out _));
        HeterogeneousGraph before = fitted.Model.Graph!, after = loaded.Model.Graph!;
        Assert.Equal(before.InteractionWeights, after.InteractionWeights);
        Assert.Equal(weighted, after.InteractionWeights is not null);
        Assert.Equal(before.InverseRootDegrees.ToArray(), after.InverseRootDegrees.ToArray());
        Assert.Equal(fitted.Model.Embeddings.Base.Attributes.ToArray(), loaded.Model.Embeddings.Base.Attributes.ToArray());
        Assert.Equal(before.Relations.Select(Describe), after.Relations.Select(Describe));
        Recommender one = _ml.Model.CreateRecommender(fitted), other = _ml.Model.CreateRecommender(loaded);
        for (uint user = 1; user < 60; user += 9)
            Assert.Equal(Text(one.Explain(new Key(user), new Key(5))), Text(other.Explain(new Key(user), new Key(5))));

        static string Describe(EdgeSet edges) => $"{edges.Name} {edges.Kind} {edges.Strength} {string.Join(',', edges.AttributeNames)} {string.Join(',', edges.Rows.Offsets.ToArray())} {string.Join(',', edges.Rows.Indices.ToArray())} {string.Join(',', edges.Rows.Weights.ToArray())}";

        static string Text(Explanation why) => $"{why.Score} {string.Join(';', why.History)} {string.Join(';', why.UserAttributes)} {string.Join(';', why.ItemAttributes)}";
    }

    [Fact]
    public void Continued_training_knows_the_attributes_by_relation_and_name()
    {
        LightGcnTransformer first = Fit(Relations(weighted: false), layers: 2);
        LightGcnTrainer.Options options = Options(Relations(weighted: false), layers: 2);
        options.LearningRate = 1e-30f;
        options.EpochCount = 1;
        LightGcnTransformer again = _ml.Ranking.Trainers.LightGcn(options).Fit(_data.Train, first.Model);
        Assert.Equal(first.Model.Embeddings.Base.Attributes.ToArray(), again.Model.Embeddings.Base.Attributes.ToArray());

        // A model that kept no history does not know which attribute is which: all start anew.
        LightGcnTrainer.Options forgetful = Options(Relations(weighted: false), layers: 2);
        (forgetful.KeepHistory, forgetful.Neighbourhood) = (false, null);
        LightGcnModelParameters forgotten = _ml.Ranking.Trainers.LightGcn(forgetful).Fit(_data.Train).Model;
        Assert.Equal(first.Model.Embeddings.Base.Attributes.ToArray(), forgotten.Embeddings.Base.Attributes.ToArray());
        Assert.Empty(_ml.Ranking.Trainers.LightGcn(options).Fit(_data.Train, forgotten).Model.Embeddings.Base.Attributes.ToArray().Intersect(forgotten.Embeddings.Base.Attributes.ToArray()));

        // One relation under another name, one attribute more: these start anew.
        GraphRelation[] changed = Relations(weighted: false);
        changed[0] = GraphRelation.ItemAttribute("shelves", View(Enumerable.Range(0, 40).Select(item => new Tag { Item = $"i{item}", Attribute = $"kind {item % Taste.Groups}" })));
        options.Relations = changed;
        LightGcnModelParameters model = _ml.Ranking.Trainers.LightGcn(options).Fit(_data.Train, first.Model).Model;
        int clubs = 5 * model.EmbeddingDimension;
        Assert.Equal(first.Model.Embeddings.Base.Attributes.ToArray()[^clubs..], model.Embeddings.Base.Attributes.ToArray()[^clubs..]);
        Assert.Empty(model.Embeddings.Base.Attributes.ToArray()[..^clubs].Intersect(first.Model.Embeddings.Base.Attributes.ToArray()));
    }

    private static double[][] Propagate(HeterogeneousGraph graph, double[][] table, float[] layerWeights)
    {
        double[][] result = Oracle.Zeros(table.Length, table[0].Length), layer = table;
        foreach (float weight in layerWeights)
        {
            double[][] next = Oracle.Zeros(table.Length, table[0].Length), current = layer;
            for (int node = 0; node < table.Length; node++)
            {
                for (int k = 0; k < table[0].Length; k++)
                    result[node][k] += weight * current[node][k];
                graph.VisitEdges(node, (neighbour, value) =>
                {
                    for (int k = 0; k < table[0].Length; k++)
                        next[node][k] += value * graph.InverseRootDegrees[node] * graph.InverseRootDegrees[neighbour] * current[neighbour][k];
                });
            }
            layer = next;
        }
        return result;
    }

    private GraphRelation[] Relations(bool weighted)
    {
        string? weight = weighted ? "Weight" : null;
        return
        [
            GraphRelation.ItemAttribute("kinds", View(Enumerable.Range(0, 80).Select(n => new Tag { Item = $"i{n % 40}", Attribute = n < 40 ? $"kind {n % Taste.Groups}" : $"colour {n % 7}", Weight = 1 + n % 3 })), weightColumnName: weight, strength: 2),
            GraphRelation.ItemItem("fellows", View(Enumerable.Range(0, 30).Select(n => new Fellow { Item = $"i{n}", OtherItem = $"i{(n * 7 + 4) % 40}", Weight = 1 + n % 5 })), weightColumnName: weight),
            GraphRelation.UserAttribute("clubs", View(Enumerable.Range(0, 60).Select(user => new Club { User = $"u{user}", Attribute = $"club {user % 5}", Weight = 1 + user % 2 })), weightColumnName: weight, strength: 0.5f),
        ];
    }

    private IDataView View<T>(IEnumerable<T> rows)
        where T : class => _ml.Data.LoadFromEnumerable(rows.ToArray());

    private static double Degree(HeterogeneousGraph graph, int node)
    {
        double degree = 0;
        graph.VisitEdges(node, (_, value) => degree += value);
        return degree;
    }

    private static LightGcnTrainer.Options Options(GraphRelation[] relations, int layers)
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.Relations, options.LayerCount, options.EpochCount) = (relations, layers, 2);
        return options;
    }

    private LightGcnTransformer Fit(GraphRelation[] relations, int layers, string? weightColumn = null, float lengthExponent = 0.5f)
    {
        LightGcnTrainer.Options options = Options(relations, layers);
        options.Objective = new SampledSoftmaxObjective { LengthExponent = lengthExponent, Shrinkage = Shrinkage };
        options.InteractionWeightColumnName = weightColumn;
        IDataView train = weightColumn is null ? _data.Train : _ml.Transforms.CustomMapping<Taste.Interaction, Weighted>((row, output) => output.Weight = 1 + row.ItemId.Length + row.UserId.Length, null).Fit(_data.Train).Transform(_data.Train);
        return _ml.Ranking.Trainers.LightGcn(options).Fit(train);
    }

    private sealed class Weighted
    {
        public float Weight { get; set; }
    }

    private sealed class Tag
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Fellow
    {
        public string Item { get; set; } = "";

        public string OtherItem { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Club
    {
        public string User { get; set; } = "";

        public string Attribute { get; set; } = "";

        public float Weight { get; set; }
    }
}
