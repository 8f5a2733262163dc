// What compiles here is part of the surface, so that nothing is added to the lines.
#pragma warning disable xUnit1051
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

/// <summary>Keys without key values: the ids are the numbers that the caller wrote, on every way; where nobody wrote any, there are none.</summary>
public sealed class KeyNumberTests : IDisposable
{
    private const int Users = 40, Items = 30;

    private static readonly MLContext Ml = new(1);
    private static readonly BipartiteGraph Graph = TestGraphs.Random(Users, Items, 300, seed: 5);

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Ways()
    {
        TheoryData<string, string> ways = [];
        foreach (string data in new[] { "memory", "text", "cache", "filtered", "split", "copied" })
        {
            foreach (string model in new[] { "LightGcn", "ItemKnn", "Popularity" })
                ways.Add(data, model);
        }
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Ids_are_the_numbers_that_were_written(string way, string name)
    {
        IDataView data = Data(way);
        ITransformer fitted = Fit(name, data), loaded = Reload(fitted, data.Schema);
        foreach (Recommender recommender in new[] { Ml.Model.CreateRecommender(fitted), Ml.Model.CreateRecommender(loaded) })
        {
            for (int user = 0; user < Users; user++)
            {
                int[] seen = Graph.ItemsOf(user).ToArray();
                if (seen.Length == 0)
                    continue;
                Recommendations found = recommender.Recommend(user);
                Assert.Equal(RecommendationSource.KnownUser, found.Source);
                Assert.Equal(recommender.Recommend(new Key((uint)user + 1)).Items, found.Items);
                Assert.Equal(recommender.Recommend(user.ToString(CultureInfo.InvariantCulture)).Items, found.Items);
                Assert.All(found.Items, item => Assert.Equal((int)item.Key.Value - 1, Number(item.Id)));
                Assert.Empty(found.Items.Select(item => Number(item.Id)).Intersect(seen));
                Assert.True(recommender.TryGetUserKey(user, out Key key));
                Assert.Equal((uint)user + 1, key.Value);
                Assert.Equal(user, Number(recommender.GetUserId(key)));
                if (name != "Popularity")
                    Assert.Equal(seen, recommender.Explain(user, found.Items[0].Id).History.Select(part => Number(part.Id)).Order());
            }
            Assert.False(recommender.TryGetUserKey(Users, out _));
            Assert.Equal(recommender.GetItems(0, 7).Count, recommender.GetItems(new Key(1), new Key(8)).Count);

            string path = Path.Combine(_folder, "all.csv");
            recommender.SaveRecommendationsAsCsv(path, new() { Count = 3 });
            foreach (string[] row in File.ReadLines(path).Skip(1).Select(line => line.Split(',')))
                Assert.DoesNotContain(Number(row[1]), Graph.ItemsOf(Number(row[0])).ToArray());
            IDataView all = Ml.Transforms.Conversion.MapKeyToValue("User").Append(Ml.Transforms.Conversion.MapKeyToValue("RecommendedItems")).Fit(recommender.RecommendToAll()).Transform(recommender.RecommendToAll());
            Assert.Equal(Enumerable.Range(0, Users), all.GetColumn<string>("User").Select(Number));
            Assert.Equal(
                recommender.Recommend(5).Items.Select(item => item.Id),
                all.GetColumn<VBuffer<ReadOnlyMemory<char>>>("RecommendedItems").ElementAt(5).DenseValues().Select(id => id.ToString()));
        }
    }

    [Fact]
    public void Exports_and_relations_go_by_the_numbers_that_were_written()
    {
        IDataView tags = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, Items).Select(item => new Tagged { Item = item, Attribute = $"tag {item}" }));
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Relations = [GraphRelation.ItemAttribute("tags", tags)];
        LightGcnTransformer fitted = Ml.Ranking.Trainers.LightGcn(options).Fit(Data("memory"));
        Ml.Model.SaveEmbeddingsAsCsv(fitted, _folder);
        Assert.Equal(Enumerable.Range(0, Users), File.ReadLines(Path.Combine(_folder, "users.csv")).Skip(1).Select(line => Number(line.Split(',')[0])));
        Recommender recommender = Ml.Model.CreateRecommender(fitted);
        int user = Enumerable.Range(0, Users).First(candidate => Graph.ItemsOf(candidate).Length > 2);
        Assert.Equal("tag 7", Assert.Single(recommender.Explain(user, 7).ItemAttributes).Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hashes_are_asked_for_by_key_and_by_nothing_else(bool behindACache)
    {
        IDataView rows = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Numbered { UserId = pair.User, ItemId = pair.Item }));
        IDataView hashed = Ml.Transforms.Conversion.Hash("User", "UserId", numberOfBits: 12).Append(Ml.Transforms.Conversion.Hash("Item", "ItemId", numberOfBits: 10)).Fit(rows).Transform(rows);
        if (behindACache)
            hashed = Ml.Data.Cache(hashed);
        ITransformer fitted = Fit("LightGcn", hashed);
        foreach (ITransformer model in new[] { fitted, Reload(fitted, hashed.Schema) })
        {
            Recommender recommender = Ml.Model.CreateRecommender(model);
            foreach (Action ask in new Action[] { () => recommender.Recommend(5), () => recommender.Recommend("5"), () => recommender.GetItems(1), () => recommender.SimilarItems(3L), () => recommender.TryGetUserKey(1, out _), () => recommender.RecommendMany([1]) })
                Assert.Contains("new Key(", Assert.ThrowsAny<ArgumentException>(ask).Message, StringComparison.Ordinal);
            uint known = hashed.GetColumn<uint>("User").First();
            Recommendations found = recommender.Recommend(new Key(known));
            Assert.Equal(RecommendationSource.KnownUser, found.Source);
            Assert.All(found.Items, item => Assert.NotEmpty(item.Id));
            string path = Path.Combine(_folder, "all.csv");
            recommender.SaveRecommendationsAsCsv(path);
            string[][] lines = [.. File.ReadLines(path).Skip(1).Select(line => line.Split(','))];
            Assert.All(lines, line => Assert.All(line[..2], Assert.NotEmpty));
            // The slots of no user are not listed.
            Assert.Equal(hashed.GetColumn<uint>("User").Distinct().Count(), lines.Select(line => line[0]).Distinct().Count());
            Assert.Throws<NotSupportedException>(() => Ml.Model.GetUserKeyData(model));
        }
    }

    [Fact]
    public void Hashes_with_key_values_go_by_those()
    {
        IDataView rows = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Numbered { UserId = pair.User, ItemId = pair.Item }));
        IDataView hashed = Ml.Transforms.Conversion.Hash("User", "UserId", numberOfBits: 14, maximumNumberOfInverts: 1)
            .Append(Ml.Transforms.Conversion.Hash("Item", "ItemId", numberOfBits: 14, maximumNumberOfInverts: 1)).Fit(rows).Transform(rows);
        Recommender recommender = Ml.Model.CreateRecommender(Fit("ItemKnn", hashed));
        int user = Pairs().First().User;
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(user.ToString(CultureInfo.InvariantCulture)).Source);
        string path = Path.Combine(_folder, "all.csv");
        recommender.SaveRecommendationsAsCsv(path);
        Assert.Equal(
            Pairs().Select(pair => pair.User).Distinct().Order(),
            File.ReadLines(path).Skip(1).Select(line => Number(line.Split(',')[0])).Distinct().Order());
    }

    [Fact]
    public void Attributes_that_are_keys_are_named_by_their_numbers()
    {
        IDataView tags = KeyRows.Create(Ml, 4, Items, Enumerable.Range(0, Items).Select(item => (item % 4, item)));
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Relations = [GraphRelation.ItemAttribute("groups", tags, "Item", "User")];
        Recommender recommender = Ml.Model.CreateRecommender(Ml.Ranking.Trainers.LightGcn(options).Fit(Data("memory")));
        int user = Enumerable.Range(0, Users).First(candidate => Graph.ItemsOf(candidate).Length > 2);
        Assert.Equal("2", Assert.Single(recommender.Explain(user, 6).ItemAttributes).Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Numbers_that_go_through_a_map_are_still_the_numbers(bool asBytes)
    {
        IDataView data = Data("memory");
        if (asBytes)
            data = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Narrow { User = (byte)pair.User, Item = (byte)pair.Item }));
        IDataView mapped = Ml.Transforms.Conversion.MapValueToKey("User").Append(Ml.Transforms.Conversion.MapValueToKey("Item")).Fit(data).Transform(data);
        Recommender recommender = Ml.Model.CreateRecommender(Fit("ItemKnn", mapped));
        foreach (int user in Pairs().Select(pair => pair.User).Distinct())
        {
            Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(user).Source);
            Assert.Empty(recommender.Recommend(user).Items.Select(item => Number(item.Id)).Intersect(Graph.ItemsOf(user).ToArray()));
            Assert.Equal(Graph.ItemsOf(user).ToArray(), recommender.Explain(user, recommender.Recommend(user).Items[0].Id).History.Select(part => Number(part.Id)).Order());
        }
    }

    [Fact]
    public void Hashes_are_no_numbers_and_numbers_no_hashes()
    {
        IDataView numbers = Data("memory");
        IDataView rows = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Numbered { UserId = pair.User, ItemId = pair.Item }));
        IDataView hashed = Ml.Transforms.Conversion.Hash("User", "UserId", numberOfBits: 5).Append(Ml.Transforms.Conversion.Hash("Item", "ItemId", numberOfBits: 5)).Fit(rows).Transform(rows);
        ITransformer model = Fit("ItemKnn", numbers);
        foreach (Action meet in new Action[] { () => model.Transform(hashed), () => Ml.Ranking.EvaluateTopN(model, hashed), () => Fit("ItemKnn", hashed).Transform(numbers), () => Ml.Transforms.RecommendItems(Ml.Model.CreateRecommender(model)).Fit(hashed) })
            Assert.Contains("hashes or the like", Assert.Throws<ArgumentOutOfRangeException>(meet).Message, StringComparison.Ordinal);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Relations = [GraphRelation.ItemAttribute("tags", hashed, "Item", "UserId")];
        Assert.Contains("hashes or the like", Assert.Throws<ArgumentException>(() => Ml.Ranking.Trainers.LightGcn(options).Fit(numbers)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_that_has_met_more_ids_since_is_the_same_hash()
    {
        IDataView rows = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Numbered { UserId = pair.User, ItemId = pair.Item }));
        IEstimator<ITransformer> hash = Ml.Transforms.Conversion.Hash("User", "UserId", numberOfBits: 14, maximumNumberOfInverts: 1)
            .Append(Ml.Transforms.Conversion.Hash("Item", "ItemId", numberOfBits: 14, maximumNumberOfInverts: 1));
        IDataView few = hash.Fit(Ml.Data.TakeRows(rows, 50)).Transform(rows), all = hash.Fit(rows).Transform(rows);
        ITransformer model = Fit("ItemKnn", few);
        Assert.Equal(model.Transform(few).GetColumn<float>("Score"), model.Transform(all).GetColumn<float>("Score"));
        // Users whom the hash had not met have no id, and none of another's.
        string path = Path.Combine(_folder, "all.csv");
        Ml.Model.CreateRecommender(model).SaveRecommendationsAsCsv(path);
        string[][] lines = [.. File.ReadLines(path).Skip(1).Select(line => line.Split(','))];
        Assert.All(lines, line => Assert.All(line[..2], Assert.NotEmpty));
        HashSet<int> met = [.. Pairs().Take(50).Select(pair => pair.User)];
        Assert.All(lines, line => Assert.Contains(Number(line[0]), met));
        Assert.All(lines.GroupBy(line => line[0]), user => Assert.Equal(user.Count(), user.Select(line => line[1]).Distinct().Count()));
    }

    private IDataView Data(string way)
    {
        IDataView memory = Ml.Data.LoadFromEnumerable(Pairs().Select(pair => new Keyed { User = (uint)pair.User, Item = (uint)pair.Item }));
        switch (way)
        {
            case "memory":
                return memory;
            case "text":
                string path = Path.Combine(_folder, "rows.txt");
                File.WriteAllLines(path, Pairs().Select(pair => $"{pair.User}\t{pair.Item}"));
                return Ml.Data.CreateTextLoader(
                    [
                        new TextLoader.Column("User", DataKind.UInt32, [new TextLoader.Range(0)], new KeyCount(Users)),
                        new TextLoader.Column("Item", DataKind.UInt32, [new TextLoader.Range(1)], new KeyCount(Items)),
                    ]).Load(path);
            case "cache":
                return Ml.Data.Cache(memory);
            case "filtered":
                return Ml.Data.FilterByMinimumCount(memory, "User", "Item", 1, 1);
            case "split":
                return Ml.Data.RatioSplit(memory, validationFraction: 0, testFraction: 0).Train;
            default:
                IDataView named = Ml.Transforms.CopyColumns("A", "User").Append(Ml.Transforms.CopyColumns("B", "Item")).Append(Ml.Transforms.DropColumns("User", "Item")).Fit(memory).Transform(memory);
                return Ml.Transforms.CopyColumns("User", "A").Append(Ml.Transforms.CopyColumns("Item", "B")).Fit(named).Transform(named);
        }
    }

    private static IEnumerable<(int User, int Item)> Pairs()
    {
        for (int user = 0; user < Users; user++)
        {
            foreach (int item in Graph.ItemsOf(user).ToArray())
                yield return (user, item);
        }
    }

    private static ITransformer Fit(string name, IDataView data) => name switch
    {
        "LightGcn" => Ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()).Fit(data),
        "ItemKnn" => Ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(data),
        _ => Ml.Ranking.Trainers.Popularity("User", "Item").Fit(data),
    };

    private static ITransformer Reload(ITransformer model, DataViewSchema schema)
    {
        using MemoryStream stream = new();
        Ml.Model.Save(model, schema, stream);
        stream.Position = 0;
        return Ml.Model.Load(stream, out _);
    }

    private static int Number(string id) => int.Parse(id, CultureInfo.InvariantCulture);

    private sealed class Keyed
    {
        [KeyType(Users)]
        public uint User { get; set; }

        [KeyType(Items)]
        public uint Item { get; set; }
    }

    private sealed class Narrow
    {
        [KeyType(Users)]
        public byte User { get; set; }

        [KeyType(Items)]
        public byte Item { get; set; }
    }

    private sealed class Numbered
    {
        public int UserId { get; set; }

        public int ItemId { get; set; }
    }

    private sealed class Tagged
    {
        public int Item { get; set; }

        public string Attribute { get; set; } = "";
    }
}
