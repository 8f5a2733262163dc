using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Writes the layer-0 embeddings that training starts with.</summary>
/// <remarks>
/// A node that continues from a model has that model's embedding. A user or item without edges that does not starts at zero: it has
/// no opinion, rather than a random one. The others start as <see cref="EmbeddingInitialization"/> says.
/// </remarks>
internal sealed class InitialEmbeddings(TrainingPlan plan)
{
    private readonly BipartiteGraph _graph = plan.Graph;
    private readonly EmbeddingInitialization _initialization = plan.Options.Initialization;
    // Users and items; attributes follow.
    private readonly int _entityCount = plan.Graph.UserCount + plan.Graph.ItemCount;

    /// <summary>Writes the row of every node: users, then items, then attributes.</summary>
    public void Write(Func<int, Span<float>> rowOf)
    {
        if (_initialization.IterationCount is not int iterations)
        {
            WriteRandom(plan.NodeCount, rowOf);
            return;
        }
        if (Enumerable.Range(0, _entityCount).Any(node => !plan.PreviousRow(node).IsEmpty))
            WriteFromNeighbours(rowOf);
        else
            WriteSpectral(iterations, rowOf);
        WriteAttributes(rowOf);
        WriteNewcomers(rowOf);
    }

    private void WriteRandom(int nodeCount, Func<int, Span<float>> rowOf)
    {
        for (int node = 0; node < nodeCount; node++)
        {
            Span<float> row = rowOf(node);
            if (plan.PreviousRow(node) is { IsEmpty: false } previous)
                previous.CopyTo(row);
            else if (node < _entityCount && Neighbours(node).IsEmpty)
                row.Clear();
            else
                FillRandom(node, row);
        }
    }

    /// <summary>Rows of the subspace, all of the same length: under a softmax of cosines only their directions count.</summary>
    private void WriteSpectral(int iterations, Func<int, Span<float>> rowOf)
    {
        int dimension = plan.Options.EmbeddingDimension;
        using ThreadTeam team = new(plan.ThreadCount);
        Matrix items = ItemSubspace.Compute(_graph, dimension, iterations, plan.Seed, team, plan.Options.CancellationToken);
        RelationSmoothing.Smooth(plan.PropagationGraph, items, team);
        Matrix users = ItemSubspace.ToUsers(_graph, items, team);
        bool[] spanned = new bool[dimension];
        for (int item = 0; item < items.RowCount; item++)
        {
            ReadOnlySpan<float> row = items.Row(item);
            for (int k = 0; k < dimension; k++)
                spanned[k] |= row[k] != 0;
        }
        int rank = spanned.Count(true);
        for (int node = 0; node < _entityCount; node++)
        {
            Span<float> row = rowOf(node);
            ReadOnlySpan<float> direction = node < users.RowCount ? users.Row(node) : items.Row(node - users.RowCount);
            float length = TensorPrimitives.Norm(direction);
            if (Neighbours(node).IsEmpty)
            {
                row.Clear();
                continue;
            }
            // Components that the graph's rank leaves open start random, so that training can use them.
            if (rank < dimension || length == 0)
                FillRandom(node, row);
            float scale = length == 0 ? 0 : _initialization.StandardDeviation!.Value * MathF.Sqrt(rank) / length;
            for (int k = 0; scale > 0 && k < dimension; k++)
            {
                if (spanned[k])
                    row[k] = direction[k] * scale;
            }
        }
    }

    /// <summary>
    /// A model's coordinates are its own, so a node that it does not know starts in the direction of its neighbours' rows, as
    /// long as they are on average; a node that has no neighbour in the model starts random.
    /// </summary>
    private void WriteFromNeighbours(Func<int, Span<float>> rowOf)
    {
        WriteRandom(_entityCount, rowOf);
        for (int node = 0; node < _entityCount; node++)
        {
            if (plan.PreviousRow(node).IsEmpty && !Neighbours(node).IsEmpty)
                WriteDirection(node, plan.PreviousRow, rowOf(node));
        }
    }

    /// <summary>An attribute starts in the direction of those that have it, as long as they are on average; at zero where they all do.</summary>
    private void WriteAttributes(Func<int, Span<float>> rowOf)
    {
        for (int node = _entityCount; node < plan.NodeCount; node++)
        {
            Span<float> row = rowOf(node);
            if (plan.PreviousRow(node) is { IsEmpty: false } previous)
            {
                previous.CopyTo(row);
                continue;
            }
            row.Clear();
            WriteDirection(node, neighbour => rowOf(neighbour), row);
        }
    }

    /// <summary>
    /// A user or item without interactions starts in the direction of its attributes and fellows, if it has any: propagation alone would
    /// bring them too, but shorter and later. Fellows that are newcomers themselves do not count, so that the order of nodes makes no difference.
    /// </summary>
    private void WriteNewcomers(Func<int, Span<float>> rowOf)
    {
        for (int node = 0; node < _entityCount; node++)
        {
            if (IsNewcomer(node))
                WriteDirection(node, neighbour => IsNewcomer(neighbour) ? default : rowOf(neighbour), rowOf(node));
        }

        bool IsNewcomer(int node) => node < _entityCount && Neighbours(node).IsEmpty && plan.PreviousRow(node).IsEmpty;
    }

    /// <summary>Writes the sum of the neighbours' rows, each times its edge's value and d^-1/2, at the mean length of those that are not zero; nothing where all are.</summary>
    private void WriteDirection(int node, Func<int, ReadOnlySpan<float>> rowOf, Span<float> row)
    {
        float[] sum = new float[row.Length];
        double lengths = 0;
        int known = 0;
        plan.PropagationGraph.VisitEdges(node, (neighbour, weight) =>
        {
            ReadOnlySpan<float> other = rowOf(neighbour);
            if (other.IndexOfAnyExcept(0f) < 0)
                return;
            TensorPrimitives.MultiplyAdd(other, weight * plan.PropagationGraph.InverseRootDegrees[neighbour], sum, sum);
            lengths += TensorPrimitives.Norm(other);
            known++;
        });
        float length = TensorPrimitives.Norm<float>(sum);
        if (length > 0)
            TensorPrimitives.Multiply(sum, (float)(lengths / known) / length, row);
    }

    private ReadOnlySpan<int> Neighbours(int node) => node < _graph.UserCount ? _graph.ItemsOf(node) : _graph.UsersOf(node - _graph.UserCount);

    private void FillRandom(int node, Span<float> row)
    {
        RandomStream random = new(plan.Seed, RandomPurpose.Initialization, node);
        if (_initialization.StandardDeviation is float deviation)
            FillNormal(row, deviation, ref random);
        else
            FillUniform(row, Math.Sqrt(6.0 / ((double)plan.NodeCount + row.Length)), ref random);
    }

    private static void FillUniform(Span<float> row, double bound, ref RandomStream random)
    {
        foreach (ref float value in row)
            value = (float)((2 * random.NextDouble() - 1) * bound);
    }

    /// <summary>Box and Muller (1958): two normal numbers from two uniform ones.</summary>
    private static void FillNormal(Span<float> row, double deviation, ref RandomStream random)
    {
        for (int k = 0; k < row.Length; k += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            row[k] = (float)(radius * cosine);
            if (k + 1 < row.Length)
                row[k + 1] = (float)(radius * sine);
        }
    }
}
