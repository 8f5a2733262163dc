using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The settings of a <see cref="NeighbourRegression"/>.</summary>
/// <param name="NeighbourCount">Weights of an item, m.</param>
/// <param name="Regularization">Lambda.</param>
/// <param name="UserDegreeExponent">Beta.</param>
/// <param name="PopularityExponent">Alpha; null for one that follows from how much is known of an item.</param>
/// <param name="DropoutRate">p.</param>
/// <param name="MaximumHistoryLength">Items of a history that count; of longer ones a sample.</param>
/// <param name="Amplification">Rho, the power of the weights; null for one that follows from how much is known of an item.</param>
internal sealed record NeighbourRegressionSettings(
    int NeighbourCount,
    float Regularization,
    float UserDegreeExponent,
    float? PopularityExponent,
    float DropoutRate,
    int MaximumHistoryLength,
    float? Amplification = 1)
{
    public const int DefaultNeighbourCount = 50;
    public const float DefaultRegularization = 20;
    public const float DefaultUserDegreeExponent = 0.5f;
    public const float DefaultDropoutRate = 0.15f;
    public const int DefaultMaximumHistoryLength = 1000;

    // docs/tuning.md has what they are from.
    private const double FewInteractions = 20, ExponentPerDoubling = 0.1, GreatestExponent = 0.3;

    /// <summary>Alpha on a graph.</summary>
    public double PopularityExponentOn(BipartiteGraph graph) => PopularityExponent ?? Certainty(graph);

    /// <summary>Rho on a graph.</summary>
    public double AmplificationOn(BipartiteGraph graph) => Amplification ?? 1 + GreatestExponent - Certainty(graph);

    /// <summary>Interactions of an item, on average over those that have some.</summary>
    public static double MeanInteractions(BipartiteGraph graph)
    {
        int items = 0;
        for (int item = 0; item < graph.ItemCount; item++)
            items += graph.UsersOf(item).IsEmpty ? 0 : 1;
        return graph.InteractionCount / (double)Math.Max(1, items);
    }

    // How far a graph is from few interactions of an item (0) to many (the greatest exponent): alpha grows with it, and rho falls to 1.
    private static double Certainty(BipartiteGraph graph) =>
        Math.Clamp(ExponentPerDoubling * Math.Log2(MeanInteractions(graph) / FewInteractions), 0, GreatestExponent);

    /// <summary>Checks the settings as options.</summary>
    /// <param name="prefix">What the options' names start with.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public void Validate(string prefix = "")
    {
        Expect.Between(1, 1000, NeighbourCount, prefix + nameof(NeighbourCount));
        Expect.Between(1e-6f, 1e9f, Regularization, prefix + nameof(Regularization));
        Expect.Between(0f, 1, UserDegreeExponent, prefix + nameof(UserDegreeExponent));
        if (PopularityExponent is float exponent)
            Expect.Between(0f, 1, exponent, prefix + nameof(PopularityExponent));
        Expect.Between(0f, 0.95f, DropoutRate, prefix + nameof(DropoutRate));
        Expect.Between(2, 1_000_000, MaximumHistoryLength, prefix + nameof(MaximumHistoryLength));
        if (Amplification is float amplification)
            Expect.Between(1f, 4, amplification, prefix + nameof(Amplification));
    }
}

/// <summary>
/// For every item i the ridge regression of its column of the interaction matrix on those of its m nearest neighbours N(i): fsSLIM (Ning and Karypis,
/// ICDM 2011) with its L2 penalty alone, which is EASE (Steck, WWW 2019) on a support that is chosen beforehand.
/// </summary>
/// <remarks>
/// <para>
/// With X = diag(d_u^-beta)^(1/2) R and G = X^T X, b_i = (G_NN + diag(Lambda_N))^-1 G_Ni, Lambda_j = lambda * mean of d_u^-beta + p / (1 - p) G_jj, and the
/// weights are W_ji = d_j^alpha sign(b_ji) |b_ji|^rho d_i^-alpha. N(i) are the items j of the greatest G_ij / sqrt(G_jj + Lambda_j): those that alone would
/// explain most of i.
/// </para>
/// <para>
/// Rows of G are computed twice: once to choose the neighbours, and once for the triangles G_NN, which are filled for a block of items at a time,
/// an eighth of all or as many as 64 MB have room for, and at most 512 MB, or more where a caller has it to spare. Of histories longer than a
/// maximum a sample counts, as <see cref="LongHistories"/> draws it: their cost is the square of their length, and they say little of taste. Time is
/// that of visiting every history once for each of its items, in each block, and m^3 / 6 multiply-adds an item; memory is 8 m bytes an item and the
/// block's. Neither the threads nor the blocks have any part in the result.
/// </para>
/// </remarks>
internal sealed class NeighbourRegression
{
    private const long SmallestRoom = 1 << 24, LargestRoom = 1 << 27;
    private const int AutomaticBlockCount = 8;

