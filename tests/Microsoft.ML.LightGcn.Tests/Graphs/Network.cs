using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

/// <summary>A seeded graph with weighted interactions and relations of all kinds, beside the matrix W that its edges say, in double precision.</summary>
internal sealed class Network
{
    public const int Users = 23, Items = 19, Tags = 9, Groups = 4;

    private readonly double[][] _w = Oracle.Zeros(Users + Items + Tags + Groups, Users + Items + Tags + Groups);

    public Network(int seed, bool weighted)
    {
        Random random = new(seed);
        BipartiteGraph interactions = TestGraphs.Random(Users, Items, 120, seed);
        float[]? weights = weighted ? [.. interactions.ByUser.Indices.ToArray().Select(_ => 0.25f + random.NextSingle())] : null;
        for (int user = 0; user < Users; user++)
        {
            for (int n = interactions.ByUser.Offsets.Span[user]; n < interactions.ByUser.Offsets.Span[user + 1]; n++)
                Join(user, Users + interactions.ByUser.Indices.Span[n], weights?[n] ?? 1);
        }
        // The last item has no interactions: tags and its fellow carry it.
        EdgeSet tags = Relation("tags", GraphRelationKind.ItemAttribute, 0.6f, Items, Tags, Users, Users + Items);
        EdgeSet fellows = Relation("fellows", GraphRelationKind.ItemItem, 1.7f, Items, Items, Users, Users);
        EdgeSet groups = Relation("groups", GraphRelationKind.UserAttribute, 2.5f, Users, Groups, 0, Users + Items + Tags);
        Graph = new HeterogeneousGraph(interactions, weights, [tags, fellows, groups]);

        EdgeSet Relation(string name, GraphRelationKind kind, float strength, int rowCount, int columnCount, int firstRow, int firstColumn)
        {
            List<int> rows = [], columns = [];
            List<float> values = [];
            for (int edge = 0; edge < 3 * rowCount; edge++)
            {
                // Equal edges come up and add up.
                (int row, int column, float value) = (random.Next(rowCount), random.Next(columnCount), weighted ? 0.1f + random.NextSingle() : 1);
                bool isOfItemsOnly = kind == GraphRelationKind.ItemItem;
                if (isOfItemsOnly && row == column || !weighted && rows.Zip(columns).Contains((row, column)))
                    continue;
                Join(firstRow + row, firstColumn + column, strength * (double)value);
                Add(row, column);
                if (isOfItemsOnly)
                    Add(column, row);

                void Add(int from, int to)
                {
                    rows.Add(from);
                    columns.Add(to);
                    values.Add(value);
                }
            }
            SparseRows edges = SparseRows.FromEntries([.. rows], [.. columns], [.. values], rowCount, columnCount);
            return new EdgeSet(name, kind, strength, weighted ? edges : edges with { Weights = null }, kind == GraphRelationKind.ItemItem ? [] : [.. Enumerable.Range(0, columnCount).Select(n => $"{name} {n}")]);
        }
    }

    public HeterogeneousGraph Graph { get; }

    /// <summary>W, in double precision.</summary>
    public double this[int n, int m] => _w[n][m];

    /// <summary>P(A) table, by dense products.</summary>
    public double[][] Propagate(double[][] table, IReadOnlyList<float> layerWeights)
    {
        double[] degrees = [.. _w.Select(row => row.Sum())];
        double[][] result = Oracle.Zeros(table.Length, table[0].Length), layer = table;
        foreach (float weight in layerWeights)
        {
            double[][] next = Oracle.Zeros(table.Length, table[0].Length);
            for (int n = 0; n < table.Length; n++)
            {
                for (int k = 0; k < table[0].Length; k++)
                    result[n][k] += weight * layer[n][k];
                for (int m = 0; m < table.Length; m++)
                {
                    for (int k = 0; _w[n][m] > 0 && k < table[0].Length; k++)
                        next[n][k] += _w[n][m] / Math.Sqrt(degrees[n] * degrees[m]) * layer[m][k];
                }
            }
            layer = next;
        }
        return result;
    }

    private void Join(int n, int m, double value)
    {
        _w[n][m] += value;
        _w[m][n] += value;
    }
}
