using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>Finds this library's models in fitted and loaded pipelines, and brings loaded ones back to their fast form.</summary>
internal static class SavedModels
{
    private sealed record StateKind(string? Kind);

    /// <summary>The transformers of a pipeline in order, however deeply chains are nested; a saved model of ours is one of them.</summary>
    public static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain && !SavedChain.IsSavedChain(model) ? SavedChain.Parts(chain).SelectMany(Flatten) : [model];

    /// <summary>Whether a transformer is a LightGCN, fitted or saved.</summary>
    public static bool IsLightGcn(ITransformer model) =>
        model is LightGcnTransformer || (SavedChain.IsSavedChain(model) && KindOf(new SavedChain.Reader(model).ReadState()) == SavedLightGcnState.KindName);

    /// <summary>The same pipeline with every saved model of ours in its fast form; without one, the pipeline itself.</summary>
    /// <exception cref="InvalidDataException">A saved model is damaged.</exception>
    public static ITransformer Restore(IHostEnvironment environment, ITransformer model)
    {
        if (SavedChain.IsSavedChain(model))
            return RestoreOne(environment, model);
        if (model is not IEnumerable<ITransformer> chain || !Flatten(model).Any(SavedChain.IsSavedChain))
            return model;
        return RestoreChain(environment, chain, new PrecedingKeys());
    }

    private static TransformerChain<ITransformer> RestoreChain(IHostEnvironment environment, IEnumerable<ITransformer> chain, PrecedingKeys keys)
    {
        List<ITransformer> restored = [];
        foreach (ITransformer part in SavedChain.Parts(chain))
        {
            if (SavedChain.IsSavedChain(part))
            {
                restored.Add(RestoreOne(environment, part));
                if (restored[^1] is IRankingTransformer ours)
                    keys.Check(ours);
            }
            else if (part is IEnumerable<ITransformer> inner)
                restored.Add(RestoreChain(environment, inner, keys));
            else
            {
                keys.Pass(part);
                restored.Add(part);
            }
        }
        return new TransformerChain<ITransformer>([.. restored]);
    }

    /// <summary>The model of a pipeline whose scores a column has.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="pipeline">A fitted or loaded pipeline.</param>
    /// <param name="scoreColumnName">The column, as it is named at the end.</param>
    /// <param name="schema">What the pipeline is given; null where that is not known.</param>
    /// <returns>The transformer in its fast form; null where the column comes from something else, or was computed anew.</returns>
    /// <exception cref="InvalidDataException">The saved model is damaged.</exception>
    public static IRankingTransformer? Find(IHostEnvironment environment, ITransformer pipeline, string scoreColumnName, DataViewSchema? schema = null)
    {
        ScoreColumns columns = new(schema);
        ITransformer[] parts = [.. Flatten(pipeline)];
        foreach (ITransformer part in parts)
            columns.Pass(part, isModel: part is IRankingTransformer || SavedChain.IsSavedChain(part));
        if (columns.ModelOf(scoreColumnName) is not { } model || model is IRankingTransformer)
            return columns.ModelOf(scoreColumnName) as IRankingTransformer;
        if (RestoreOne(environment, model) is not IRankingTransformer restored)
            return null;
        PrecedingKeys keys = new();
        foreach (ITransformer part in parts.TakeWhile(part => part != model))
            keys.Pass(part);
        keys.Check(restored);
        return restored;
    }

    /// <summary>The fast form of a saved model; a model of an earlier version, which does not have what it takes, as it is.</summary>
    private static ITransformer RestoreOne(IHostEnvironment environment, ITransformer saved)
    {
        SavedChain.Reader reader = new(saved);
        string state = reader.ReadState(), kind = KindOf(state);
        if (kind == SavedLightGcnState.KindName)
            return SavedLightGcn.Read(environment, reader, state);
        if (SavedBaseline.Open(reader, state) is not { } baseline)
            return saved;
        return kind switch
        {
            "Popularity" => SavedPopularity.Read(environment, baseline),
            "ItemKnn" or "Ease" or "Slim" => SavedItemSimilarity.Read(environment, baseline),
            "GraphFilter" => SavedGraphFilter.Read(environment, baseline),
            _ => throw SavedChain.Foreign($"it is a '{kind}', which this version does not know"),
        };
    }

    private static string KindOf(string state) =>
        SavedChain.ParseState<StateKind>(state).Kind ?? throw SavedChain.Foreign($"the state does not say what it is of: {state}");
}