    private const int RowsPerChunk = 64, GainsAtOnce = 2048;
    private const int Lanes = BatchedCholesky.Lanes;

    private readonly double _popularityExponent, _amplification;
    private readonly CoOccurrence _coOccurrence;
    private readonly ThreadTeam _team;
    private readonly ProcessGroup _processes;
    private readonly CancellationToken _cancellationToken;
    private readonly int _itemCount, _size, _triangle;
    private readonly float[] _diagonal, _ridge, _inverseRoots;
    // For each item its neighbours, ascending, and their co-occurrences with it, which the solutions replace; as many places for each.
    private readonly int[] _counts, _neighbours;
    private readonly float[] _values;
    private readonly ConcurrentBag<CoOccurrence.Scratch> _scratch = [];

    private NeighbourRegression(
        BipartiteGraph graph, NeighbourRegressionSettings settings, ThreadTeam team, ProcessGroup processes, CancellationToken cancellationToken)
    {
        _processes = processes;
        _popularityExponent = settings.PopularityExponentOn(graph);
        _amplification = settings.AmplificationOn(graph);
        _team = team;
        _cancellationToken = cancellationToken;
        _itemCount = graph.ItemCount;
        _size = Math.Min(settings.NeighbourCount, _itemCount);
        _triangle = BatchedCholesky.TriangleOf(_size);
        float[] userWeights = new float[graph.UserCount];
        double sum = 0;
        int active = 0;
        for (int user = 0; user < userWeights.Length; user++)
        {
            int degree = graph.ItemsOf(user).Length;
            if (degree == 0)
                continue;
            userWeights[user] = (float)Math.Pow(degree, -settings.UserDegreeExponent);
            sum += userWeights[user];
            active++;
        }
        _coOccurrence = new CoOccurrence(graph, userWeights);
        _diagonal = _coOccurrence.Diagonal();
        float ridge = (float)(settings.Regularization * sum / Math.Max(1, active)), share = settings.DropoutRate / (1 - settings.DropoutRate);
        _ridge = Array.ConvertAll(_diagonal, value => ridge + share * value);
        _inverseRoots = new float[_itemCount];
        for (int item = 0; item < _itemCount; item++)
            _inverseRoots[item] = 1 / MathF.Sqrt(_diagonal[item] + _ridge[item]);
        _counts = new int[_itemCount];
        _neighbours = new int[(long)_itemCount * _size];
        _values = new float[(long)_itemCount * _size];
    }

    /// <summary>Room for the triangles of a block of items, in floats: what suits their number, or what a caller has to spare.</summary>
    public static long RoomFor(BipartiteGraph graph, NeighbourRegressionSettings settings, long freeBytes)
    {
        long all = (long)graph.ItemCount * BatchedCholesky.TriangleOf(Math.Min(settings.NeighbourCount, graph.ItemCount));
        return Math.Max(Math.Clamp(all / AutomaticBlockCount, SmallestRoom, LargestRoom), freeBytes / sizeof(float));
    }

    /// <summary>The weights: for each item to score a row of what the items of a history add.</summary>
    /// <param name="graph">The interactions.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="team">The threads.</param>
    /// <param name="cancellationToken">Checked before every chunk of rows.</param>
    /// <param name="maximumTriangleFloats">Room for the triangles of a block of items; null for what suits their number (<see cref="RoomFor"/>).</param>
    /// <param name="processes">The processes that share the items out among them; null for this one alone.</param>
    /// <exception cref="ArgumentException">There is no room in an array for the weights of all items.</exception>
    /// <exception cref="ArithmeticException">The regularisation is too small for the precision of float32.</exception>
    public static SparseRows Compute(
        BipartiteGraph graph,
        NeighbourRegressionSettings settings,
        ThreadTeam team,
        CancellationToken cancellationToken,
        long? maximumTriangleFloats = null,
        ProcessGroup? processes = null)
    {
        processes ??= ProcessGroup.Single;
        long room = (long)graph.ItemCount * Math.Min(settings.NeighbourCount, graph.ItemCount);
        if (room > Array.MaxLength)
            throw new ArgumentException(
                $"{graph.ItemCount:N0} items of {settings.NeighbourCount:N0} weights take {room:N0} numbers, and an array holds at most {Array.MaxLength:N0}. "
                + $"Choose a smaller {nameof(settings.NeighbourCount)}.");
        NeighbourRegression regression = new(LongHistories.Sample(graph, settings.MaximumHistoryLength), settings, team, processes, cancellationToken);
        processes.Together(regression.ChooseNeighbours);
        regression.GatherNeighbours();
        processes.Together(() => regression.SolveAll(maximumTriangleFloats ?? RoomFor(graph, settings, 0)));
        regression.GatherShares(regression._values, regression._size);
        return regression.ToRows();
    }

