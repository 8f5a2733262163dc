using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// A graph filter as a <see cref="SavedChain"/>: the item-item operator, which fitting never makes, for whoever scores without this library; and
/// the factors of the low-pass part, from which and the history this library scores as before.
/// </summary>
internal static class SavedGraphFilter
{
    private const string Factors = "LightGcn.LowPassFactors";

    public static TransformerChain<ITransformer> Create(GraphFilterTransformer fitted)
    {
        GraphFilterModelParameters model = fitted.Model;
        SavedBaseline.CheckSize(
            "GraphFilter", model.CountItemVectors() * (sizeof(int) + sizeof(float)), "Fit it again where it is needed: there is no training to lose.");
        SavedChain chain = SavedBaseline.Start((fitted.UserColumnName, fitted.ItemColumnName), model, model.LowPass, hash => Append(hash, model.LowPass));
        if (model.LowPass is { } lowPass)
            chain.AddChunks<float>(Factors, lowPass.Factors.ToArray(0, model.ItemCount), NumberDataViewType.Single);
        return chain.Finish(((IRankingModel)model).Known, model.VectorLength, model.UserVector, model.ItemVector);
    }

    public static GraphFilterTransformer Read(IHostEnvironment environment, SavedBaseline saved)
    {
        SavedBaseline.State state = saved.Content;
        LowPass? lowPass = null;
        if (state.LowPassDimension is int dimension)
        {
            if (dimension < 1 || state.LowPassWeight is not { } weight || !float.IsFinite(weight))
                throw SavedChain.Foreign($"the low-pass part has {dimension} dimensions and the weight {state.LowPassWeight}");
            float[] values = saved.Reader.ReadChunks<float>(Factors, (long)state.Items * dimension);
            Matrix factors = new(state.Items, dimension);
            for (int item = 0; item < state.Items; item++)
                values.AsSpan(item * dimension, dimension).CopyTo(factors.Row(item));
            lowPass = new LowPass(saved.History, factors, weight);
        }
        saved.Verify(hash => Append(hash, lowPass));
        GraphFilterModelParameters model = new(saved.History, lowPass, saved.Users, saved.Items);
        return new GraphFilterTransformer(environment, model, state.UserColumnName, state.ItemColumnName);
    }

    private static void Append(IncrementalHash hash, LowPass? lowPass)
    {
        for (int item = 0; lowPass is not null && item < lowPass.Factors.RowCount; item++)
            hash.Append<float>(lowPass.Factors.Row(item));
    }
}
