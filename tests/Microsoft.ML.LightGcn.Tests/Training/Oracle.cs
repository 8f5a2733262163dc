namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>LightGCN written down as the formulas say, in double precision, with dense loops: what the kernels are held to.</summary>
internal static class Oracle
{
    public static double[][] Propagate(BipartiteGraph graph, double[][] embeddings, IReadOnlyList<float> layerWeights)
    {
        int nodes = graph.UserCount + graph.ItemCount, dimension = embeddings[0].Length;
        double[][] result = Zeros(nodes, dimension);
        double[][] layer = embeddings;
        for (int l = 0; l < layerWeights.Count; l++)
        {
            for (int n = 0; n < nodes; n++)
            {
                for (int k = 0; k < dimension; k++)
                    result[n][k] += layerWeights[l] * layer[n][k];
            }
            layer = Multiply(graph, layer);
        }
        return result;
    }

    /// <summary>A times a table, A = D^-1/2 [0 R; R^T 0] D^-1/2.</summary>
    public static double[][] Multiply(BipartiteGraph graph, double[][] table)
    {
        double[][] product = Zeros(table.Length, table[0].Length);
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int item in graph.ItemsOf(user))
            {
                double weight = 1 / Math.Sqrt((double)graph.ItemsOf(user).Length * graph.UsersOf(item).Length);
                int node = graph.UserCount + item;
                for (int k = 0; k < table[0].Length; k++)
                {
                    product[user][k] += weight * table[node][k];
                    product[node][k] += weight * table[user][k];
                }
            }
        }
        return product;
    }

    public static double BprLoss(BipartiteGraph graph, double[][] embeddings, IReadOnlyList<float> layerWeights, IReadOnlyList<(int User, int Positive, int Negative)> samples, double l2)
    {
        double[][] e = Propagate(graph, embeddings, layerWeights);
        double sum = 0;
        foreach ((int user, int positive, int negative) in samples)
        {
            if (negative < 0)
                continue;
            int p = graph.UserCount + positive, n = graph.UserCount + negative;
            double difference = Dot(e[user], e[p]) - Dot(e[user], e[n]);
            sum += Math.Log(1 + Math.Exp(-difference));
            sum += l2 / 2 * (Dot(embeddings[user], embeddings[user]) + Dot(embeddings[p], embeddings[p]) + Dot(embeddings[n], embeddings[n]));
        }
        return sum / samples.Count;
    }

    /// <summary>The gradient of <see cref="BprLoss"/> with respect to the layer-0 embeddings.</summary>
    public static double[][] BprGradient(BipartiteGraph graph, double[][] embeddings, IReadOnlyList<float> layerWeights, IReadOnlyList<(int User, int Positive, int Negative)> samples, double l2)
    {
        double[][] e = Propagate(graph, embeddings, layerWeights);
        double[][] gradient = Zeros(e.Length, e[0].Length);
        double[][] own = Zeros(e.Length, e[0].Length);
        foreach ((int user, int positive, int negative) in samples)
        {
            if (negative < 0)
                continue;
            int p = graph.UserCount + positive, n = graph.UserCount + negative;
            double slope = -1 / (1 + Math.Exp(Dot(e[user], e[p]) - Dot(e[user], e[n]))) / samples.Count;
            for (int k = 0; k < e[0].Length; k++)
            {
                gradient[user][k] += slope * (e[p][k] - e[n][k]);
                gradient[p][k] += slope * e[user][k];
                gradient[n][k] -= slope * e[user][k];
                foreach (int node in (ReadOnlySpan<int>)[user, p, n])
                    own[node][k] += l2 / samples.Count * embeddings[node][k];
            }
        }
        double[][] result = Propagate(graph, gradient, layerWeights);
        for (int n = 0; n < result.Length; n++)
        {
            for (int k = 0; k < result[n].Length; k++)
                result[n][k] += own[n][k];
        }
        return result;
    }

    /// <summary>The row's direction, as long as the given power of its length; zero for zero.</summary>
    public static double[] WithLength(double[] row, double exponent)
    {
        double length = Math.Sqrt(Dot(row, row));
        return length == 0 ? row : [.. row.Select(value => value * Math.Pow(length, exponent - 1))];
    }

    /// <summary>How much of an item's score is left after shrinking.</summary>
    public static double Reliability(double degree, double shrinkage) => degree == 0 ? 1 : 1 / (1 + Math.Pow(shrinkage / degree, 2));

    /// <summary>Gaussian elimination with pivots.</summary>
    public static double[] Solve(double[][] matrix, double[] side)
    {
        int size = side.Length;
        double[][] rows = [.. Enumerable.Range(0, size).Select(r => matrix[r].Append(side[r]).ToArray())];
        for (int p = 0; p < size; p++)
        {
            int best = Enumerable.Range(p, size - p).MaxBy(r => Math.Abs(rows[r][p]));
            (rows[p], rows[best]) = (rows[best], rows[p]);
            for (int r = p + 1; r < size; r++)
            {
                double factor = rows[r][p] / rows[p][p];
                for (int c = p; c <= size; c++)
                    rows[r][c] -= factor * rows[p][c];
            }
        }
        double[] solution = new double[size];
        for (int r = size - 1; r >= 0; r--)
        {
            solution[r] = rows[r][size];
            for (int c = r + 1; c < size; c++)
                solution[r] -= rows[r][c] * solution[c];
            solution[r] /= rows[r][r];
        }
        return solution;
    }

    public static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int k = 0; k < left.Length; k++)
            sum += left[k] * right[k];
        return sum;
    }

    public static double[][] Zeros(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new double[columns])];

    public static double[][] RandomTable(int rows, int columns, int seed)
    {
        Random random = new(seed);
        // Rounded to float so that oracle and kernel start from the same numbers.
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (double)(float)(random.NextDouble() - 0.5)).ToArray())];
    }
}