    /// <summary>The items whose weights this process computes.</summary>
    private (int First, int End) OwnItems => _processes.OwnShareOf(_itemCount);

    private void SolveAll(long room)
    {
        (int start, int end) = OwnItems;
        int triangle = Math.Max(1, _triangle), block = (int)Math.Clamp(room / triangle / Lanes * Lanes, Lanes, end - start + Lanes);
        using UnmanagedFloats triangles = new((long)Math.Min(block, end - start) * triangle);
        for (int first = start; first < end; first += block)
            SolveBlock(first, Math.Min(block, end - first), triangles);
    }

    private void GatherNeighbours()
    {
        GatherShares(_counts, 1);
        GatherShares(_neighbours, _size);
        GatherShares(_values, _size);
    }

    /// <summary>Gives every process what each has for its items: as many values for each item.</summary>
    private void GatherShares<T>(T[] values, int size)
        where T : unmanaged
    {
        if (_processes.Count == 1)
            return;
        int[] counts = new int[_processes.Count];
        for (int rank = 0; rank < counts.Length; rank++)
        {
            (int first, int end) = _processes.ShareOf(_itemCount, rank);
            counts[rank] = (end - first) * size;
        }
        _processes.Gather<T>(values.AsSpan(OwnItems.First * size, counts[_processes.Rank]), values, counts);
    }

    private Span<int> NeighboursOf(int item) => _neighbours.AsSpan(item * _size, _counts[item]);

    private void ForRows(int first, int count, Action<int, CoOccurrence.Scratch> action) => _team.Run((count + RowsPerChunk - 1) / RowsPerChunk, chunk =>
    {
        _cancellationToken.ThrowIfCancellationRequested();
        if (!_scratch.TryTake(out CoOccurrence.Scratch? scratch))
            scratch = new CoOccurrence.Scratch(_itemCount);
        int end = first + Math.Min(count, (chunk + 1) * RowsPerChunk);
        for (int row = first + chunk * RowsPerChunk; row < end; row++)
            action(row, scratch);
        _scratch.Add(scratch);
    });

    private void ChooseNeighbours() => ForRows(OwnItems.First, OwnItems.End - OwnItems.First, (item, scratch) =>
    {
        _coOccurrence.AddRow(item, scratch);
        Span<int> chosen = _neighbours.AsSpan(item * _size, _size);
        Span<float> values = _values.AsSpan(item * _size, _size);
        int count = scratch.IsDense ? ChooseAmongAll(item, scratch, chosen, values) : ChooseAmongTouched(item, scratch, chosen, values);
        _counts[item] = count;
        chosen = chosen[..count];
        chosen.Sort();
        for (int n = 0; n < count; n++)
            values[n] = scratch.Sums[chosen[n]];
        scratch.Clear();
    });

    private int ChooseAmongTouched(int item, CoOccurrence.Scratch scratch, Span<int> chosen, Span<float> values)
    {
        Span<int> touched = scratch.Touched.AsSpan(0, scratch.Count);
        // Equal ones by index.
        touched.Sort();
        using PooledVector gains = new(touched.Length);
        for (int t = 0; t < touched.Length; t++)
            gains.Span[t] = touched[t] == item ? float.NegativeInfinity : scratch.Sums[touched[t]] * _inverseRoots[touched[t]];
        int count = TopNSelection.Select(gains.Span, chosen, values);
        for (int n = 0; n < count; n++)
            chosen[n] = touched[chosen[n]];
        return count;
    }

    private int ChooseAmongAll(int item, CoOccurrence.Scratch scratch, Span<int> chosen, Span<float> values)
    {
        Span<float> gains = stackalloc float[GainsAtOnce];
        BestRows best = new(chosen, values);
        for (int first = 0; first < _itemCount; first += GainsAtOnce)
        {
            Span<float> part = gains[..Math.Min(GainsAtOnce, _itemCount - first)];
            TensorPrimitives.Multiply(scratch.Sums.AsSpan(first, part.Length), _inverseRoots.AsSpan(first, part.Length), part);
            if (item >= first && item < first + part.Length)
                part[item - first] = float.NegativeInfinity;
            TopNSelection.Offer(ref best, part, first);
        }
        int count = best.Finish();
        // Items without a user in common come last.
        while (count > 0 && scratch.Sums[chosen[count - 1]] == 0)
            count--;
        return count;
    }

    private void SolveBlock(int first, int count, UnmanagedFloats triangles)
    {
        FillTriangles(first, count, triangles);
        _team.Run((count + Lanes - 1) / Lanes, batch =>
        {
            _cancellationToken.ThrowIfCancellationRequested();
            Solve(first, first + batch * Lanes, Math.Min(Lanes, count - batch * Lanes), triangles);
        });
    }

