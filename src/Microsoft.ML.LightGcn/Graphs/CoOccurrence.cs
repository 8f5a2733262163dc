using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The co-occurrences of items, G = X^T X with X = diag(w)^(1/2) R: G_ij is the sum of the weights of the users of both. It is never made as a whole:
/// its rows are computed one by one, in time proportional to the lengths of the histories that have the item.
/// </summary>
/// <param name="graph">The interactions R.</param>
/// <param name="userWeights">The weight w of each user.</param>
internal sealed class CoOccurrence(BipartiteGraph graph, float[] userWeights)
{
    // A row that adds up more than a number for every so many items is read and cleared as a whole: that is faster than a list of its items.
    private const int DenseRowDivisor = 16;

    /// <summary>Room for the sums of a row: zeros between uses.</summary>
    public sealed class Scratch(int itemCount)
    {
        /// <summary>For each item, its co-occurrence with the item of the row.</summary>
        public float[] Sums { get; } = new float[itemCount];

        /// <summary>Unless <see cref="IsDense"/>, the items whose sums are not zero, in the order in which they were met, and one place more.</summary>
        public int[] Touched { get; } = new int[itemCount + 1];

        /// <summary>Number of them.</summary>
        public int Count { get; set; }

        /// <summary>Whether so many sums may not be zero that there is no list of them.</summary>
        public bool IsDense { get; set; }

        /// <summary>Makes all sums zero again.</summary>
        public void Clear()
        {
            if (IsDense)
                Array.Clear(Sums);
            foreach (int item in Touched.AsSpan(0, Count))
                Sums[item] = 0;
            (Count, IsDense) = (0, false);
        }
    }

    /// <summary>The interactions.</summary>
    public BipartiteGraph Graph => graph;

    /// <summary>Adds up the row of an item: users in ascending order, so that every sum has the same bits whoever computes it.</summary>
    /// <param name="item">The item.</param>
    /// <param name="scratch">All zero.</param>
    public void AddRow(int item, Scratch scratch)
    {
        long visits = 0;
        foreach (int user in graph.UsersOf(item))
            visits += graph.ItemsOf(user).Length;
        float[] sums = scratch.Sums;
        if (visits > sums.Length / DenseRowDivisor)
        {
            scratch.IsDense = true;
            foreach (int user in graph.UsersOf(item))
            {
                float weight = userWeights[user];
                foreach (int other in graph.ItemsOf(user))
                    sums[other] += weight;
            }
            return;
        }
        int[] touched = scratch.Touched;
        int count = scratch.Count;
        foreach (int user in graph.UsersOf(item))
        {
            float weight = userWeights[user];
            foreach (int other in graph.ItemsOf(user))
            {
                // Written always and kept only if it is new: no branch to mispredict.
                touched[count] = other;
                count += sums[other] == 0 ? 1 : 0;
                sums[other] += weight;
            }
        }
        scratch.Count = count;
    }

    /// <summary>The diagonal: for each item the sum of its users' weights, as <see cref="AddRow"/> has it.</summary>
    public float[] Diagonal()
    {
        float[] diagonal = new float[graph.ItemCount];
        for (int item = 0; item < diagonal.Length; item++)
        {
            foreach (int user in graph.UsersOf(item))
                diagonal[item] += userWeights[user];
        }
        return diagonal;
    }
}
