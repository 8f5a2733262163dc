using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>
/// The part of a score that comes from item to item: for a user and an item the sum, over the items in the user's history, of the weights with which
/// they speak for the item. It is added up by itself, and then to the inner product of the embeddings.
/// </summary>
/// <param name="history">Who chose what in training.</param>
/// <param name="weights">The weights, as they count in a score.</param>
internal sealed class Neighbourhood(BipartiteGraph history, SparseItemWeights weights)
{
    /// <summary>The weights, as they count in a score.</summary>
    public SparseItemWeights Weights => weights;

    /// <summary>Who chose what.</summary>
    public BipartiteGraph History => history;

    /// <summary>The part of a known user's score of an item.</summary>
    public float Score(int user, int item) => weights.Score(history.ItemsOf(user), item);

    /// <summary>Writes the part of a known user's scores of all items.</summary>
    public void Sum(int user, Span<float> sums) => weights.Sum(history.ItemsOf(user), sums);

    /// <summary>Adds the part to the scores of all items for a block of known users.</summary>
    /// <param name="users">User indices.</param>
    /// <param name="scores">Row-major, users x items.</param>
    public void AddTo(ReadOnlySpan<int> users, Span<float> scores)
    {
        int items = weights.ItemCount;
        using PooledVector sums = new(items);
        for (int u = 0; u < users.Length; u++)
        {
            Sum(users[u], sums.Span);
            Span<float> row = scores.Slice(u * items, items);
            TensorPrimitives.Add(row, sums.Span, row);
        }
    }

    /// <summary>A user's history as a vector of as many components as there are items.</summary>
    public SparseVector HistoryVector(int user)
    {
        int[] items = history.ItemsOf(user).ToArray();
        float[] ones = new float[items.Length];
        ones.AsSpan().Fill(1);
        return new SparseVector(weights.ItemCount, ones, items);
    }
}
