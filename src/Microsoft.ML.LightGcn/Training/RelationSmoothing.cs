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
    /// <param name="graph">The graph.</param>
    /// <param name="items">This process's columns of the table.</param>
    /// <param name="columns">Which those are.</param>
    /// <param name="team">The threads.</param>
    public static void Smooth(HeterogeneousGraph graph, Matrix items, ColumnShare columns, ThreadTeam team)
    {
        BipartiteGraph interactions = graph.Interactions;
        int firstItem = graph.Layout.FirstItem, stride = items.Stride;
        NodeRange itemRange = graph.Ranges[1];
        ReadOnlyMemory<AdjacencyBlock> relations = itemRange.Blocks.AsMemory(1);
        if (relations.IsEmpty)
            return;
        // The unit rows of items and of what has edges to them.
        (Matrix directions, RowChunks chunks) = columns.Processes.Together(() => (
            new Matrix(graph.Layout.NodeCount - firstItem, items.ColumnCount), new RowChunks(graph)));
        team.Run(chunks.Count, Direct);
        float[] lengths = columns.Lengths(directions, padded: true, team);
        for (int row = 0; row < directions.RowCount; row++)
            ToLength(directions.PaddedRow(row), lengths[row], 1);
        team.Run(chunks.Count, Draw);
        float[] drawn = columns.Lengths(items, padded: true, team);
        // An item with neither co-occurrences nor edges keeps its own.
        bool hasAny = false;
        for (int item = 0; item < items.RowCount; item++)
        {
            if (lengths[item] > 0 && drawn[item] <= 0)
            {
                directions.PaddedRow(item).CopyTo(items.PaddedRow(item));
                hasAny = true;
            }
        }
        if (hasAny)
            drawn = columns.Lengths(items, padded: true, team);
        for (int item = 0; item < items.RowCount; item++)
        {
            if (lengths[item] > 0)
                ToLength(items.PaddedRow(item), drawn[item], lengths[item]);
        }

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
            }
        }

        void Draw(int chunk)
        {
            for (int node = chunks.Start(chunk); chunks.RangeOf(chunk) == itemRange && node < chunks.End(chunk); node++)
            {
                int item = node - firstItem;
                Span<float> row = items.PaddedRow(item);
                if (lengths[item] <= 0)
                    continue;
                long cooccurrences = 0;
                foreach (int user in interactions.UsersOf(item))
                    cooccurrences += interactions.ItemsOf(user).Length - 1;
                GatherSum.Scale(directions.PaddedRow(item), cooccurrences, row);
                foreach (AdjacencyBlock block in relations.Span)
                    Sum(block, item, directions.Padded[((block.FirstNeighbour - firstItem) * stride)..], block.Strength, row, 1, row);
            }
        }

        static void Sum(
            AdjacencyBlock block, int row, ReadOnlySpan<float> input, float scale, ReadOnlySpan<float> carry, float carryScale, Span<float> output) =>
            GatherSum.Compute(block.Rows[row], block.Rows.WeightsOf(row), input, scale, carry, carryScale, output);
    }

    /// <summary>Gives a row a length; a zero row stays zero.</summary>
    private static void ToLength(Span<float> row, float found, float length)
    {
        if (found > 0)
            TensorPrimitives.Multiply(row, length / found, row);
    }
}
