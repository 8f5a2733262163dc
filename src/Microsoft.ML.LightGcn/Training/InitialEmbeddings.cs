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
    // Directions that are made at once.
    private const int NodesAtOnce = 1 << 16;

    private readonly TrainingPlan _plan;
    private readonly ColumnShare _columns;
    private readonly ThreadTeam _team;
    private readonly Matrix _rows;
    private readonly float[] _whole;
    private readonly CancellationToken _cancellationToken;

    private InitialEmbeddings(TrainingPlan plan, ColumnShare columns, ThreadTeam team, CancellationToken cancellationToken)
    {
        _plan = plan;
        _columns = columns;
        _team = team;
        _rows = new Matrix(plan.Layout.NodeCount, columns.Count);
        _whole = new float[columns.Dimension];
        _cancellationToken = cancellationToken;
    }

    private delegate ReadOnlySpan<float> RowOf(int node);

    private BipartiteGraph Interactions => _plan.Interactions;

    private EmbeddingInitialization Initialization => _plan.Settings.Initialization;

    // Users and items; attributes follow.
    private int EntityCount => _plan.Layout.FirstAttribute;

    /// <summary>A row for every node.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Matrix Create(TrainingPlan plan, CancellationToken cancellationToken) =>
        Create(plan, new ColumnShare(plan.Settings.EmbeddingDimension), cancellationToken);

    /// <summary>A row for every node, of this process's columns.</summary>
    /// <inheritdoc cref="Create(TrainingPlan, CancellationToken)" path="/exception"/>
    public static Matrix Create(TrainingPlan plan, ColumnShare columns, CancellationToken cancellationToken)
    {
        using ThreadTeam team = new(plan.Settings.ThreadCount);
        InitialEmbeddings initial = columns.Processes.Together(() => new InitialEmbeddings(plan, columns, team, cancellationToken));
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
                _columns.Of(previous).CopyTo(row);
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
        Matrix items = ItemSubspace.Compute(Interactions, _columns, iterations, _plan.Settings.Seed, _team, _cancellationToken);
        RelationSmoothing.Smooth(_plan.Graph, items, _columns, _team);
        Matrix users = _columns.Processes.Together(() => ItemSubspace.ToUsers(Interactions, items, _team));
        bool[] spanned = new bool[_columns.Count];
        for (int item = 0; item < items.RowCount; item++)
        {
            ReadOnlySpan<float> row = items.Row(item);
            for (int k = 0; k < spanned.Length; k++)
                spanned[k] |= row[k] != 0;
        }
        int rank = _columns.Processes.GatherValues(spanned.Count(true)).Sum();
        float[] userLengths = _columns.Lengths(users, padded: false, _team), itemLengths = _columns.Lengths(items, padded: false, _team);
        for (int node = 0; node < EntityCount; node++)
        {
            Span<float> row = _rows.Row(node);
            bool isUser = node < users.RowCount;
            ReadOnlySpan<float> direction = isUser ? users.Row(node) : items.Row(node - users.RowCount);
            float length = isUser ? userLengths[node] : itemLengths[node - users.RowCount];
            if (Neighbours(node).IsEmpty)
            {
                row.Clear();
                continue;
            }
            if (length <= 0)
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
        WriteDirections(
            Enumerable.Range(0, EntityCount).Where(node => PreviousRow(node).IsEmpty && !Neighbours(node).IsEmpty),
            node => PreviousRow(node) is { IsEmpty: false } row ? TensorPrimitives.Norm(row) : -1,
            node => _columns.Of(PreviousRow(node)));
    }

    /// <summary>An attribute starts in the direction of those that have it, as long as they are on average; at zero where they all do.</summary>
    private void WriteAttributes()
    {
        if (_plan.Layout.AttributeCount == 0)
            return;
        for (int node = EntityCount; node < _plan.Layout.NodeCount; node++)
        {
            if (PreviousRow(node) is { IsEmpty: false } previous)
                _columns.Of(previous).CopyTo(_rows.Row(node));
            else
                _rows.Row(node).Clear();
        }
        float[] lengths = _columns.Lengths(_rows, padded: false, _team);
        WriteDirections(
            Enumerable.Range(EntityCount, _plan.Layout.AttributeCount).Where(node => PreviousRow(node).IsEmpty), node => lengths[node],
            node => _rows.Row(node));
    }

    /// <summary>
    /// A user or item without interactions starts in the direction of its attributes and fellows, if it has any: propagation alone would
    /// bring them too, but shorter and later. Fellows that are newcomers themselves do not count, so that the order of nodes makes no difference.
    /// </summary>
    private void WriteNewcomers()
    {
        // Nothing else leads to them.
        if (_plan.Graph.Relations.Count == 0)
            return;
        float[] lengths = _columns.Lengths(_rows, padded: false, _team);
        WriteDirections(Enumerable.Range(0, EntityCount).Where(IsNewcomer), node => IsNewcomer(node) ? -1 : lengths[node], node => _rows.Row(node));

        bool IsNewcomer(int node) => node < EntityCount && Neighbours(node).IsEmpty && PreviousRow(node).IsEmpty;
    }

    /// <summary>
    /// Writes to each node the sum of its neighbours' rows, each times its edge's value and d^-1/2, at the mean length of those that are not zero; nothing
    /// where all are.
    /// </summary>
    /// <param name="nodes">The nodes; the same in every process.</param>
    /// <param name="lengthOf">The length of a neighbour's row; negative where it is zero, or does not count.</param>
    /// <param name="rowOf">This process's columns of it.</param>
    private void WriteDirections(IEnumerable<int> nodes, Func<int, float> lengthOf, RowOf rowOf)
    {
        foreach (int[] part in nodes.Chunk(NodesAtOnce))
        {
            (Matrix sums, float[] means) = _columns.Processes.Together(() => Sums(part, lengthOf, rowOf));
            float[] lengths = _columns.Lengths(sums, padded: false, _team);
            for (int n = 0; n < part.Length; n++)
            {
                if (lengths[n] > 0)
                    TensorPrimitives.Multiply(sums.Row(n), means[n] / lengths[n], _rows.Row(part[n]));
            }
        }
    }

    /// <summary>The sums of the neighbours' rows, and the mean lengths of those that are not zero.</summary>
    private (Matrix Sums, float[] Means) Sums(int[] nodes, Func<int, float> lengthOf, RowOf rowOf)
    {
        Matrix sums = new(nodes.Length, _columns.Count);
        float[] means = new float[nodes.Length];
        for (int n = 0; n < nodes.Length; n++)
        {
            int row = n, known = 0;
            double lengths = 0;
            _plan.Graph.VisitEdges(nodes[n], (neighbour, weight) =>
            {
                float length = lengthOf(neighbour);
                if (length < 0)
                    return;
                TensorPrimitives.MultiplyAdd(rowOf(neighbour), weight * _plan.Graph.InverseRootDegrees[neighbour], sums.Row(row), sums.Row(row));
                lengths += length;
                known++;
            });
            means[n] = (float)(lengths / known);
        }
        return (sums, means);
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
            FillNormal(_whole, deviation, ref random);
        else
            FillUniform(_whole, Math.Sqrt(6.0 / ((double)_plan.Layout.NodeCount + _whole.Length)), ref random);
        _columns.Of(_whole).CopyTo(row);
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
