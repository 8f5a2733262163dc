using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>An item-item model as a <see cref="SavedChain"/>: histories of ones, and the columns of the weights.</summary>
internal static class SavedItemSimilarity
{
    public static TransformerChain<ITransformer> Create(ItemSimilarityTransformer fitted)
    {
        ItemSimilarityModelParameters model = fitted.Model;
        SavedBaseline.CheckSize(model.Name, model.Weights.SavedBytes, "Fit it again where it is needed, or keep fewer neighbours with ItemKnn.");
        Func<int, SparseVector> columns = model.Weights.Columns();
        return SavedBaseline.Start((fitted.UserColumnName, fitted.ItemColumnName), model, appendTo: hash => Append(hash, model.Weights, columns))
            .Finish(((IRankingModel)model).Known, model.ItemCount, model.HistoryVector, columns);
    }

    public static ItemSimilarityTransformer Read(IHostEnvironment environment, SavedBaseline saved)
    {
        SavedBaseline.State state = saved.Content;
        saved.Reader.SkipTable(SavedChain.UserVector);
        ItemWeights weights = state.Kind == "Ease" ? ReadDense(saved) : ReadSparse(saved);
        saved.Verify(hash => Append(hash, weights, weights.Columns()));
        ItemSimilarityModelParameters model = new(state.Kind, saved.History, weights, saved.Users, saved.Items);
        return new ItemSimilarityTransformer(environment, model, state.UserColumnName, state.ItemColumnName);
    }

    private static void Append(IncrementalHash hash, ItemWeights weights, Func<int, SparseVector> columns)
    {
        for (int item = 0; item < weights.ItemCount; item++)
        {
            SparseVector column = columns(item);
            hash.Append<int>(column.Indices);
            hash.Append<float>(column.Values);
        }
    }

    private static DenseItemWeights ReadDense(SavedBaseline saved)
    {
        int count = saved.Content.Items;
        if ((long)count * Matrix.StrideOf(count) > Matrix.MaxLength)
            throw SavedChain.Foreign($"it says that it has weights for each pair of {count:N0} items");
        // Made once the first column has been read, which has all its values: a count that the file does not bear out takes no memory. Items without
        // users have no column.
        Matrix? weights = null;
        ReadColumns(saved, (int item, in VBuffer<float> column) =>
        {
            if (!column.IsDense)
                throw SavedChain.Foreign($"expected {count:N0} weights of item {item + 1}, found some left out");
            weights ??= new Matrix(count, count);
            int seen = 0;
            foreach (float weight in column.DenseValues())
                weights.Row(seen++)[item] = weight;
        });
        return new DenseItemWeights(weights!);
    }

    /// <summary>Reads a column of weights for each item, which may lack those of items without users.</summary>
    public static SparseRows ReadColumns(SavedChain.Reader reader, string name, string itemColumnName, int count)
    {
        int[] offsets = new int[count + 1];
        int next = 0;
        List<int> indices = [];
        List<float> values = [];
        reader.ReadVectors(name, itemColumnName, count, count, (int item, in VBuffer<float> column) =>
        {
            EndColumns(item);
            foreach (KeyValuePair<int, float> entry in column.Items())
            {
                if (entry.Value == 0)
                    continue;
                indices.Add(entry.Key);
                values.Add(entry.Value);
            }
        });
        EndColumns(count);
        SparseRows columns = new(offsets, indices.ToArray(), values.ToArray());
        return columns.IsValid(count) ? columns : throw SavedChain.Foreign("the weights of an item are not in ascending order");

        void EndColumns(int item)
        {
            while (next < item)
                offsets[++next] = indices.Count;
        }
    }

    private static SparseItemWeights ReadSparse(SavedBaseline saved) => SparseItemWeights.FromColumns(
        ReadColumns(saved.Reader, SavedChain.ItemVector, saved.Content.ItemColumnName, saved.Content.Items));

    private static void ReadColumns(SavedBaseline saved, SavedChain.Reader.VectorReader read) =>
        saved.Reader.ReadVectors(SavedChain.ItemVector, saved.Content.ItemColumnName, saved.Content.Items, saved.Content.Items, read);
}
