using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>The low-pass part of a graph filter: what the smoothest signals of the graph make of a history.</summary>
internal sealed class LowPass
{
    private readonly BipartiteGraph _graph;
    private readonly Lazy<RowPanels> _panels;

    /// <param name="graph">The graph.</param>
    /// <param name="factors">Rows V_i / sqrt(d_i).</param>
    /// <param name="weight">Weight of the part.</param>
    public LowPass(BipartiteGraph graph, Matrix factors, float weight)
    {
        _graph = graph;
        Factors = factors;
        Weight = weight;
        _panels = new Lazy<RowPanels>(Pack);
    }

    /// <summary>Rows V_i / sqrt(d_i).</summary>
    public Matrix Factors { get; }

    /// <summary>Weight of the part.</summary>
    public float Weight { get; }

    /// <summary>Floats of a vector, padded.</summary>
    public int Stride => Factors.Stride;

    /// <summary>The user's side: the mean of the history's factors times the root of its length.</summary>
    public void WriteUser(ReadOnlySpan<int> history, Span<float> target) =>
        GatherSum.Compute(history, default, Factors.Padded, TwoHops.UserScale(history), default, 0, target);

    /// <summary>The item's side: weight * sqrt(d_i) V_i.</summary>
    public void WriteItem(int item, Span<float> target) =>
        TensorPrimitives.Multiply(Factors.PaddedRow(item), Weight * _graph.UsersOf(item).Length, target);

    /// <summary>The part of one pair's score.</summary>
    public float Score(ReadOnlySpan<int> history, int item)
    {
        using PooledVector left = new(Stride), right = new(Stride);
        WriteUser(history, left.Span);
        WriteItem(item, right.Span);
        return PairScore.Compute(left.Span, right.Span);
    }

    /// <summary>Writes the part of all scores of a block of histories.</summary>
    public void Score(int count, Histories historyOf, Span<float> scores)
    {
        float[] factors = ArrayPool<float>.Shared.Rent(count * Stride);
        int[] order = ArrayPool<int>.Shared.Rent(count);
        for (int u = 0; u < count; u++)
        {
            WriteUser(historyOf(u), factors.AsSpan(u * Stride, Stride));
            order[u] = u;
        }
        _panels.Value.Multiply(factors, order.AsSpan(0, count), scores);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<float>.Shared.Return(factors);
    }

    private RowPanels Pack()
    {
        RowPanels panels = new(_graph.ItemCount, Factors.ColumnCount);
        float[] row = new float[Stride];
        for (int item = 0; item < _graph.ItemCount; item++)
        {
            WriteItem(item, row);
            panels.Set(item, row);
        }
        return panels;
    }
}
