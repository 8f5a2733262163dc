using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Graphs;

/// <summary>
/// The graph that embeddings are propagated over: users, then items, then the attributes of each relation; joined by the
/// interactions and by the edges of the relations. Without relations it is the bipartite graph, whose arrays it shares.
/// </summary>
/// <remarks>
/// W has strength x weight for every edge, in both directions; d_n is the sum of row n; A = D^-1/2 W D^-1/2. Immutable and
/// thread-safe.
/// </remarks>
internal sealed class HeterogeneousGraph
{
    private readonly NodeRange[] _ranges;
    private readonly float[] _inverseRootDegrees;

    /// <param name="interactions">The interactions.</param>
    /// <param name="interactionWeights">The weight of each interaction, in the order of <see cref="BipartiteGraph.ByUser"/>; null where all weigh 1.</param>
    /// <param name="relations">The relations.</param>
    public HeterogeneousGraph(BipartiteGraph interactions, float[]? interactionWeights = null, IReadOnlyList<EdgeSet>? relations = null)
    {
        Interactions = interactions;
        InteractionWeights = interactionWeights;
        Relations = relations ?? [];
        int users = interactions.UserCount, items = interactions.ItemCount;
        SparseRows byUser = interactions.ByUser with { Weights = interactionWeights };
        SparseRows byItem = interactionWeights is null ? interactions.ByItem : byUser.Transpose(items);
        List<AdjacencyBlock> ofUsers = [new(users, byUser, 1)];
        List<AdjacencyBlock> ofItems = [new(0, byItem, 1)];
        List<NodeRange> attributes = [];
        int nodeCount = users + items;
        foreach (EdgeSet relation in Relations)
        {
            bool isOfUsers = relation.Kind == GraphRelationKind.UserAttribute;
            int neighbours = relation.Kind == GraphRelationKind.ItemItem ? users : nodeCount;
            (isOfUsers ? ofUsers : ofItems).Add(new AdjacencyBlock(neighbours, relation.Rows, relation.Strength));
            int count = relation.AttributeNames.Length;
            if (count == 0)
                continue;
            AdjacencyBlock ofAttributes = new(isOfUsers ? 0 : users, relation.Rows.Transpose(count), relation.Strength);
            attributes.Add(new NodeRange(nodeCount, count, [ofAttributes]));
            nodeCount += count;
        }
        Layout = new NodeLayout(users, items, nodeCount - users - items);
        _ranges = [new NodeRange(0, users, [.. ofUsers]), new NodeRange(users, items, [.. ofItems]), .. attributes];
        _inverseRootDegrees = new float[nodeCount];
        foreach (NodeRange range in _ranges)
        {
            for (int row = 0; row < range.Count; row++)
            {
                double degree = 0;
                foreach (AdjacencyBlock block in range.Blocks)
                    degree += block.Strength * block.Rows.SumOf(row);
                _inverseRootDegrees[range.First + row] = degree == 0 ? 0 : (float)(1 / Math.Sqrt(degree));
            }
        }
    }

    /// <summary>Who chose what, whatever it weighs.</summary>
    public BipartiteGraph Interactions { get; }

    /// <summary>The weight of each interaction, in the order of <see cref="BipartiteGraph.ByUser"/>; null where all weigh 1.</summary>
    public float[]? InteractionWeights { get; }

    /// <summary>The relations, in the order of their attributes' nodes.</summary>
    public IReadOnlyList<EdgeSet> Relations { get; }

    /// <summary>How the nodes are numbered.</summary>
    public NodeLayout Layout { get; }

    /// <summary>Whether items have attributes.</summary>
    public bool HasItemAttributes => Relations.Any(relation => relation.Kind == GraphRelationKind.ItemAttribute);

    /// <summary>The nodes by type, in order: users, items, and the attributes of each relation that has some.</summary>
    public IReadOnlyList<NodeRange> Ranges => _ranges;

    /// <summary>d_n^-1/2 of each node; 0 for a node without edges.</summary>
    public ReadOnlySpan<float> InverseRootDegrees => _inverseRootDegrees;

    /// <summary>Whether a node is joined to any other.</summary>
    public bool HasEdges(int node) => _inverseRootDegrees[node] > 0;

    /// <summary>The relation and the name of an attribute's node.</summary>
    public (string Relation, string Name) NameOf(int node)
    {
        int attribute = Layout.AttributeOf(node);
        foreach (EdgeSet relation in Relations)
        {
            if (attribute < relation.AttributeNames.Length)
                return (relation.Name, relation.AttributeNames[attribute]);
            attribute -= relation.AttributeNames.Length;
        }
        throw new ArgumentOutOfRangeException(nameof(node), node, "Expected the node of an attribute.");
    }

    /// <summary>Calls visit(neighbour, strength x weight) for every edge of a node.</summary>
    public void VisitEdges(int node, Action<int, float> visit)
    {
        NodeRange range = Array.FindLast(_ranges, candidate => candidate.First <= node)!;
        foreach (AdjacencyBlock block in range.Blocks)
        {
            ReadOnlySpan<int> neighbours = block.Rows[node - range.First];
            ReadOnlySpan<float> weights = block.Rows.WeightsOf(node - range.First);
            for (int n = 0; n < neighbours.Length; n++)
                visit(block.FirstNeighbour + neighbours[n], weights.IsEmpty ? block.Strength : block.Strength * weights[n]);
        }
    }
}
