using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A graph's interactions as rows of a user and an item key, in a seeded random order as a log of many users would have them.</summary>
internal static class InteractionView
{
    public const string User = "User", Item = "Item";

    public static IDataView Create(BipartiteGraph graph)
    {
        int count = graph.InteractionCount;
        int[] users = new int[count], items = new int[count];
        PassPermutation order = new(count, key: 1);
        int next = 0;
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int item in graph.ItemsOf(user))
            {
                int row = order[next++];
                (users[row], items[row]) = (user, item);
            }
        }
        return new TableView.Builder(count)
            .Add(User, new KeyDataViewType(typeof(uint), graph.UserCount), (long row, ref uint value) => value = (uint)users[row] + 1)
            .Add(Item, new KeyDataViewType(typeof(uint), graph.ItemCount), (long row, ref uint value) => value = (uint)items[row] + 1)
            .ToView();
    }
}
