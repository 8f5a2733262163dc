using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Kernels;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>What an objective makes of the lengths of items' propagated embeddings, in the scores of the trained model.</summary>
internal static class ItemLengths
{
    /// <summary>The power of its length that an item's embedding gets; 1 leaves it as it is.</summary>
    public static float Exponent(TrainingObjective objective) => objective is SampledSoftmaxObjective softmax ? softmax.LengthExponent : 1;

    /// <summary>Gives rows of a table the given power of their length; a zero row stays zero.</summary>
    public static void Raise(EmbeddingTable table, int first, int count, float exponent)
    {
        if (exponent == 1)
            return;
        for (int r = first; r < first + count; r++)
        {
            Span<float> row = table.PaddedRow(r);
            float length = TensorPrimitives.Norm<float>(row);
            if (length > 0)
                TensorPrimitives.Multiply(row, MathF.Pow(length, exponent - 1), row);
        }
    }
}
