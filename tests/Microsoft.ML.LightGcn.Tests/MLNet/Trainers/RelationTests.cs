using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>Training with relations, from data views to scores: planted tastes, items that nobody chose, and what is refused.</summary>
public sealed class RelationTests
{
    private const int Users = 64, ColdUsers = 4, Items = 44, ColdItems = 4;

    private readonly MLContext _ml = new(1);
    private readonly List<string> _log = [];
    private readonly IDataView _train;

    public RelationTests()
    {
        _ml.Log += (_, e) =>
        {
            if (e.Kind is ChannelMessageKind.Info or ChannelMessageKind.Warning)
                _log.Add(e.RawMessage);
        };
        Random random = new(2);
        List<Row> rows = [];
        for (int user = 0; user < Users - ColdUsers; user++)
        {
            HashSet<int> own = [];
            while (own.Count < 8)
            {
                int item = random.Next(Items - ColdItems);
                if (random.Next(10) > 0)
                    item = item / Taste.Groups * Taste.Groups + user % Taste.Groups;
                if (own.Add(item))
                    rows.Add(new Row { UserId = user, ItemId = $"i{item}", Stars = 1 + item % 5 });
            }
        }
        IDataView catalogue = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Users).Select(n => new Row { UserId = n, ItemId = $"i{n % Items}" }));
        _train = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Fit(catalogue).Transform(_ml.Data.LoadFromEnumerable(rows));
    }

    [Fact]
    public void Items_that_nobody_chose_score_by_what_they_are()
    {
        LightGcnTransformer fitted = _ml.Ranking.Trainers.LightGcn(Options(Kinds())).Fit(_train);
        LightGcnModelParameters without = Fit(), with = fitted.Model;
        Recommender recommender = _ml.Model.CreateRecommender(fitted);
        for (int item = Items - ColdItems; item < Items; item++)
        {
            (double own, double others) = MeanScores(with, item);
            AssertFavoured(own, others);
            // It is recommended to those who like its kind, and is alike to its kind.
            int user = item % Taste.Groups;
            int[] list = [.. recommender.Recommend(new Key((uint)user + 1), new RecommendationOptions { Count = 5, ExcludeSeen = true }).Items.Select(found => (int)found.Key.Value - 1)];
            Assert.Contains(item, list);
            Assert.All(recommender.SimilarItems(new Key((uint)item + 1), new RecommendationOptions { Count = 5 }).Select(found => (int)found.Key.Value - 1), other => Assert.Equal(user, other % Taste.Groups));
            Assert.Equal([$"kind {user}"], recommender.Explain(new Key((uint)user + 1), new Key((uint)item + 1)).ItemAttributes.Select(reason => reason.Name));
            Assert.Equal((double.NaN, double.NaN), MeanScores(without, item));
        }
        Assert.Contains(_log, line => line == "Relation 'kinds', strength 1: 44 edges with weights of 44 of 44 items and 4 attributes. Of 46 rows added 1 to equal ones and skipped 1 (0 with a missing id, 1 with an unknown one, 0 from an item to itself).");
    }

    [Fact]
    public void Fellow_items_and_user_attributes_carry_tastes_too()
    {
        GraphRelation fellows = GraphRelation.ItemItem("fellows", View(Enumerable.Range(Items - ColdItems, ColdItems).SelectMany(item => Enumerable.Range(1, 3).Select(n => new Pair { Item = $"i{item}", OtherItem = $"i{item - n * Taste.Groups}", Weight = n }))), weightColumnName: "Weight");
        LightGcnModelParameters model = Fit(fellows);
        for (int item = Items - ColdItems; item < Items; item++)
        {
            (double own, double others) = MeanScores(model, item);
            AssertFavoured(own, others);
        }
        GraphRelation clubs = GraphRelation.UserAttribute("clubs", View(Enumerable.Range(0, Users).Select(user => new Club { User = user, Attribute = $"club {user % Taste.Groups}" })), strength: 20);
        LightGcnModelParameters withClubs = Fit(clubs);
        for (int user = Users - ColdUsers; user < Users; user++)
        {
            int[] items = [.. Enumerable.Range(0, Items - ColdItems)];
            AssertFavoured(
                items.Where(item => item % Taste.Groups == user % Taste.Groups).Average(item => withClubs.Score(user, item)),
                items.Where(item => item % Taste.Groups != user % Taste.Groups).Average(item => withClubs.Score(user, item)));
        }
    }

    [Fact]
    public void Ids_match_by_value_whatever_their_type()
    {
        // The same edges: items as text, and as keys in another order; attributes as text, and as numbers.
        IDataView text = View(Enumerable.Range(0, Items).Select(item => new Tag { Item = $"i{item}", Attribute = $"{item % 3}" }));
        IDataView keys = _ml.Transforms.Conversion.MapValueToKey("Item").Fit(View(Enumerable.Range(0, Items).Reverse().Select(item => new Tag { Item = $"i{item}" }))).Transform(
            View(Enumerable.Range(0, Items).Select(item => new NumberedTag { Item = $"i{item}", Attribute = item % 3 })));
        Assert.Equal(Bits(Fit(GraphRelation.ItemAttribute("tags", text))), Bits(Fit(GraphRelation.ItemAttribute("tags", keys))));
    }

    [Fact]
    public void Weights_are_relative_and_strength_is_not()
    {
        float[] one = Bits(Fit(Weighted(1, 1))), doubled = Bits(Fit(Weighted(2, 1))), stronger = Bits(Fit(Weighted(1, 2)));
        Assert.Equal(one, doubled);
        Assert.NotEqual(one, stronger);
        LightGcnTrainer.Options weighted = Options();
        weighted.InteractionWeightColumnName = "Stars";
        Assert.NotEqual(Bits(Fit()), Bits(_ml.Ranking.Trainers.LightGcn(weighted).Fit(_train).Model));

        GraphRelation Weighted(float factor, float strength) => GraphRelation.ItemAttribute("tags", View(Enumerable.Range(0, Items).Select(item => new Tag { Item = $"i{item}", Attribute = $"{item % 3}", Weight = factor * (1 + item % 4) })), weightColumnName: "Weight", strength: strength);
    }

    [Fact]
    public void Weights_of_a_relation_too_far_apart_name_column_and_rows()
    {
        GraphRelation tags = GraphRelation.ItemAttribute(
            "tags", View(Enumerable.Range(0, Items).Select(item => new Tag { Item = $"i{item}", Attribute = $"{item % 3}", Weight = item == 2 ? 1e-20f : item == 5 ? 3 : 1 })),
            weightColumnName: "Weight");
        Assert.Equal(
            "Weight column 'Weight' of relation 'tags': expected finite sums of at least 1E-12 times their mean over all edges, "
            + "found weights from 1E-20 in row 2 to 3 in row 5 (counted from 0). Lower the greatest weights or raise the least.",
            Assert.Throws<ArgumentException>(() => Fit(tags)).Message);
    }

    [Fact]
    public void Continuing_reaches_items_that_the_model_had_nothing_of()
    {
        // Without relations nobody's items are zero rows in the model; they are in its vocabulary all the same.
        LightGcnTransformer continued = _ml.Ranking.Trainers.LightGcn(Options(Kinds())).Fit(_train, Fit());
        Assert.Contains(_log, line => line == "Continuing with 60 of 64 users and 40 of 44 items from the model, and 0 of 4 attributes.");
        for (int item = Items - ColdItems; item < Items; item++)
        {
            (double own, double others) = MeanScores(continued.Model, item);
            AssertFavoured(own, others);
            Assert.True(continued.Model.BaseItemEmbeddings.Slice(item * continued.Model.EmbeddingDimension, continued.Model.EmbeddingDimension).ContainsAnyExcept(0f));
        }
    }

    [Fact]
    public void A_model_that_knows_attributes_but_no_user_and_no_item_is_no_start()
    {
        IDataView other = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Fit(_ml.Data.LoadFromEnumerable([new Row { UserId = 1000, ItemId = "x" }, new Row { UserId = 1001, ItemId = "x" }])).Transform(_ml.Data.LoadFromEnumerable([new Row { UserId = 1000, ItemId = "x" }, new Row { UserId = 1001, ItemId = "x" }]));
        LightGcnModelParameters stranger = _ml.Ranking.Trainers.LightGcn(Options(GraphRelation.ItemAttribute("kinds", View([new Tag { Item = "x", Attribute = "kind 0" }])))).Fit(other).Model;
        Assert.Equal(Bits(Fit(Kinds())), Bits(_ml.Ranking.Trainers.LightGcn(Options(Kinds())).Fit(_train, stranger).Model));
        Assert.Contains(_log, line => line.StartsWith("The model to continue from knows none", StringComparison.Ordinal));
    }

    [Fact]
    public void The_order_of_new_items_makes_no_difference_to_their_start()
    {
        // Two items that nobody chose: one is a fellow of a chosen item, the other a fellow of that one alone. Whichever comes first in the catalogue.
        int dimension = Taste.QuickOptions().EmbeddingDimension;
        float[] Chain(int near, int far)
        {
            LightGcnTrainer.Options options = Options(GraphRelation.ItemItem("fellows", View([new Pair { Item = $"i{near}", OtherItem = "i0" }, new Pair { Item = $"i{far}", OtherItem = $"i{near}" }])));
            // No step to speak of.
            options.LearningRate = 1e-20f;
            LightGcnModelParameters model = _ml.Ranking.Trainers.LightGcn(options).Fit(_train).Model;
            return [.. model.BaseItemEmbeddings.Slice(near * dimension, dimension), .. model.BaseItemEmbeddings.Slice(far * dimension, dimension)];
        }

        float[] forwards = Chain(Items - 2, Items - 1), backwards = Chain(Items - 1, Items - 2);
        Assert.Equal(forwards, backwards);
        Assert.True(forwards.AsSpan(0, dimension).ContainsAnyExcept(0f));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void The_number_of_threads_and_the_way_of_running_make_no_difference(int threads)
    {
        string folder = Path.Combine(Directory.CreateTempSubdirectory("relations").FullName, "run");
        float[] expected = Bits(Fit(Kinds()));
        LightGcnTrainer.Options options = Options(Kinds());
        options.NumberOfThreads = threads;
        options.Checkpoints = new TrainingCheckpoints(folder) { EpochInterval = 1 };
        using CancellationTokenSource source = new();
        options.CancellationToken = source.Token;
        options.Progress = new AtEpoch(2, source.Cancel);
        Assert.Throws<OperationCanceledException>(() => _ml.Ranking.Trainers.LightGcn(options).Fit(_train));
        options.CancellationToken = default;
        options.Progress = null;
        // Other edges are another run.
        LightGcnTrainer.Options other = Options(GraphRelation.ItemAttribute("kinds", View([new Tag { Item = "i1", Attribute = "x" }])));
        other.Checkpoints = options.Checkpoints;
        Assert.Contains("relation 1", Assert.Throws<InvalidOperationException>(() => _ml.Ranking.Trainers.LightGcn(other).Fit(_train)).Message, StringComparison.Ordinal);
        Assert.Equal(expected, Bits(_ml.Ranking.Trainers.LightGcn(options).Fit(_train).Model));
        Assert.Contains(_log, line => line.StartsWith("Resuming", StringComparison.Ordinal));
        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    [Fact]
    public void Bad_relations_are_refused_by_name()
    {
        IDataView tags = View([new Tag { Item = "i1", Attribute = "x", Weight = 1 }]);
        Refused<ArgumentException>("relation 'tags'", "'Nothing'", GraphRelation.ItemAttribute("tags", tags, itemColumnName: "Nothing"));
        Refused<ArgumentException>("relation 'tags'", "weight column 'Item'", GraphRelation.ItemAttribute("tags", tags, weightColumnName: "Item"));
        Refused<ArgumentException>("Relation 'tags'", "found none in 1 rows", GraphRelation.ItemAttribute("tags", View([new Tag { Item = "nobody", Attribute = "x" }])));
        Refused<InvalidOperationException>("relation 'tags'", "is -1 in row 1 (counted from 0)", GraphRelation.ItemAttribute("tags", View([new Tag { Item = "i1", Attribute = "x", Weight = 1 }, new Tag { Item = "i2", Attribute = "x", Weight = -1 }]), weightColumnName: "Weight"));
        Refused<ArgumentException>("Relations[1]", "'tags' once more", GraphRelation.ItemAttribute("tags", tags), GraphRelation.ItemAttribute("tags", tags));
        Assert.Contains("'tags'", Assert.Throws<ArgumentOutOfRangeException>(() => GraphRelation.ItemAttribute("tags", tags, strength: 0)).Message, StringComparison.Ordinal);
        ArgumentException unnamed = Assert.Throws<ArgumentException>(() => GraphRelation.ItemAttribute("tags", tags, attributeColumnName: ""));
        Assert.Equal(("attributeColumnName", true), (unnamed.ParamName, unnamed.Message.StartsWith("Relation 'tags': expected the name of a column", StringComparison.Ordinal)));
        Assert.Equal("weightColumnName", Assert.Throws<ArgumentException>(() => GraphRelation.ItemItem("tags", tags, weightColumnName: "")).ParamName);

        void Refused<T>(string owner, string what, params GraphRelation[] relations)
            where T : Exception
        {
            Exception error = Assert.ThrowsAny<T>(() => Fit(relations));
            Assert.Contains(owner, error.Message, StringComparison.Ordinal);
            Assert.Contains(what, error.Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Keys_that_do_not_match_are_refused_with_what_to_do()
    {
        IDataView named = _ml.Transforms.Conversion.MapValueToKey("Item").Fit(View([new Tag { Item = "i1" }])).Transform(View([new Tag { Item = "i1", Attribute = "x" }]));
        IDataView bare = KeyRows.Create(_ml, 3, 3, [(0, 0), (1, 1), (2, 2)]);
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => _ml.Ranking.Trainers.LightGcn(Options(GraphRelation.ItemAttribute("tags", named))).Fit(bare));
        Assert.EndsWith("expected keys without key values, as the training data's are, found keys with key values. Map both with the same MapValueToKey, or give the numbers of the training data's keys, counted from 0.", error.Message, StringComparison.Ordinal);
        error = Assert.ThrowsAny<ArgumentException>(() => Fit(GraphRelation.ItemAttribute("tags", bare, attributeColumnName: "User")));
        Assert.EndsWith("expected keys with key values, as the training data's are, found keys without key values. Map both with the same MapValueToKey, or give the ids as text or numbers.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Every item's group, one of them twice, and a row of an item that is not in the catalogue.</summary>
    private GraphRelation Kinds() => GraphRelation.ItemAttribute("kinds", View(Enumerable.Range(0, Items).Append(0).Append(999).Select(item => new Tag { Item = $"i{item}", Attribute = $"kind {item % Taste.Groups}" })));

    private static void AssertFavoured(double own, double others) => Assert.True(own > 0 && own > 3 * others, $"{own} within the group, {others} outside");

    /// <summary>An item's mean score for users of its group, and for the others.</summary>
    private static (double Own, double Others) MeanScores(LightGcnModelParameters model, int item)
    {
        // Keys are in order of appearance in the catalogue, so that an item's index is its number.
        ILookup<bool, float> scores = Enumerable.Range(0, Users - ColdUsers).ToLookup(user => user % Taste.Groups == item % Taste.Groups, user => model.Score(user, item));
        return (scores[true].Average(), scores[false].Average());
    }

    private LightGcnTrainer.Options Options(params GraphRelation[] relations)
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Relations = relations;
        return options;
    }

    private LightGcnModelParameters Fit(params GraphRelation[] relations) => _ml.Ranking.Trainers.LightGcn(Options(relations)).Fit(_train).Model;

    private IDataView View<T>(IEnumerable<T> rows)
        where T : class => _ml.Data.LoadFromEnumerable(rows.ToArray());

    private static float[] Bits(LightGcnModelParameters model) => [.. model.UserEmbeddings, .. model.ItemEmbeddings, .. model.BaseUserEmbeddings, .. model.BaseItemEmbeddings];

    private sealed class AtEpoch(int epoch, Action action) : IProgress<TrainingEpoch>
    {
        public void Report(TrainingEpoch value)
        {
            if (value.Epoch == epoch)
                action();
        }
    }

    private sealed class Row
    {
        public int UserId { get; set; }

        public string ItemId { get; set; } = "";

        public float Stars { get; set; }
    }

    private sealed class Tag
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class NumberedTag
    {
        public string Item { get; set; } = "";

        public int Attribute { get; set; }
    }

    private sealed class Pair
    {
        public string Item { get; set; } = "";

        public string OtherItem { get; set; } = "";

        public float Weight { get; set; }
    }

    private sealed class Club
    {
        public int User { get; set; }

        public string Attribute { get; set; } = "";
    }
}
