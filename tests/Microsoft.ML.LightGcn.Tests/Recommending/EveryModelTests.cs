using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Persistence;

namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>A recommender on each model, fitted and loaded.</summary>
public sealed class EveryModelTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly Taste Data = Taste.Create(Ml);

    [Flags]
    public enum Can
    {
        Score = 0,
        KnowNewUsers = 1,
        CompareItems = 2,
        CompareUsers = 4,
        Explain = 8,
    }

    public static TheoryData<string, Can> Models => new()
    {
        { "LightGcn", Can.KnowNewUsers | Can.CompareItems | Can.CompareUsers | Can.Explain },
        { "Popularity", Can.Score },
        { "ItemKnn", Can.KnowNewUsers | Can.CompareItems | Can.Explain },
        { "Ease", Can.KnowNewUsers | Can.CompareItems | Can.Explain },
        { "GraphFilter", Can.KnowNewUsers | Can.CompareItems | Can.Explain },
        { "GraphFilter with a low-pass part", Can.KnowNewUsers | Can.CompareItems | Can.Explain },
        { "BprMatrixFactorization", Can.CompareItems | Can.CompareUsers | Can.Explain },
        { "MatrixFactorization", Can.CompareItems | Can.CompareUsers },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Lists_are_the_evaluators_order_without_what_was_seen(string name, Can can)
    {
        foreach ((Recommender recommender, IItemScorer scorer) in Recommenders(name))
        {
            int[] users = [.. Enumerable.Range(0, 60)];
            float[] scores = new float[60 * 40];
            scorer.ScoreItems(users, scores);
            string[] ids = [.. users.Select(user => recommender.GetUserId(new Key((uint)user + 1)))];
            IReadOnlyList<Recommendations> many = recommender.RecommendMany(ids, cancellationToken: TestContext.Current.CancellationToken);
            uint[][] all = [.. recommender.RecommendToAll(cancellationToken: TestContext.Current.CancellationToken).GetColumn<VBuffer<uint>>("RecommendedItems").Select(items => items.DenseValues().ToArray())];
            for (int user = 0; user < 60; user++)
            {
                HashSet<string> seen = Seen(ids[user]);
                (string Id, float Score)[] expected = [.. Enumerable.Range(0, 40)
                    .Select(item => (Id: recommender.GetItemId(new Key((uint)item + 1)), Score: scores[user * 40 + item]))
                    .Where(item => !seen.Contains(item.Id))
                    // A stable sort: equal scores in the order of keys.
                    .OrderByDescending(item => item.Score)
                    .Take(10)];
                Recommendations found = recommender.Recommend(ids[user]);
                Assert.Equal(expected, found.Items.Select(item => (item.Id, item.Score)));
                Assert.Equal(found.Items, many[user].Items);
                Assert.Equal(found.Items.Select(item => item.Key.Value), all[user]);
                Assert.Equal(RecommendationSource.KnownUser, found.Source);
            }
            Assert.Equal(RecommendationSource.Popularity, recommender.Recommend("nobody").Source);
            Assert.Equal(can, Ask(recommender, name));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Reasons_add_up_to_the_score(string name, Can can)
    {
        if (!can.HasFlag(Can.Explain))
            return;
        foreach ((Recommender recommender, _) in Recommenders(name))
        {
            ItemSet chosen = recommender.GetItems("i1", "i5", "i6");
            foreach (ScoredItem item in recommender.Recommend("u7", new RecommendationOptions { Count = 40 }).Items)
            {
                Explanation reasons = recommender.Explain("u7", item.Key);
                Assert.Equal(item.Score, reasons.Score, 1e-5f * (1 + MathF.Abs(item.Score)));
                Assert.Equal(reasons.Score, reasons.OwnContribution + reasons.History.Sum(reason => reason.Contribution), 1e-5f * (1 + MathF.Abs(item.Score)));
                Assert.Subset(Seen("u7"), reasons.History.Select(reason => reason.Id).ToHashSet());
            }
            if (!can.HasFlag(Can.KnowNewUsers))
                continue;
            Recommendations found = recommender.RecommendToNewUser(chosen, new RecommendationOptions { Count = 40 });
            Assert.Equal(37, found.Items.Count);
            foreach (ScoredItem item in found.Items)
            {
                Explanation reasons = recommender.ExplainToNewUser(chosen, item.Id);
                Assert.Equal(item.Score, reasons.History.Sum(reason => reason.Contribution), 1e-5f * (1 + MathF.Abs(item.Score)));
                Assert.Subset(new HashSet<string> { "i1", "i5", "i6" }, reasons.History.Select(reason => reason.Id).ToHashSet());
            }
        }
    }

    /// <summary>These models know nothing of a user but the history, so that a new user with a known one's gets the same, bit for bit.</summary>
    [Theory]
    [InlineData("ItemKnn")]
    [InlineData("Ease")]
    [InlineData("Slim")]
    [InlineData("GraphFilter")]
    [InlineData("GraphFilter with a low-pass part")]
    public void A_new_user_with_a_known_users_history_gets_that_users_list(string name)
    {
        foreach ((Recommender recommender, _) in Recommenders(name))
        {
            for (int user = 0; user < 60; user++)
            {
                Recommendations known = recommender.Recommend($"u{user}"), folded = recommender.RecommendToNewUser(recommender.GetItems(Seen($"u{user}")));
                Assert.Equal(RecommendationSource.FoldIn, folded.Source);
                Assert.Equal(known.Items, folded.Items);
            }
        }
    }

    [Theory]
    [InlineData("LightGcn")]
    [InlineData("Popularity")]
    [InlineData("ItemKnn")]
    [InlineData("Ease")]
    [InlineData("Slim")]
    [InlineData("GraphFilter with a low-pass part")]
    public void The_evaluator_finds_the_same_in_a_loaded_model_by_its_fast_form(string name)
    {
        ITransformer transformer = Trainer(name).Fit(Data.Train), loaded = SaveAndLoad(transformer);
        Assert.Equal(transformer.GetType(), SavedModels.Find(CatalogEnvironment.GetEnvironment(Ml.Model), loaded, "Score")!.GetType());
        TopNMetrics expected = Ml.Ranking.EvaluateTopN(transformer, Data.Validation, Data.Train), found = Ml.Ranking.EvaluateTopN(loaded, Data.Validation, Data.Train);
        foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
            Assert.Equal(expected.PerUser(metric, 10), found.PerUser(metric, 10));
    }

    [Fact]
    public void The_score_column_chooses_among_the_models_of_a_pipeline()
    {
        ITransformer knn = Ml.Ranking.Trainers.ItemKnn().Fit(Data.Train), popularity = Ml.Ranking.Trainers.Popularity().Fit(Data.Train), ease = Ml.Ranking.Trainers.Ease().Fit(Data.Train);
        IDataView rows = Data.Train;
        ITransformer first = Ml.Transforms.CopyColumns("KnnScore", "Score").Fit(knn.Transform(rows)), second = Ml.Transforms.CopyColumns("EaseScore", "Score").Fit(ease.Transform(rows));
        ITransformer fitted = new TransformerChain<ITransformer>(knn, first, ease, second, popularity);
        foreach (ITransformer pipeline in (ITransformer[])[fitted, SaveAndLoad(fitted)])
        {
            Assert.Equal(Of(popularity).Recommend("u3").Items, Ml.Model.CreateRecommender(pipeline).Recommend("u3").Items);
            Assert.Equal(Of(knn).Recommend("u3").Items, Ml.Model.CreateRecommender(pipeline, scoreColumnName: "KnnScore").Recommend("u3").Items);
            Assert.Equal(Of(ease).Recommend("u3").Items, Ml.Model.CreateRecommender(pipeline, scoreColumnName: "EaseScore").Recommend("u3").Items);
            Assert.Contains("'Other'", Assert.Throws<ArgumentException>(() => Ml.Model.CreateRecommender(pipeline, scoreColumnName: "Other")).Message, StringComparison.Ordinal);
        }

        static Recommender Of(ITransformer model) => Ml.Model.CreateRecommender(model);
    }

    [Fact]
    public void A_step_that_changes_the_scores_is_seen_and_a_copy_of_a_copy_is_one()
    {
        ITransformer popularity = Ml.Ranking.Trainers.Popularity().Fit(Data.Train), ease = Ml.Ranking.Trainers.Ease(regularization: 10).Fit(Data.Train);
        IDataView scored = popularity.Transform(Data.Train);
        ITransformer Copy(string to, string from, IDataView rows) => Ml.Transforms.CopyColumns(to, from).Fit(rows);
        ITransformer Negate(string to, string from, IDataView rows) => Ml.Transforms.Expression(to, "x => -x", from).Fit(rows);
        ITransformer copy = Copy("A", "Score", scored);
        IDataView copied = copy.Transform(scored);

        // What copies have, whatever comes after.
        ITransformer copies = new TransformerChain<ITransformer>(popularity, copy, Copy("B", "A", copied), ease);
        Assert.IsType<PopularityTransformer>(Find(copies, "B"));
        Assert.IsType<ItemSimilarityTransformer>(Find(copies, "Score"));
        Assert.IsType<PopularityTransformer>(Find(new TransformerChain<ITransformer>(popularity, copy, ease, Copy("Score", "A", copied)), "Score"));

        // What is computed anew: in another column, in the same one, in a copy.
        Assert.Null(Find(new TransformerChain<ITransformer>(popularity, Negate("A", "Score", scored)), "A"));
        Assert.Null(Find(new TransformerChain<ITransformer>(popularity, Negate("Score", "Score", scored)), "Score"));
        Assert.Null(Find(new TransformerChain<ITransformer>(popularity, copy, Negate("A", "A", copied)), "A"));
        Assert.IsType<PopularityTransformer>(Find(new TransformerChain<ITransformer>(popularity, copy, Negate("Z", "A", copied)), "A"));

        double[] Evaluate(ITransformer model, string column = "Score") =>
            Ml.Ranking.EvaluateTopN(model, Data.Validation, Data.Train, new TopNEvaluationOptions { ScoreColumnName = column }).PerUser(RankingMetric.Ndcg, 10).ToArray();
        double[] turned = Ml.Ranking.EvaluateTopN(Negated(((PopularityTransformer)popularity).Model), Data.Validation, Data.Train).PerUser(RankingMetric.Ndcg, 10).ToArray();
        Assert.NotEqual(Evaluate(popularity), turned);
        Assert.Equal(turned, Evaluate(new TransformerChain<ITransformer>(popularity, Negate("Score", "Score", scored))));
        Assert.Equal(turned, Evaluate(new TransformerChain<ITransformer>(popularity, copy, Negate("Z", "A", copied)), "Z"));

        // ML.NET's Append joins its steps to those of a loaded model.
        TransformerChain<ITransformer> loaded = (TransformerChain<ITransformer>)SaveAndLoad(popularity);
        Assert.IsType<ItemSimilarityTransformer>(Find(loaded.Append(ease), "Score"));
        Assert.Equal(Evaluate(ease), Evaluate(loaded.Append(ease)));
        Assert.Equal(turned, Evaluate(loaded.Append(Negate("Score", "Score", scored))));
        Assert.NotNull(Ml.Model.RestoreLightGcn(loaded.Append(copy)).Transform(Data.Train).Schema.GetColumnOrNull("A"));
        Assert.Equal(Evaluate(popularity), Evaluate(loaded.Append(copy), "A"));

        static ITransformer? Find(ITransformer pipeline, string column)
        {
            ITransformer? withSchema = SavedModels.Find(CatalogEnvironment.GetEnvironment(Ml.Model), pipeline, column, Data.Train.Schema);
            Assert.Equal(withSchema, SavedModels.Find(CatalogEnvironment.GetEnvironment(Ml.Model), pipeline, column));
            return withSchema;
        }
    }

    [Fact]
    public void A_model_of_another_trainer_is_not_taken_for_one_of_ours()
    {
        IDataView rows = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(n => new Numbers { Label = n, Features = [n, 1] }));
        ITransformer foreign = Ml.Regression.Trainers.OnlineGradientDescent().Fit(rows);
        Assert.Contains(nameof(FactorModel), Assert.Throws<ArgumentException>(() => Ml.Model.CreateRecommender(foreign)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_must_be_of_the_models_users_and_items()
    {
        FactorModel small = new(new float[10], new float[40], 1);
        Assert.Contains("user", Assert.ThrowsAny<ArgumentException>(() => Ml.Model.CreateRecommender(small, Data.Train)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.ThrowsAny<ArgumentException>(() => Ml.Model.CreateRecommender(new FactorModel(new float[60], new float[40], 1), Data.TrainRows));
        float[] diverged = new float[40];
        diverged[7] = float.PositiveInfinity;
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => Ml.Model.CreateRecommender(new FactorModel(new float[60], diverged, 1), Data.Train)).Message, StringComparison.Ordinal);
    }

    /// <summary>What a recommender can do; what it can't says so, by the model's name and those of the models that can.</summary>
    private static Can Ask(Recommender recommender, string name)
    {
        Can found = Can.Score;
        ItemSet chosen = recommender.GetItems("i1", "i5");
        Try(Can.KnowNewUsers, () => Assert.Equal(RecommendationSource.FoldIn, recommender.RecommendToNewUser(chosen).Source));
        Try(Can.KnowNewUsers, () => Assert.Equal(RecommendationSource.FoldIn, recommender.Recommend("nobody", new RecommendationOptions { NewUserItems = chosen }).Source));
        Try(Can.CompareItems, () => Assert.DoesNotContain(recommender.SimilarItems("i3"), item => item.Id == "i3"));
        Try(Can.CompareUsers, () => Assert.DoesNotContain(recommender.SimilarUsers("u3"), user => user.Id == "u3"));
        Try(Can.Explain, () => recommender.Explain("u3", "i3"));
        return found;

        void Try(Can what, Action call)
        {
            try
            {
                call();
                found |= what;
            }
            catch (NotSupportedException lack)
            {
                Assert.Contains(name == "MatrixFactorization" ? "FactorModel with a history" : name.Split(' ')[0], lack.Message, StringComparison.Ordinal);
                Assert.Contains("LightGcn", lack.Message, StringComparison.Ordinal);
                Assert.False(found.HasFlag(what), $"{what} works in one call and not in another.");
            }
        }
    }

    private static FactorModel Negated(PopularityModelParameters model) =>
        new(Enumerable.Repeat(-1f, model.UserCount).ToArray(), model.InteractionCounts.ToArray().Select(count => (float)count).ToArray(), 1);

    private static HashSet<string> Seen(string user) => [.. Ml.Data.CreateEnumerable<Taste.Interaction>(Data.TrainRows, false).Where(row => row.UserId == user).Select(row => row.ItemId)];

    /// <summary>Recommenders of a model as it was fitted, loaded, restored, and mapped from a file of its own, with the fitted model's scores.</summary>
    private static (Recommender Recommender, IItemScorer Scorer)[] Recommenders(string name)
    {
        if (name == "MatrixFactorization")
        {
            // What ML.NET's trainer gives: lists of factors, rows before columns.
            Random random = new(1);
            float[] left = [.. Enumerable.Range(0, 60 * 8).Select(_ => random.NextSingle() - 0.5f)], right = [.. Enumerable.Range(0, 40 * 8).Select(_ => random.NextSingle() - 0.5f)];
            FactorModel model = FactorModel.FromMatrixFactorization(left, right, approximationRank: 8, usersAreRows: true);
            return [(Ml.Model.CreateRecommender(model, Data.Train), model)];
        }
        ITransformer transformer = Trainer(name).Fit(Data.Train), loaded = SaveAndLoad(new TransformerChain<ITransformer>(Data.Keys, transformer));
        IItemScorer scorer = transformer switch
        {
            LightGcnTransformer lightGcn => lightGcn.Model,
            PopularityTransformer popularity => popularity.Model,
            ItemSimilarityTransformer similarity => similarity.Model,
            _ => ((GraphFilterTransformer)transformer).Model,
        };
        ITransformer[] forms = [transformer, loaded, Ml.Model.RestoreLightGcn(loaded), SaveAndMap(transformer, ModelVerification.InBackground), SaveAndMap(loaded, ModelVerification.BeforeUse)];
        return [.. forms.Select(form => (Ml.Model.CreateRecommender(form), scorer))];
    }

    private static IEstimator<ITransformer> Trainer(string name) => name switch
    {
        "LightGcn" => Ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()),
        "Popularity" => Ml.Ranking.Trainers.Popularity(),
        "ItemKnn" => Ml.Ranking.Trainers.ItemKnn(),
        "Ease" => Ml.Ranking.Trainers.Ease(regularization: 10),
        "Slim" => Ml.Ranking.Trainers.Slim(neighbourCount: 10),
        "GraphFilter" => Ml.Ranking.Trainers.GraphFilter(),
        "GraphFilter with a low-pass part" => Ml.Ranking.Trainers.GraphFilter(lowPassDimension: 8),
        _ => Ml.Ranking.Trainers.BprMatrixFactorization(embeddingDimension: 8, epochCount: 2),
    };

    private static ITransformer SaveAndLoad(ITransformer model)
    {
        using MemoryStream stream = new();
        Ml.Model.Save(model, Data.TrainRows.Schema, stream);
        stream.Position = 0;
        return Ml.Model.Load(stream, out _);
    }

    private static ITransformer SaveAndMap(ITransformer model, ModelVerification verification)
    {
        string folder = Directory.CreateTempSubdirectory("mapped").FullName, path = Path.Combine(folder, "model.safetensors");
        Ml.Model.SaveRecommendationModel(model, path);
        ITransformer mapped = Ml.Model.LoadRecommendationModel(path, verification);
        // A file that is open can be deleted but on Windows.
        if (!OperatingSystem.IsWindows())
            Directory.Delete(folder, recursive: true);
        return mapped;
    }

    private sealed class Numbers
    {
        public float Label { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
