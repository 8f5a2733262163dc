using System.Globalization;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Trainers;

/// <summary>The layer-0 embeddings of a model to continue from, brought to the nodes of a graph.</summary>
internal static class ContinuedEmbeddings
{
    /// <summary>A row for each node of the graph, none for one that starts fresh; null where the model knows no user and no item.</summary>
    /// <param name="model">The model to continue from.</param>
    /// <param name="graph">The graph to train on.</param>
    /// <param name="users">The ids of its users.</param>
    /// <param name="items">The ids of its items.</param>
    /// <param name="channel">The log.</param>
    /// <exception cref="ArgumentException">Only one of the model and the data has key values.</exception>
    public static PreviousEmbeddings? Map(LightGcnModelParameters model, HeterogeneousGraph graph, Vocabulary users, Vocabulary items, IChannel channel)
    {
        NodeTable previous = model.Embeddings.Base;
        int[] rowOf = new int[graph.Layout.NodeCount];
        Array.Fill(rowOf, -1);
        int knownUsers = Copy(0, users.MapTo(model.Users), 0);
        int knownItems = Copy(graph.Layout.FirstItem, items.MapTo(model.Items), previous.Layout.FirstItem);
        int knownAttributes = Copy(graph.Layout.FirstAttribute, AttributeRows(graph, model.Graph), previous.Layout.FirstAttribute);
        if (knownUsers + knownItems == 0)
        {
            // Attributes alone are no start: users and items would be in other coordinates.
            channel.Warn($"The model to continue from knows none of the users and items of the training data; training starts fresh.");
            return null;
        }
        int attributes = graph.Layout.AttributeCount;
        string ofAttributes = attributes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", and {knownAttributes:N0} of {attributes:N0} attributes");
        channel.Info($"Continuing with {knownUsers:N0} of {users.Count:N0} users and {knownItems:N0} of {items.Count:N0} items from the model{ofAttributes}.");
        return new PreviousEmbeddings(previous, rowOf);

        int Copy(int firstNode, int[] rows, int firstPrevious)
        {
            int known = 0;
            for (int n = 0; n < rows.Length; n++)
            {
                if (rows[n] < 0)
                    continue;
                rowOf[firstNode + n] = firstPrevious + rows[n];
                // Zero is the row of what the model has in its vocabulary and knows nothing of.
                known += previous[firstPrevious + rows[n]].ContainsAnyExcept(0f) ? 1 : 0;
            }
            return known;
        }
    }

    /// <summary>For each attribute, the one of the same relation and name in a model; -1 for one that it lacks.</summary>
    private static int[] AttributeRows(HeterogeneousGraph graph, HeterogeneousGraph? model)
    {
        Dictionary<(string Relation, GraphRelationKind Kind, string Name), int> rows = [];
        foreach (EdgeSet relation in model?.Relations ?? [])
        {
            foreach (string name in relation.AttributeNames)
                rows.Add((relation.Name, relation.Kind, name), rows.Count);
        }
        return [.. graph.Relations.SelectMany(
            relation => relation.AttributeNames.Select(name => rows.GetValueOrDefault((relation.Name, relation.Kind, name), -1)))];
    }
}
