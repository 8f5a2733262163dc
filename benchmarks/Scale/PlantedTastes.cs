using Microsoft.ML;
using Microsoft.ML.Data;

namespace Scale;

/// <summary>
/// Interactions of any number that are made while they are read: every user has two of a few hundred tastes, and picks from the items of these, popular ones
/// more often. Numbers of interactions and popularities have long tails. The same numbers give the same data.
/// </summary>
/// <param name="UserCount">Number of users.</param>
/// <param name="ItemCount">Number of items.</param>
/// <param name="InteractionCount">About how many interactions, equal ones counted each time.</param>
internal sealed record PlantedTastes(int UserCount, int ItemCount, long InteractionCount)
{
    private const double ShareByTaste = 0.8;
    private const int LeastPerUser = 3, ItemsPerTaste = 100;

    private int TasteCount => Math.Max(2, ItemCount / ItemsPerTaste);

    /// <summary>All but the last interaction of each user.</summary>
    public IDataView Train(MLContext ml) => View(ml, Enumerable.Range(0, UserCount).SelectMany(user => Items(user).SkipLast(1).Select(item => Pair(user, item))));

    /// <summary>The last interaction of some users, evenly spread.</summary>
    public IDataView HeldOut(MLContext ml, int userCount)
    {
        int step = Math.Max(1, UserCount / userCount);
        return View(ml, Enumerable.Range(0, UserCount / step).Select(n => Pair(n * step, Items(n * step)[^1])));
    }

    private int[] Items(int user)
    {
        Random random = new(user);
        // Half of the mean at least, and the rest by a heavy tail (Lomax of shape 2, whose mean is its scale).
        double mean = Math.Max(0, (double)InteractionCount / UserCount - LeastPerUser);
        int count = LeastPerUser + (int)Math.Min(100 * mean, mean * (1 / Math.Sqrt(1 - random.NextDouble()) - 1));
        int[] tastes = [random.Next(TasteCount), random.Next(TasteCount)];
        int[] items = new int[count];
        for (int n = 0; n < count; n++)
        {
            double tail = Math.Pow(random.NextDouble(), 2.5);
            if (random.NextDouble() >= ShareByTaste)
            {
                items[n] = (int)(ItemCount * tail);
                continue;
            }
            int taste = tastes[random.Next(2)], ofTaste = (ItemCount - taste + TasteCount - 1) / TasteCount;
            items[n] = taste + TasteCount * (int)(ofTaste * tail);
        }
        return items;
    }

    private IDataView View(MLContext ml, IEnumerable<Interaction> rows)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Interaction));
        schema[nameof(Interaction.User)].ColumnType = new KeyDataViewType(typeof(uint), UserCount);
        schema[nameof(Interaction.Item)].ColumnType = new KeyDataViewType(typeof(uint), ItemCount);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static Interaction Pair(int user, int item) => new() { User = (uint)user, Item = (uint)item };

    /// <summary>A user and an item, counted from 0 as ML.NET counts keys of numbers.</summary>
    internal sealed class Interaction
    {
        public uint User { get; set; }

        public uint Item { get; set; }
    }
}
