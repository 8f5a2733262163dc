using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>Writes the layer-0 embeddings that training starts with.</summary>
/// <remarks>
/// A node that continues from a model has that model's embedding. A user or item without edges that does not starts at zero: it has
/// no opinion, rather than a random one. The others start as <see cref="EmbeddingInitialization"/> says.
/// </remarks>
internal sealed class InitialEmbeddings
{
    private readonly TrainingPlan _plan;
    private readonly Matrix _rows;
    private readonly CancellationToken _cancellationToken;

    private InitialEmbeddings(TrainingPlan plan, CancellationToken cancellationToken)
    {
        _plan = plan;
        _rows = new Matrix(plan.Layout.NodeCount, plan.Settings.EmbeddingDimension);
        _cancellationToken = cancellationToken;
    }

    private BipartiteGraph Interactions => _plan.Interactions;

    private EmbeddingInitialization Initialization => _plan.Settings.Initialization;

    // Users and items; attributes follow.
    private int EntityCount => _plan.Layout.FirstAttribute;

    /// <summary>A row for every node.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Matrix Create(TrainingPlan plan, CancellationToken cancellationToken)
    {
        InitialEmbeddings initial = new(plan, cancellationToken);
        initial.Write();
        return initial._rows;
    }

    private void Write()
    {
        if (Initialization.IterationCount is not int iterations)
        {
            WriteRandom(_plan.Layout.NodeCount);
            return;
        }
        if (Enumerable.Range(0, EntityCount).Any(node => !PreviousRow(node).IsEmpty))
            WriteFromNeighbours();
        else
            WriteSpectral(iterations);
        WriteAttributes();
        WriteNewcomers();
    }

    private void WriteRandom(int nodeCount)
    {
        for (int node = 0; node < nodeCount; node++)
        {
            Span<float> row = _rows.Row(node);
            if (PreviousRow(node) is { IsEmpty: false } previous)
                previous.CopyTo(row);
            else if (node < EntityCount && Neighbours(node).IsEmpty)
                row.Clear();
            else
                FillRandom(node, row);
        }
    }

    /// <summary>
    /// Rows of the subspace, all of the same length: under a softmax of cosines only their directions count. Components beyond the graph's rank
    /// are zero, and a loss of cosines or inner products has no gradient where all rows are. Random, they would hide what the graph says: with
    /// 256 components and a rank of 10, a row would be five parts noise to one of graph.
    /// </summary>
    private void WriteSpectral(int iterations)
    {
        int dimension = _plan.Settings.EmbeddingDimension;
        using ThreadTeam team = new(_plan.Settings.ThreadCount);
        Matrix items = ItemSubspace.Compute(Interactions, dimension, iterations, _plan.Settings.Seed, team, _cancellationToken);
        RelationSmoothing.Smooth(_plan.Graph, items, team);
        Matrix users = ItemSubspace.ToUsers(Interactions, items, team);
        bool[] spanned = new bool[dimension];
        for (int item = 0; item < items.RowCount; item++)
        {
            ReadOnlySpan<float> row = items.Row(item);
            for (int k = 0; k < dimension; k++)
                spanned[k] |= row[k] != 0;
        }
        int rank = spanned.Count(true);
        for (int node = 0; node < EntityCount; node++)
        {
            Span<float> row = _rows.Row(node);
            ReadOnlySpan<float> direction = node < users.RowCount ? users.Row(node) : items.Row(node - users.RowCount);
            float length = TensorPrimitives.Norm(direction);
            if (Neighbours(node).IsEmpty)
            {
                row.Clear();
                continue;
            }
            if (length == 0)
                FillRandom(node, row);
            else
                TensorPrimitives.Multiply(direction, Initialization.StandardDeviation!.Value * MathF.Sqrt(rank) / length, row);
        }
    }

    /// <summary>
    /// A model's coordinates are its own, so a node that it does not know starts in the direction of its neighbours' rows, as
    /// long as they are on average; a node that has no neighbour in the model starts random.
    /// </summary>
    private void WriteFromNeighbours()
    {
        WriteRandom(EntityCount);
        for (int node = 0; node < EntityCount; node++)
        {
            if (PreviousRow(node).IsEmpty && !Neighbours(node).IsEmpty)
                WriteDirection(node, PreviousRow, _rows.Row(node));
        }
    }

    /// <summary>An attribute starts in the direction of those that have it, as long as they are on average; at zero where they all do.</summary>
    private void WriteAttributes()
    {
        for (int node = EntityCount; node < _plan.Layout.NodeCount; node++)
        {
            Span<float> row = _rows.Row(node);
            if (PreviousRow(node) is { IsEmpty: false } previous)
            {
                previous.CopyTo(row);
                continue;
            }
            row.Clear();
            WriteDirection(node, neighbour => _rows.Row(neighbour), row);
        }
    }

    /// <summary>
    /// A user or item without interactions starts in the direction of its attributes and fellows, if it has any: propagation alone would
    /// bring them too, but shorter and later. Fellows that are newcomers themselves do not count, so that the order of nodes makes no difference.
    /// </summary>
    private void WriteNewcomers()
    {
        for (int node = 0; node < EntityCount; node++)
        {
            if (IsNewcomer(node))
                WriteDirection(node, neighbour => IsNewcomer(neighbour) ? default : _rows.Row(neighbour), _rows.Row(node));
        }

        bool IsNewcomer(int node) => node < EntityCount && Neighbours(node).IsEmpty && PreviousRow(node).IsEmpty;
    }

    /// <summary>
    /// Writes the sum of the neighbours' rows, each times its edge's value and d^-1/2, at the mean length of those that are not zero; nothing where
    /// all are.
    /// </summary>
    private void WriteDirection(int node, Func<int, ReadOnlySpan<float>> rowOf, Span<float> row)
    {
        float[] sum = new float[row.Length];
        double lengths = 0;
        int known = 0;
        _plan.Graph.VisitEdges(node, (neighbour, weight) =>
        {
            ReadOnlySpan<float> other = rowOf(neighbour);
            if (other.IndexOfAnyExcept(0f) < 0)
                return;
            TensorPrimitives.MultiplyAdd(other, weight * _plan.Graph.InverseRootDegrees[neighbour], sum, sum);
            lengths += TensorPrimitives.Norm(other);
            known++;
        });
        float length = TensorPrimitives.Norm<float>(sum);
        if (length > 0)
            TensorPrimitives.Multiply(sum, (float)(lengths / known) / length, row);
    }

    private ReadOnlySpan<int> Neighbours(int node) => _plan.Layout.IsUser(node) ? Interactions.ItemsOf(node) : Interactions.UsersOf(_plan.Layout.ItemOf(node));

    /// <summary>The layer-0 embedding of the model to continue from; empty for a node that starts fresh.</summary>
    private ReadOnlySpan<float> PreviousRow(int node)
    {
        ReadOnlySpan<float> row = _plan.Previous is { } previous ? previous[node] : default;
        // Zero is the row of what the model has in its vocabulary and knows nothing of.
        return row.ContainsAnyExcept(0f) ? row : default;
    }

    private void FillRandom(int node, Span<float> row)
    {
        RandomStream random = new(_plan.Settings.Seed, RandomPurpose.Initialization, node);
        if (Initialization.StandardDeviation is float deviation)
            FillNormal(row, deviation, ref random);
        else
            FillUniform(row, Math.Sqrt(6.0 / ((double)_plan.Layout.NodeCount + row.Length)), ref random);
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
