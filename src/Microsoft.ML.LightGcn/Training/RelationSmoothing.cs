using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// Draws items of the spectral start towards those they share attributes with or are related to, the more the less is known of
/// an item from its interactions: in place of its row w_i,
/// <code>|w_i| times the direction of  c_i w_i/|w_i| + sum over its relations' edges e of s_e x_e,</code>
/// c_i the number of its co-occurrences: pairs of an interaction of the item with another of the same user; s_e an edge's strength
/// times its weight; x_e the direction of the related item's row, or of the sum of the rows that an attribute's edges lead to.
/// </summary>
/// <remarks>
/// Co-occurrences rather than interactions are what a subspace learns of an item. With ten times the data an item has ten times the interactions and
/// a hundred times the co-occurrences, so that content decides where data are sparse and leaves rich data alone.
/// </remarks>
internal static class RelationSmoothing
{
    /// <summary>Smooths a table of items in place. Rows of zero stay, and so do those of items with neither co-occurrences nor edges.</summary>
    public static void Smooth(HeterogeneousGraph graph, Matrix items, ThreadTeam team)
    {
        BipartiteGraph interactions = graph.Interactions;
        int firstItem = graph.Layout.FirstItem, stride = items.Stride;
        NodeRange itemRange = graph.Ranges[1];
        ReadOnlyMemory<AdjacencyBlock> relations = itemRange.Blocks.AsMemory(1);
        if (relations.IsEmpty)
            return;
        // The unit rows of items and of what has edges to them.
        Matrix directions = new(graph.Layout.NodeCount - firstItem, items.ColumnCount);
        RowChunks chunks = new(graph);
        team.Run(chunks.Count, Direct);
        team.Run(chunks.Count, Draw);

        void Direct(int chunk)
        {
            NodeRange range = chunks.RangeOf(chunk);
            // Items and attributes of items; the row of any other node stays zero, and no edge leads to it.
            bool isOfItems = range.First > firstItem && range.Blocks[0].FirstNeighbour == firstItem;
            for (int node = chunks.Start(chunk); node < chunks.End(chunk); node++)
            {
                if (range == itemRange)
                    items.PaddedRow(node - firstItem).CopyTo(directions.PaddedRow(node - firstItem));
                else if (isOfItems)
                    Sum(range.Blocks[0], node - range.First, items.Padded, 1, default, 0, directions.PaddedRow(node - firstItem));
                else
                    continue;
                ToLength(directions.PaddedRow(node - firstItem), 1);
            }
        }

        void Draw(int chunk)
        {
            for (int node = chunks.Start(chunk); chunks.RangeOf(chunk) == itemRange && node < chunks.End(chunk); node++)
            {
                int item = node - firstItem;
                Span<float> row = items.PaddedRow(item);
                float length = TensorPrimitives.Norm<float>(row);
                if (length == 0)
                    continue;
                long cooccurrences = 0;
                foreach (int user in interactions.UsersOf(item))
                    cooccurrences += interactions.ItemsOf(user).Length - 1;
                GatherSum.Scale(directions.PaddedRow(item), cooccurrences, row);
                foreach (AdjacencyBlock block in relations.Span)
                    Sum(block, item, directions.Padded[((block.FirstNeighbour - firstItem) * stride)..], block.Strength, row, 1, row);
                if (TensorPrimitives.Norm<float>(row) == 0)
                    directions.PaddedRow(item).CopyTo(row);
                ToLength(row, length);
            }
        }

        static void Sum(
            AdjacencyBlock block, int row, ReadOnlySpan<float> input, float scale, ReadOnlySpan<float> carry, float carryScale, Span<float> output) =>
            GatherSum.Compute(block.Rows[row], block.Rows.WeightsOf(row), input, scale, carry, carryScale, output);
    }

    /// <summary>Gives a row a length; a zero row stays zero.</summary>
    private static void ToLength(Span<float> row, float length)
    {
        float norm = TensorPrimitives.Norm<float>(row);
        if (norm > 0)
            TensorPrimitives.Multiply(row, length / norm, row);
    }
}
