using System.Text.Json;
using GoodBooks;
using LightGcn.Examples;
using LightGcn.Testing;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Microsoft.ML.OnnxRuntime;

namespace GoodBooks.Tests;

/// <summary>A model as an ONNX file, run by ONNX Runtime, against the recommender.</summary>
public sealed class OnnxTests
{
    private const int Count = 10;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_recommends_as_the_recommender_does(bool withNeighbourhood)
    {
        MLContext ml = new(seed: 1);
        using TempFolder folder = new();
        (LightGcnTransformer model, string newUsers, string users) = Save(ml, folder, withNeighbourhood);
        Recommender recommender = ml.Model.CreateRecommender(model);
        using InferenceSession forItems = new(newUsers), forUser = new(users);

        foreach (uint key in Readers(recommender))
        {
            AssertSame(recommender.Recommend(new Key(key)), Run(forUser, "user", [key - 1]));
            long[] chosen = Chosen(model, key);
            // In any order, and one twice.
            AssertSame(RecommendToNewUser(recommender, chosen), Run(forItems, "items", [.. chosen.Reverse(), chosen[0]]));
        }

        // More than there are: what is seen stands at the end, with no score.
        (long[] all, float[] scores) = Run(forItems, "items", [0], recommender.ItemCount + 5);
        Assert.Equal(recommender.ItemCount, all.Length);
        Assert.Equal(float.NegativeInfinity, scores[^1]);
        string[] ids = JsonSerializer.Deserialize<string[]>(forItems.ModelMetadata.CustomMetadataMap["item_ids"])!;
        Assert.Equal(recommender.GetItemId(new Key(1)), ids[0]);
        Assert.Equal(recommender.ItemCount, ids.Length);
        Assert.Equal(recommender.UserCount, JsonSerializer.Deserialize<string[]>(forUser.ModelMetadata.CustomMetadataMap["user_ids"])!.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_Node_it_does_too(bool withNeighbourhood)
    {
        NodePackages.FolderOrSkip("onnxruntime-node");
        MLContext ml = new(seed: 1);
        using TempFolder folder = new();
        (LightGcnTransformer model, string newUsers, string users) = Save(ml, folder, withNeighbourhood);
        Recommender recommender = ml.Model.CreateRecommender(model);
        uint[] readers = [.. Readers(recommender)];
        (long[] Items, float[] Scores)[] forUsers = await RunInNodeAsync(users, "user", [.. readers.Select(key => new long[] { key - 1 })]);
        (long[] Items, float[] Scores)[] forNewUsers = await RunInNodeAsync(newUsers, "items", [.. readers.Select(key => Chosen(model, key))]);
        Assert.Equal((readers.Length, readers.Length), (forUsers.Length, forNewUsers.Length));
        for (int n = 0; n < readers.Length; n++)
        {
            AssertSame(recommender.Recommend(new Key(readers[n])), forUsers[n]);
            AssertSame(RecommendToNewUser(recommender, Chosen(model, readers[n])), forNewUsers[n]);
        }
    }

    [Fact]
    public void What_can_not_be_written_is_said()
    {
        MLContext ml = new(seed: 1);
        IDataView keyed = Keyed(ml, Interactions().Take(3000));
        using TempFolder folder = new();
        string file = folder.File("model.onnx");
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 8, EpochCount = 1, KeepHistory = false, Neighbourhood = null };
        InvalidOperationException noHistory = Assert.Throws<InvalidOperationException>(() => ml.Model.SaveAsOnnx(ml.Ranking.Trainers.LightGcn(options).Fit(keyed), file));
        Assert.Contains("KeepHistory", noHistory.Message, StringComparison.Ordinal);
        (options.KeepHistory, options.LayerCount, options.Initialization) = (true, 0, EmbeddingInitialization.Normal());
        LightGcnTransformer flat = ml.Ranking.Trainers.LightGcn(options).Fit(keyed);
        Assert.Contains("LayerCount", Assert.Throws<NotSupportedException>(() => ml.Model.SaveAsOnnx(flat, file)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        ml.Model.SaveAsOnnx(flat, file, OnnxInput.User);
        using InferenceSession session = new(file);
        AssertSame(ml.Model.CreateRecommender(flat).Recommend(new Key(3)), Run(session, "user", [2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ml.Model.SaveAsOnnx(flat, file, (OnnxInput)7));
    }

    /// <summary>Trains a model and writes it, for new users and for known ones.</summary>
    private static (LightGcnTransformer Model, string NewUsers, string Users) Save(MLContext ml, TempFolder folder, bool withNeighbourhood)
    {
        LightGcnTrainer.Options options = new() { EmbeddingDimension = 40, EpochCount = 1, Seed = 2 };
        if (!withNeighbourhood)
            options.Neighbourhood = null;
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(Keyed(ml, Interactions()));
        (string newUsers, string users) = (folder.File("new-users.onnx"), folder.File("users.onnx"));
        ml.Model.SaveAsOnnx(model, newUsers);
        ml.Model.SaveAsOnnx(model, users, OnnxInput.User);
        return (model, newUsers, users);
    }

    /// <summary>The keys of the users whose lists are compared.</summary>
    private static IEnumerable<uint> Readers(Recommender recommender) =>
        Enumerable.Range(1, Math.Min(200, recommender.UserCount)).Select(key => (uint)key);

    /// <summary>One to six items of a user's history, as if a new user had chosen them.</summary>
    private static long[] Chosen(LightGcnTransformer model, uint key) =>
        [.. model.Model.History!.ItemsOf((int)key - 1).ToArray().Take(1 + (int)key % 6).Select(item => (long)item)];

    private static Recommendations RecommendToNewUser(Recommender recommender, long[] chosen) =>
        recommender.RecommendToNewUser(recommender.GetItems(chosen.Select(item => new Key((uint)item + 1))));

    /// <summary>A list for each array of values, by ONNX Runtime for Node.</summary>
    private static async Task<(long[] Items, float[] Scores)[]> RunInNodeAsync(string file, string input, long[][] values)
    {
        string script = Path.Combine(NodePackages.Folder, "recommend.mjs");
        string output = await NodePackages.RunOrSkipAsync([script, file, input, $"{Count}"], JsonSerializer.Serialize(values));
        using JsonDocument lists = JsonDocument.Parse(output);
        return [.. lists.RootElement.EnumerateArray().Select(list => (
            list.GetProperty("items").Deserialize<long[]>()!, list.GetProperty("scores").Deserialize<float[]>()!))];
    }

    private static (long[] Items, float[] Scores) Run(InferenceSession session, string input, long[] values, int count = Count)
    {
        using OrtValue given = OrtValue.CreateTensorValueFromMemory(values, [values.Length]), wanted = OrtValue.CreateTensorValueFromMemory((long[])[count], [1]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> found = session.Run(options, [input, "count"], [given, wanted], ["recommended", "scores"]);
        return (found[0].GetTensorDataAsSpan<long>().ToArray(), found[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static void AssertSame(Recommendations expected, (long[] Items, float[] Scores) found)
    {
        Assert.NotEqual(RecommendationSource.Popularity, expected.Source);
        int count = expected.Items.Count;
        Assert.True(count > 0);
        for (int n = 0; n < count; n++)
        {
            float score = expected.Items[n].Score;
            Assert.Equal(score, found.Scores[n], 1e-5f * Math.Max(1, Math.Abs(score)));
            // Scores nearer than rounding may change places.
            bool isTied = (n > 0 && expected.Items[n - 1].Score - score < 1e-5f) || n == count - 1 || score - expected.Items[n + 1].Score < 1e-5f;
            if (!isTied)
                Assert.Equal(expected.Items[n].Key.Value, (uint)found.Items[n] + 1);
        }
    }

    private static IDataView Keyed(MLContext ml, IEnumerable<Interaction> interactions)
    {
        IDataView rows = ml.Data.LoadFromEnumerable(interactions);
        return ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "BookId")).Fit(rows).Transform(rows);
    }

    /// <summary>The choices of every twelfth reader of GoodBooks where it is at hand, and made-up ones where not.</summary>
    private static IEnumerable<Interaction> Interactions()
    {
        using TempFolder madeUp = new();
        string? folder = RealGoodBooks.FolderOrNull();
        int step = folder is null ? 1 : 12;
        if (folder is null)
            SyntheticGoodBooks.Write(folder = madeUp.Path);
        GoodBooksPositives positives = GoodBooksFiles.Read(folder).Positives(4);
        return [.. Enumerable.Range(0, positives.Count).Where(n => positives[n].UserId % step == 0)
            .Select(n => new Interaction { UserId = positives[n].UserId, BookId = positives[n].BookId })];
    }
}
