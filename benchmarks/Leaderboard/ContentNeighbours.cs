using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>
/// Content without a graph and without training: an item's vector has the BM25 weights of its attributes, each kind of content
/// of length 1, and an item scores its inner product with the sum of the vectors of the user's items.
/// </summary>
internal sealed class ContentNeighbours : IItemScorer
{
    private readonly (int Attribute, float Weight)[][] _items;
    private readonly List<int>[] _histories;
    private readonly int _attributeCount;

    /// <param name="ml">The context.</param>
    /// <param name="contents">Content of distinct names.</param>
    /// <param name="train">Training interactions with the keys User and Item, whose values are ids.</param>
    public ContentNeighbours(MLContext ml, IEnumerable<ItemContent> contents, IDataView train)
    {
        VBuffer<int> ids = default;
        train.Schema["Item"].GetKeyValues(ref ids);
        Dictionary<int, int> places = ids.DenseValues().Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        List<(int, float)>[] items = [.. places.Select(_ => new List<(int, float)>())];
        Dictionary<(string, string), int> attributes = [];
        foreach (ItemContent content in contents)
        {
            IDataView weighed = ml.Data.WeighAttributes(ml.Data.LoadFromEnumerable(content.Rows), nameof(ContentRow.ItemId), nameof(ContentRow.Attribute), nameof(ContentRow.Count), AttributeWeighting.Bm25);
            foreach (IGrouping<int, (ContentRow Row, float Weight)> item in content.Rows.Zip(weighed.GetColumn<float>("Weight")).Where(pair => places.ContainsKey(pair.First.ItemId)).GroupBy(pair => places[pair.First.ItemId]))
            {
                float length = MathF.Sqrt(item.Sum(pair => pair.Weight * pair.Weight));
                foreach ((ContentRow row, float weight) in item)
                {
                    if (!attributes.TryGetValue((content.Name, row.Attribute), out int attribute))
                        attributes.Add((content.Name, row.Attribute), attribute = attributes.Count);
                    items[item.Key].Add((attribute, weight / length));
                }
            }
        }
        _items = [.. items.Select(item => item.ToArray())];
        _attributeCount = attributes.Count;
        _histories = [.. Enumerable.Range(0, (int)((KeyDataViewType)train.Schema["User"].Type).Count).Select(_ => new List<int>())];
        foreach ((uint user, uint item) in train.GetColumn<uint>("User").Zip(train.GetColumn<uint>("Item")))
            _histories[user - 1].Add((int)item - 1);
    }

    public int UserCount => _histories.Length;

    public int ItemCount => _items.Length;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        float[] profile = new float[_attributeCount];
        for (int row = 0; row < users.Length; row++)
        {
            Array.Clear(profile);
            foreach (int item in _histories[users[row]])
            {
                foreach ((int attribute, float weight) in _items[item])
                    profile[attribute] += weight;
            }
            for (int item = 0; item < ItemCount; item++)
            {
                float score = 0;
                foreach ((int attribute, float weight) in _items[item])
                    score += profile[attribute] * weight;
                scores[row * ItemCount + item] = score;
            }
        }
    }
}