    /// <summary>For each neighbour of any item of the block, its row of G goes to the triangles of all those items.</summary>
    private void FillTriangles(int first, int count, UnmanagedFloats triangles)
    {
        int[] starts = new int[_itemCount + 1];
        for (int item = first; item < first + count; item++)
        {
            foreach (int neighbour in NeighboursOf(item))
                starts[neighbour]++;
        }
        SparseRows.ToOffsets(starts);
        int[] targets = GC.AllocateUninitializedArray<int>(starts[^1]), places = GC.AllocateUninitializedArray<int>(starts[^1]);
        for (int item = first; item < first + count; item++)
        {
            ReadOnlySpan<int> neighbours = NeighboursOf(item);
            for (int n = 0; n < neighbours.Length; n++)
            {
                int place = starts[neighbours[n]]++;
                (targets[place], places[place]) = (item, n);
            }
        }
        SparseRows.ShiftBack(starts);
        ForRows(0, _itemCount, (row, scratch) =>
        {
            if (starts[row] == starts[row + 1])
                return;
            _coOccurrence.AddRow(row, scratch);
            float[] sums = scratch.Sums;
            for (int t = starts[row]; t < starts[row + 1]; t++)
            {
                int place = places[t];
                ReadOnlySpan<int> before = NeighboursOf(targets[t])[..place];
                Span<float> triangle = triangles.Slice((long)(targets[t] - first) * _triangle + BatchedCholesky.TriangleOf(place), place + 1);
                for (int k = 0; k < before.Length; k++)
                    triangle[k] = sums[before[k]];
                triangle[place] = _diagonal[row] + _ridge[row];
            }
            scratch.Clear();
        });
    }

    private void Solve(int firstOfBlock, int first, int count, UnmanagedFloats triangles)
    {
        int size = 0;
        for (int lane = 0; lane < count; lane++)
            size = Math.Max(size, _counts[first + lane]);
        int entries = BatchedCholesky.TriangleOf(size);
        using PooledVector matrices = new(entries * Lanes), vectors = new(size * Lanes);
        Span<float> matrix = matrices.Span, vector = vectors.Span;
        for (int lane = 0; lane < Lanes; lane++)
        {
            int item = first + lane, own = lane < count ? _counts[item] : 0, known = BatchedCholesky.TriangleOf(own);
            ReadOnlySpan<float> triangle = known == 0 ? default : triangles.Slice((long)(item - firstOfBlock) * _triangle, known);
            for (int entry = 0, place = lane; entry < known; entry++, place += Lanes)
                matrix[place] = triangle[entry];
            for (int n = 0; n < own; n++)
                vector[n * Lanes + lane] = _values[item * _size + n];
            // What a lane lacks in rows is an identity, which solves to zero.
            for (int row = own; row < size; row++)
                matrix[(BatchedCholesky.TriangleOf(row) + row) * Lanes + lane] = 1;
        }
        BatchedCholesky.Solve(matrix, vector, size);
        for (int lane = 0; lane < count; lane++)
            Take(first + lane, lane, vector);
    }

    private void Take(int item, int lane, ReadOnlySpan<float> solution)
    {
        ReadOnlySpan<int> neighbours = NeighboursOf(item);
        Span<float> values = _values.AsSpan(item * _size, neighbours.Length);
        int degree = _coOccurrence.Graph.UsersOf(item).Length;
        for (int n = 0; n < neighbours.Length; n++)
        {
            float weight = solution[n * Lanes + lane];
            if (!float.IsFinite(weight))
                throw new ArithmeticException("The co-occurrences of an item's neighbours, with the regularization added, are not positive definite.");
            double ratio = _coOccurrence.Graph.UsersOf(neighbours[n]).Length / (double)degree;
            if (_amplification != 1)
                weight = MathF.CopySign((float)Math.Pow(Math.Abs(weight), _amplification), weight);
            values[n] = weight * (float)Math.Pow(ratio, _popularityExponent);
        }
    }

    private SparseRows ToRows()
    {
        int[] offsets = new int[_itemCount + 1];
        _counts.CopyTo(offsets, 0);
        SparseRows.ToOffsets(offsets);
        int[] indices = GC.AllocateUninitializedArray<int>(offsets[^1]);
        float[] weights = GC.AllocateUninitializedArray<float>(offsets[^1]);
        for (int item = 0; item < _itemCount; item++)
        {
            NeighboursOf(item).CopyTo(indices.AsSpan(offsets[item]));
            _values.AsSpan(item * _size, _counts[item]).CopyTo(weights.AsSpan(offsets[item]));
        }
        return new SparseRows(offsets, indices, weights);
    }
}
