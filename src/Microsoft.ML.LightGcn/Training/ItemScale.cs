using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// What sampled softmax makes of an item's propagated embedding e in the scores of the trained model:
/// d^2 / (d^2 + s^2) |e|^(a-1) e, d the item's weighted degree, s the shrinkage, a the length exponent.
/// </summary>
/// <remarks>
/// An item without interactions is not shrunk: all that it has comes along relations, from many items, or from a model that training
/// continued from.
/// </remarks>
internal sealed class ItemScale
{
    private ItemScale(float exponent, float[] reliabilities)
    {
        Exponent = exponent;
        Reliabilities = reliabilities;
    }

    /// <summary>a.</summary>
    public float Exponent { get; }

    /// <summary>d^2 / (d^2 + s^2) of each item; 1 for one without interactions.</summary>
    public float[] Reliabilities { get; }

    /// <summary>The scale of a resolved objective; null for one that scores with the embeddings as they are.</summary>
    public static ItemScale? Create(HeterogeneousGraph graph, TrainingObjective objective)
    {
        if (objective is not SampledSoftmaxObjective softmax)
            return null;
        BipartiteGraph interactions = graph.Interactions;
        double shrinkage = softmax.Shrinkage!.Value;
        float[] reliabilities = new float[interactions.ItemCount];
        for (int item = 0; item < reliabilities.Length; item++)
        {
            double inverseRootDegree = graph.InverseRootDegrees[graph.Layout.ItemNode(item)],
                shrunk = shrinkage * inverseRootDegree * inverseRootDegree;
            reliabilities[item] = interactions.UsersOf(item).IsEmpty ? 1 : (float)(1 / (1 + shrunk * shrunk));
        }
        return new ItemScale(softmax.LengthExponent, reliabilities);
    }

    /// <summary>Scales the rows of items; a zero row stays zero.</summary>
    /// <param name="table">The propagated embeddings.</param>
    /// <param name="layout">Its nodes.</param>
    public void Apply(Matrix table, NodeLayout layout)
    {
        for (int item = 0; item < Reliabilities.Length; item++)
            Apply(item, table.PaddedRow(layout.ItemNode(item)));
    }

    /// <summary>Scales the row of an item, its padding included.</summary>
    public void Apply(int item, Span<float> row)
    {
        float length = TensorPrimitives.Norm<float>(row);
        if (length > 0)
            TensorPrimitives.Multiply(row, Reliabilities[item] * MathF.Pow(length, Exponent - 1), row);
    }
}
