using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>The other models as tensors of a <see cref="ModelFile"/>; the history is there beside them.</summary>
internal static class BaselineFiles
{
    private const string Rows = "item_weights.by_seen_item", Columns = "item_weights.by_item", Dense = "item_weights", Factors = "low_pass.item_factors";

    /// <summary>Adds the weights of an item-item model.</summary>
    public static ModelFileState Add(ModelFileWriter writer, ItemSimilarityModelParameters model, ModelFileState state)
    {
        if (model.Weights is SparseItemWeights sparse)
        {
            writer.AddRows(Rows, sparse.ByRow);
            writer.AddRows(Columns, sparse.ByColumn);
            return state with { ItemWeights = sparse.NonZeroCount };
        }
        Matrix weights = ((DenseItemWeights)model.Weights).Matrix;
        writer.Add<float>(Dense, weights.ToArray(0, weights.RowCount), weights.RowCount, weights.ColumnCount);
        return state;
    }

    /// <summary>Adds the low-pass part of a graph filter, if it has one.</summary>
    public static ModelFileState Add(ModelFileWriter writer, GraphFilterModelParameters model, ModelFileState state)
    {
        if (model.LowPass is not { } lowPass)
            return state;
        writer.Add<float>(Factors, lowPass.Factors.ToArray(0, model.ItemCount), model.ItemCount, lowPass.Factors.ColumnCount);
        return state with { Dimension = lowPass.Factors.ColumnCount, LowPassWeight = lowPass.Weight };
    }

    /// <summary>Reads an item-item model.</summary>
    public static ItemSimilarityModelParameters ReadSimilarity(ModelFileReader reader)
    {
        ModelFileState state = reader.State;
        ItemWeights weights = state.ItemWeights is int count
            ? SparseItemWeights.FromBoth(
                reader.ReadRows(Rows, state.Items, state.Items, count, hasWeights: count > 0),
                reader.ReadRows(Columns, state.Items, state.Items, count, hasWeights: count > 0))
            : new DenseItemWeights(reader.ReadMatrix(Dense, state.Items, state.Items));
        return new ItemSimilarityModelParameters(state.Kind, reader.ReadHistory(), weights, reader.Users, reader.Items);
    }

    /// <summary>Reads a graph filter.</summary>
    public static GraphFilterModelParameters ReadFilter(ModelFileReader reader)
    {
        ModelFileState state = reader.State;
        BipartiteGraph history = reader.ReadHistory();
        LowPass? lowPass = null;
        if (state.Dimension is int dimension)
        {
            if (dimension < 1 || state.LowPassWeight is not { } weight || !float.IsFinite(weight))
                throw reader.Tensors.Bad($"the low-pass part has {dimension} dimensions and the weight {state.LowPassWeight}");
            lowPass = new LowPass(history, reader.ReadMatrix(Factors, state.Items, dimension), weight);
        }
        return new GraphFilterModelParameters(history, lowPass, reader.Users, reader.Items);
    }
}
