using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>What training learned, where it need not be whole in any process: it is read a part at a time, by all processes together.</summary>
internal sealed class TrainedRows(TrainingPlan plan, ITrainingSession session, ProcessGroup processes)
{
    /// <summary>Bytes that rows take while they are read.</summary>
    public const int PartBytes = PartLength * sizeof(float);

    private const int PartLength = 1 << 22;

    private float[] _part = [];
    private float _greatestUser, _greatestItem;

    /// <summary>The nodes.</summary>
    public NodeLayout Layout => plan.Layout;

    /// <summary>Components of an embedding.</summary>
    public int Dimension => plan.Settings.EmbeddingDimension;

    /// <summary>The users and items that have an embedding.</summary>
    public KnownNodes Known => plan.Known;

    /// <summary>What items' weights for each other add to the score; null where it is the inner product alone.</summary>
    public Neighbourhood? Neighbourhood { get; set; }

    /// <summary>Whether this process is in <see cref="Read"/>, or left it by an exception: what ends that ends it in all processes.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Reads whole rows, those of unknown users and items as zero. It waits for the other processes, one of which may have failed meanwhile.</summary>
    /// <param name="table">Layer-0 embeddings, or embeddings as they score.</param>
    /// <param name="firstNode">The first node.</param>
    /// <param name="count">Number of nodes, all of one type.</param>
    /// <param name="take">Takes neighbouring rows, whole segments of <see cref="ColumnShare.RowsPerSegment"/> until the last; must not wait for others.</param>
    /// <exception cref="InvalidOperationException">Embeddings are not finite, or another process failed.</exception>
    public void Read(TrainingTable table, int firstNode, int count, Action<ReadOnlyMemory<float>> take)
    {
        IsReading = true;
        int atOnce = Math.Min(count, Math.Max(1, PartLength / (Dimension * ColumnShare.RowsPerSegment)) * ColumnShare.RowsPerSegment);
        processes.Together(() =>
        {
            if (_part.Length < atOnce * Dimension)
                _part = new float[atOnce * Dimension];
        });
        for (int start = 0; start < count; start += atOnce)
        {
            int length = Math.Min(atOnce, count - start) * Dimension;
            session.ReadRows(table, firstNode + start, _part.AsSpan(0, length));
            Clear(firstNode + start, _part.AsSpan(0, length));
            if (!float.IsFinite(TensorPrimitives.SumOfSquares<float>(_part.AsSpan(0, length))))
                throw TrainingFailure.Diverged(plan, TrainingLoop.TooLarge);
            if (table == TrainingTable.Propagated)
                Measure(firstNode, _part.AsSpan(0, length));
            processes.Together(() => take(_part.AsMemory(0, length)));
        }
        IsReading = false;
    }

    /// <summary>Checks the embeddings as they score, all of which have been read.</summary>
    /// <exception cref="InvalidOperationException">They have vanished.</exception>
    public void CheckRead() => TrainingLoop.CheckGreatest(plan, _greatestUser, _greatestItem);

    private void Clear(int firstNode, Span<float> rows)
    {
        for (int n = 0; !Known.IsAll && n < rows.Length / Dimension; n++)
        {
            int node = firstNode + n;
            if (Layout.IsUser(node) ? !Known.HasUser(node) : !Layout.IsAttribute(node) && !Known.HasItem(Layout.ItemOf(node)))
                rows.Slice(n * Dimension, Dimension).Clear();
        }
    }

    private void Measure(int firstNode, ReadOnlySpan<float> rows)
    {
        ref float greatest = ref Layout.IsUser(firstNode) ? ref _greatestUser : ref _greatestItem;
        greatest = Math.Max(greatest, Math.Abs(TensorPrimitives.MaxMagnitude(rows)));
    }
}
