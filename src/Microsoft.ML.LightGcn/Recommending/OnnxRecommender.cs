using System.Runtime.InteropServices;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>A LightGCN model that recommends, as a graph of standard operators.</summary>
/// <remarks>
/// A score is the inner product of the user's vector and the item's, plus the weights from the user's items to it. The weights are kept for each item to
/// score, as many for each, with zeros in the places that are empty: what a history gives is then a gather and a sum of rows.
/// </remarks>
internal sealed class OnnxRecommender
{
    private readonly LightGcnModelParameters _model;
    private readonly OnnxFile _file = new();

    private OnnxRecommender(LightGcnModelParameters model) => _model = model;

    private int ItemCount => _model.ItemCount;

    private int Dimension => _model.EmbeddingDimension;

    /// <summary>The graph of a model.</summary>
    /// <param name="model">The model, with its history.</param>
    /// <param name="input">What it recommends to.</param>
    /// <param name="known">What the model knows.</param>
    public static OnnxFile Create(LightGcnModelParameters model, OnnxInput input, KnownNodes known)
    {
        OnnxRecommender onnx = new(model);
        onnx.AddShared(known);
        if (input == OnnxInput.Items)
            onnx.AddNewUser();
        else
            onnx.AddKnownUser();
        onnx.AddScores();
        return onnx._file;
    }

    private void AddShared(KnownNodes known)
    {
        float[] excluded = new float[ItemCount];
        foreach (int item in known.UnknownItems)
            excluded[item] = 1;
        _file.Constant<float>("unknown", excluded, ItemCount);
        _file.Constant<float>("item_vectors", _model.Embeddings.Final.Items, ItemCount, Dimension);
        _file.Constant<float>("zeros", new float[ItemCount], ItemCount);
        _file.Constant<float>("zero", (float[])[0f], 1);
        _file.Constant<float>("one", (float[])[1f], 1);
        _file.Constant<float>("nowhere", (float[])[float.NegativeInfinity], 1);
        _file.Constant<long>("flat", (long[])[-1L], 1);
        _file.Constant<long>("item_count", (long[])[ItemCount], 1);
    }

    /// <summary>vector: the sum of the rows of the items chosen, over the root of their number.</summary>
    private void AddNewUser()
    {
        EmbeddingFoldIn foldIn = _model.FoldIn!;
        float[] useful = [.. Enumerable.Range(0, ItemCount).Select(item => foldIn.IsUseful(item) ? 1f : 0)];
        _file.Input("items", "chosen");
        _file.Constant<long>("first_axis", (long[])[0L], 1);
        _file.Constant<float>("useful", useful, ItemCount);
        _file.Constant<float>("history_vectors", (long)ItemCount * Dimension, stream =>
        {
            float[] nothing = new float[Dimension];
            for (int item = 0; item < ItemCount; item++)
                stream.Write(MemoryMarshal.AsBytes(foldIn.IsUseful(item) ? foldIn.ItemRow(item) : nothing));
        }, ItemCount, Dimension);
        // An item that is given twice counts once.
        _file.Node("Unique", ["items"], ["history"], ("sorted", 1));
        _file.Node("Gather", ["history_vectors", "history"], ["rows"], ("axis", 0));
        _file.Node("ReduceSum", ["rows", "first_axis"], ["row_sum"], ("keepdims", 1));
        _file.Node("Gather", ["useful", "history"], ["counted"], ("axis", 0));
        _file.Node("ReduceSum", ["counted", "first_axis"], ["number"], ("keepdims", 1));
        _file.Node("Max", ["number", "one"], ["at_least_one"]);
        _file.Node("Sqrt", ["at_least_one"], ["root"]);
        _file.Node("Div", ["row_sum", "root"], ["vector"]);
    }

