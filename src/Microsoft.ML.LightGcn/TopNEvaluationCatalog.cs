using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.MLNet.Transformers;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds full-ranking evaluation of recommenders to ML.NET's ranking catalog.</summary>
public static class TopNEvaluationCatalog
{
    /// <summary>
    /// For every user with held-out items, ranks all items that the user has not seen by the scores of a model, and measures where the held-out items
    /// are.
    /// </summary>
    /// <param name="catalog">The ranking catalog of an <see cref="MLContext"/>.</param>
    /// <param name="model">
    /// Any model that adds a score to rows of a user and an item key. Models of this library, fitted or loaded, score blocks of users at once; any other,
    /// such as ML.NET's matrix factorization, is scored pair by pair. A whole pipeline will do when the data are its raw input: the key columns are then
    /// those of its output.
    /// </param>
    /// <param name="heldOut">Held-out interactions, one or more a user: a user and an item column.</param>
    /// <param name="seen">
    /// Interactions to mask, as a rule the training data. They are never recommended, and they tell which items are new and how long a user's history is.
    /// Null masks nothing.
    /// </param>
    /// <param name="options">Column names, cutoffs and the like; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing or of another type, its keys are not the model's, or an option is out of range.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// All held-out interactions are also seen; only new items are ranked, and no item, or no held-out item, is new; no user has a history of the length
    /// that is asked for; or an option needs seen data and there are none.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A score is infinite, or a scorer of your own gives NaN without <see cref="TopNEvaluationOptions.MissingScoresRankLast"/>: such a score has no
    /// rank. Or a gain is negative or not finite.
    /// </exception>
    /// <exception cref="InvalidDataException">A saved model of this library in the pipeline is damaged.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public static TopNMetrics EvaluateTopN(
        this RankingCatalog catalog, ITransformer model, IDataView heldOut, IDataView? seen = null, TopNEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(heldOut);
        options ??= new TopNEvaluationOptions();
        IHost host = CatalogEnvironment.GetEnvironment(catalog).Register(nameof(EvaluateTopN));
        host.Check(() => options.Validate(withSeen: seen is not null));
        model = SavedModels.Restore(host, model);
        IRankingTransformer? ours = SavedModels.Find(host, model, options.ScoreColumnName, heldOut.Schema);
        ITransformer scoring = model;
        if (heldOut.Schema.GetColumnOrNull(options.UserColumnName)?.Type is not KeyDataViewType)
        {
            // Raw rows: the pipeline makes the keys, and its predictor alone scores pairs of them.
            heldOut = model.Transform(heldOut);
            seen = seen is null ? null : model.Transform(seen);
            scoring = SavedModels.Flatten(model).LastOrDefault(part => part is IPredictionTransformer<object> || SavedChain.IsSavedChain(part)) ?? model;
        }
        return Evaluate(
            host,
            (user, item) => ours is not null ? ours.Model : new TransformerScorer(host, scoring, user, item, options.ScoreColumnName),
            heldOut,
            seen,
            options);
    }

    /// <summary>Evaluates any scorer: the factors of a model (<see cref="FactorModel"/>), or an implementation of your own.</summary>
    /// <param name="catalog">The ranking catalog of an <see cref="MLContext"/>.</param>
    /// <param name="scorer">The model. It must have as many users and items as the key columns have keys.</param>
    /// <param name="heldOut">Held-out interactions, one or more a user: a user and an item key column.</param>
    /// <param name="seen">Interactions to mask, as a rule the training data. Null masks nothing.</param>
    /// <param name="options">Column names, cutoffs and the like; null for the defaults.</param>
    /// <inheritdoc cref="EvaluateTopN(RankingCatalog, ITransformer, IDataView, IDataView, TopNEvaluationOptions)" path="/exception"/>
    public static TopNMetrics EvaluateTopN(
        this RankingCatalog catalog, IItemScorer scorer, IDataView heldOut, IDataView? seen = null, TopNEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(heldOut);
        IHost host = CatalogEnvironment.GetEnvironment(catalog).Register(nameof(EvaluateTopN));
        options ??= new TopNEvaluationOptions();
        host.Check(() => options.Validate(withSeen: seen is not null));
        return Evaluate(host, (_, _) => scorer, heldOut, seen, options);
    }

    private static TopNMetrics Evaluate(
        IHost host,
        Func<DataViewSchema.Column, DataViewSchema.Column, IItemScorer> getScorer,
        IDataView heldOut,
        IDataView? seen,
        TopNEvaluationOptions options)
    {
        int[] cutoffs = [.. options.Cutoffs.Distinct().Order()];
        InteractionReader reader = new(host, options.UserColumnName, options.ItemColumnName);
        (DataViewSchema.Column user, DataViewSchema.Column item) = reader.Find(heldOut.Schema);
        IItemScorer scorer = getScorer(user, item);
        Vocabulary users, items;
        if (scorer is IRankingModel model)
            (users, items) = (model.Users, model.Items);
        else
        {
            KeyColumns.CheckCount(host, user, "user", scorer.UserCount);
            KeyColumns.CheckCount(host, item, "item", scorer.ItemCount);
            (users, items) = (KeyValues.Read(heldOut, user, "user"), KeyValues.Read(heldOut, item, "item"));
        }
        string owner = scorer is IRankingModel ? KeyMatch.Model : "the held-out data";
        using IChannel channel = host.Log(options.Processes, "Evaluation");
        (BipartiteGraph? seenGraph, HeldOutInteractions held) = (options.Processes ?? ProcessGroup.Single).Together(() =>
        {
            BipartiteGraph? graph = seen is null ? null : reader.ReadGraph(seen, users, items, owner, channel);
            return (graph, reader.ReadHeldOut(heldOut, users, items, owner, graph, "held-out", channel, options.GainColumnName));
        });
        if (options.Processes is { Count: > 1 } processes)
            RunFingerprint.CheckSame(RunFingerprint.OfEvaluation(scorer, held, seenGraph, options), processes);
        if (seenGraph is not null)
            held = Selected(host, held, seenGraph, item.Name, options);
        if (options.UserCount is int sample)
            held = held.Subset(sample, options.Seed);
        TopNMetrics metrics = ItemRanking.Evaluate(
            scorer, held, seenGraph, cutoffs, options.WithCatalogueMetrics,
            options.NumberOfThreads ?? (options.Processes ?? ProcessGroup.Single).AutomaticThreadCount, options.CancellationToken,
            missingRankLast: options.MissingScoresRankLast, processes: options.Processes);
        if (metrics.UnscoredHeldOutCount > 0)
            channel.Info($"Of {metrics.HeldOutCount} ranked interactions {metrics.UnscoredHeldOutCount} have no score (NaN) and rank last.");
        return metrics;
    }

    /// <summary>The held-out interactions that the options ask for.</summary>
    private static HeldOutInteractions Selected(
        IExceptionContext context, HeldOutInteractions held, BipartiteGraph seen, string itemColumnName, TopNEvaluationOptions options)
    {
        if (options.Candidates == CandidateItems.New)
        {
            int[] known = [.. Enumerable.Range(0, seen.ItemCount).Where(item => seen.UsersOf(item).Length > 0)];
            if (known.Length == seen.ItemCount)
                throw Nothing($"each of the {seen.ItemCount} items of column '{itemColumnName}' has interactions in the seen data, so that none is new");
            held = held.WithoutItems(known);
            if (held.UserCount == 0)
            {
                const string AreNew = "that are new, without interactions in the seen data";
                throw Nothing(
                    $"the held-out data have no interactions with the {seen.ItemCount - known.Length} items of column '{itemColumnName}' {AreNew}");
            }
        }
        if (options.MinimumHistory is null && options.MaximumHistory is null)
            return held;
        int minimum = options.MinimumHistory ?? 0, maximum = options.MaximumHistory ?? int.MaxValue;
        HeldOutInteractions selected = held.WhereUser(user => seen.ItemsOf(user).Length >= minimum && seen.ItemsOf(user).Length <= maximum);
        string lengths = maximum == int.MaxValue ? $"{minimum} or more" : $"{minimum} to {maximum}";
        return selected.UserCount > 0
            ? selected
            : throw Nothing($"none of the {held.UserCount} users with held-out interactions has a history of {lengths} items in the seen data");

        ArgumentException Nothing(FormattableString why) =>
            context.Process(new ArgumentException($"There is nothing to evaluate: {why.ToString(CultureInfo.InvariantCulture)}.", nameof(options)));
    }

    /// <summary>
    /// Gives every metric at a cutoff for each user as a data view: the columns User (key), HeldOut (number of held-out items) and one for each metric
    /// (double).
    /// </summary>
    /// <param name="metrics">The metrics.</param>
    /// <param name="cutoff">One of <see cref="TopNMetrics.Cutoffs"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cutoff is not one of <see cref="TopNMetrics.Cutoffs"/>.</exception>
    public static IDataView ToDataView(this TopNMetrics metrics, int cutoff)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        HeldOutInteractions heldOut = metrics.HeldOut;
        TableView.Builder table = new(metrics.UserCount);
        table.Add("User", new KeyDataViewType(typeof(uint), heldOut.TotalUserCount), (long row, ref uint user) => user = (uint)heldOut.Users[(int)row] + 1);
        table.Add("HeldOut", NumberDataViewType.Int32, (long row, ref int count) => count = heldOut.ItemsOf((int)row).Length);
        foreach (RankingMetric metric in Enum.GetValues<RankingMetric>())
        {
            double[] values = metrics.PerUser(metric, cutoff);
            table.Add(metric.ToString(), NumberDataViewType.Double, (long row, ref double value) => value = values[row]);
        }
        return table.ToView();
    }
}
