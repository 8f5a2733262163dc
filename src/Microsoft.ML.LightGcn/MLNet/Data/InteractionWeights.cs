using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Reads a weight for each interaction of a graph.</summary>
internal static class InteractionWeights
{
    private const string Owner = "the interactions";

    /// <summary>
    /// The weights in the order of <see cref="BipartiteGraph.ByUser"/>, those of equal interactions added, divided by their mean; null
    /// where all are equal.
    /// </summary>
    /// <param name="context">For errors.</param>
    /// <param name="data">The rows.</param>
    /// <param name="interactions">The interactions.</param>
    /// <param name="weightColumnName">Name of the column of weights.</param>
    /// <param name="processes">The processes that read together.</param>
    /// <param name="areShares">Whether each has some of the rows, whose weights are added; otherwise each has all.</param>
    /// <exception cref="ArgumentException">The column is missing or not of numbers, or weights are too far apart.</exception>
    /// <exception cref="InvalidOperationException">A weight is not positive and finite, or the data have other interactions than the graph.</exception>
    public static float[]? Read(
        IExceptionContext context, IDataView data, TrainingInteractions interactions, string weightColumnName, ProcessGroup processes, bool areShares)
    {
        WeightExtremes extremes = default;
        float[] weights = processes.Together(() => Sums(context, data, interactions, weightColumnName, ref extremes));
        if (areShares)
            processes.AddUp(weights);
        return processes.Together(() =>
        {
            // Weights are positive: what is zero was not there.
            if (weights.AsSpan().Contains(0))
                throw Changed(context, weightColumnName, "fewer interactions than the first pass had");
            try
            {
                return (interactions.Graph.ByUser with { Weights = weights }).WithMeanWeightOne() is { HasWeights: true } scaled
                    ? scaled.Weights.ToArray()
                    : null;
            }
            catch (ArgumentException tooFarApart)
            {
                throw context.Process(extremes.Error($"'{weightColumnName}' of {Owner}", tooFarApart));
            }
        });
    }

    private static float[] Sums(
        IExceptionContext context, IDataView data, TrainingInteractions interactions, string weightColumnName, ref WeightExtremes extremes)
    {
        BipartiteGraph graph = interactions.Graph;
        NumberColumn weightColumn = NumberColumn.Find(context, data.Schema, weightColumnName, "weight", Owner);
        float[] weights = new float[graph.InteractionCount];
        using InteractionCursor cursor = new(
            data, interactions.UserColumn, interactions.ItemColumn, graph.UserCount, graph.ItemCount, weightColumn.Column);
        Func<float> getWeight = weightColumn.Open(context, cursor.Row);
        while (cursor.MoveNext())
        {
            (int user, int item) = (cursor.User, cursor.Item);
            if (user < 0 || item < 0)
                continue;
            int place = graph.ItemsOf(user).BinarySearch(item);
            if (place < 0)
                throw Changed(context, weightColumnName, "an interaction that the first pass did not have");
            float weight = getWeight();
            extremes.Add(weight, cursor.Row.Position);
            weights[graph.ByUser.Offsets.Span[user] + place] += weight;
        }
        return weights;
    }

    private static InvalidOperationException Changed(IExceptionContext context, string weightColumnName, string found) =>
        context.Process(new InvalidOperationException(
            $"The training data changed: the pass that reads weight column '{weightColumnName}' found {found}. They must have the same rows on every pass."));
}