    /// <summary>vector: the user's own, and the items of the user's history.</summary>
    private void AddKnownUser()
    {
        SparseRows rows = _model.History!.ByUser;
        _file.Input("user", "1");
        _file.Constant<float>("user_vectors", _model.Embeddings.Final.Users, _model.UserCount, Dimension);
        _file.Constant<long>("history_starts", _model.UserCount + 1L, stream => WriteLongs(stream, rows.Offsets.Span), _model.UserCount + 1L);
        _file.Constant<long>("histories", rows.Count, stream => WriteLongs(stream, rows.Indices.Span), rows.Count);
        _file.Constant<long>("next", (long[])[1L], 1);
        _file.Node("Gather", ["user_vectors", "user"], ["vector"], ("axis", 0));
        _file.Node("Add", ["user", "next"], ["next_user"]);
        _file.Node("Gather", ["history_starts", "user"], ["start"], ("axis", 0));
        _file.Node("Gather", ["history_starts", "next_user"], ["end"], ("axis", 0));
        _file.Node("Slice", ["histories", "start", "end"], ["history"]);
    }

    private void AddScores()
    {
        _file.Node("Gemm", ["vector", "item_vectors"], ["products"], ("transB", 1));
        _file.Node("Reshape", ["products", "flat"], ["factors"]);
        _file.Node("Shape", ["history"], ["history_length"]);
        _file.Node("Expand", ["one", "history_length"], ["ones"]);
        _file.Node("ScatterElements", ["zeros", "history", "ones"], ["seen"], ("axis", 0));
        string scores = "factors";
        if (_model.Neighbourhood is { } neighbourhood)
        {
            AddWeights(neighbourhood.Weights.ByColumn);
            _file.Constant<long>("second_axis", (long[])[1L], 1);
            _file.Node("Gather", ["seen", "weight_items"], ["seen_neighbours"], ("axis", 0));
            _file.Node("Mul", ["seen_neighbours", "weights"], ["terms"]);
            _file.Node("ReduceSum", ["terms", "second_axis"], ["neighbourhood"], ("keepdims", 0));
            _file.Node("Add", ["factors", "neighbourhood"], ["sums"]);
            scores = "sums";
        }
        _file.Node("Add", ["seen", "unknown"], ["left_out"]);
        _file.Node("Greater", ["left_out", "zero"], ["is_left_out"]);
        _file.Node("Where", ["is_left_out", "nowhere", scores], ["candidates"]);
        _file.Input("count", "1");
        _file.Node("Min", ["count", "item_count"], ["list_length"]);
        _file.Node("TopK", ["candidates", "list_length"], ["scores", "recommended"], ("axis", 0), ("largest", 1), ("sorted", 1));
        _file.Output("recommended", isFloat: false, "length");
        _file.Output("scores", isFloat: true, "length");
    }

    private void AddWeights(SparseRows columns)
    {
        int width = 1;
        for (int item = 0; item < ItemCount; item++)
            width = Math.Max(width, columns.CountOf(item));
        _file.Constant<long>("weight_items", (long)ItemCount * width, stream =>
        {
            int[] row = new int[width];
            for (int item = 0; item < ItemCount; item++)
            {
                Array.Clear(row);
                columns[item].CopyTo(row);
                WriteLongs(stream, row);
            }
        }, ItemCount, width);
        _file.Constant<float>("weights", (long)ItemCount * width, stream =>
        {
            float[] row = new float[width];
            for (int item = 0; item < ItemCount; item++)
            {
                Array.Clear(row);
                columns.WeightsOf(item).CopyTo(row);
                stream.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        }, ItemCount, width);
    }

    private static void WriteLongs(Stream stream, ReadOnlySpan<int> values)
    {
        long[] part = new long[Math.Min(values.Length, 1 << 16)];
        for (int start = 0; start < values.Length; start += part.Length)
        {
            int count = Math.Min(part.Length, values.Length - start);
            for (int n = 0; n < count; n++)
                part[n] = values[start + n];
            stream.Write(MemoryMarshal.AsBytes(part.AsSpan(0, count)));
        }
    }
}
