using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The code of docs/hybrid.md compiles, runs, and is the code that stands there.</summary>
public sealed class HybridDocumentTests
{
    private const int Items = 40, NewItems = 4, Groups = 4;

    [Fact]
    public void Ten_lines_recommend_new_items_by_their_tags()
    {
        Choice[] choices = [.. Choices()];
        CatalogueItem[] items = [.. Enumerable.Range(0, Items).Select(item => new CatalogueItem { ItemId = Id(item) })];
        ItemTag[] itemTags = [.. Enumerable.Range(0, Items).SelectMany(item => new[] { new ItemTag { ItemId = Id(item), Tag = $"group {item % Groups}", Count = 9 }, new ItemTag { ItemId = Id(item), Tag = $"noise {item % 7}", Count = 1 } })];

        // hybrid: begin
        MLContext ml = new(seed: 1);
        IDataView interactions = ml.Data.LoadFromEnumerable(choices);          // rows with a UserId and an ItemId
        IDataView catalogue = ml.Data.LoadFromEnumerable(items);               // rows with an ItemId alone: every item, chosen or not
        IDataView tags = ml.Data.LoadFromEnumerable(itemTags);                 // rows with an ItemId, a Tag and a Count
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId", keyData: catalogue))
            .Fit(interactions).Transform(interactions);
        IDataView weighed = ml.Data.WeighAttributes(tags, "ItemId", "Tag", "Count");
        LightGcnTrainer.Options options = new() { Relations = [GraphRelation.ItemAttribute("tags", weighed, "ItemId", "Tag", "Weight")] };
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(keyed);
        // hybrid: end

        // Users of a group like the new item of their group best among the new items.
        KeyedUsers(keyed, out uint[] users, out int[] groups);
        for (int n = 0; n < users.Length; n++)
        {
            float[] scores = [.. Enumerable.Range(Items - NewItems, NewItems).Select(item => model.Model.Score((int)users[n] - 1, item))];
            Assert.Equal(groups[n], (Items - NewItems + Array.IndexOf(scores, scores.Max())) % Groups);
        }
    }

    [Fact]
    public void New_items_and_new_users_are_measured()
    {
        MLContext ml = new(seed: 1);
        IDataView interactions = ml.Data.LoadFromEnumerable(Choices());
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(interactions).Transform(interactions);
        IDataView tags = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Items).Select(item => new ItemTag { ItemId = Id(item), Tag = $"group {item % Groups}" }));
        LightGcnTrainer.Options options = new() { Relations = [GraphRelation.ItemAttribute("tags", tags, "ItemId", "Tag")] };

        // hybrid: begin
        InteractionSplit split = ml.Data.ColdItemSplit(keyed, "Item");
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(options).Fit(split.Train);
        TopNMetrics amongNew = ml.Ranking.EvaluateTopN(model, split.Test, split.Train, new TopNEvaluationOptions { Candidates = CandidateItems.New });
        TopNMetrics amongAll = ml.Ranking.EvaluateTopN(model, split.Test, split.Train);
        // hybrid: end

        Assert.InRange(amongNew[RankingMetric.Ndcg, 10], 0.7, 1);
        TopNMetrics without = ml.Ranking.EvaluateTopN(ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options()).Fit(split.Train), split.Test, split.Train);
        Assert.True(amongAll[RankingMetric.Ndcg, 10] > without[RankingMetric.Ndcg, 10] + 0.05, $"{amongAll[RankingMetric.Ndcg, 10]:F4} with tags, {without[RankingMetric.Ndcg, 10]:F4} without.");
    }

    [Fact]
    public void The_code_is_the_document_s() => ShownCode.AssertIn(Path.Combine("docs", "hybrid.md"), "HybridDocumentTests.cs", "hybrid", parts: 2);

    /// <summary>48 users, each of a group, choose 7 of the group's 9 old items.</summary>
    private static IEnumerable<Choice> Choices()
    {
        Random random = new(1);
        for (int user = 0; user < 48; user++)
        {
            int[] own = [.. Enumerable.Range(0, Items - NewItems).Where(item => item % Groups == user % Groups)];
            random.Shuffle(own);
            foreach (int item in own[..7])
                yield return new Choice { UserId = $"u{user}", ItemId = Id(item) };
        }
    }

    private static void KeyedUsers(IDataView keyed, out uint[] users, out int[] groups)
    {
        var rows = keyed.GetColumn<uint>("User").Zip(keyed.GetColumn<string>("UserId")).Distinct().ToArray();
        users = [.. rows.Select(row => row.First)];
        groups = [.. rows.Select(row => int.Parse(row.Second[1..], System.Globalization.CultureInfo.InvariantCulture) % Groups)];
    }

    private static string Id(int item) => $"i{item:00}";

    private sealed class Choice
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";
    }

    private sealed class CatalogueItem
    {
        public string ItemId { get; set; } = "";
    }

    private sealed class ItemTag
    {
        public string ItemId { get; set; } = "";

        public string Tag { get; set; } = "";

        public float Count { get; set; } = 1;
    }
}
