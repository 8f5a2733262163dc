using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Reads relations as edges between the users and items of the training data, and says in the log what was read.</summary>
internal sealed class RelationReader(IExceptionContext context, IChannel channel, Vocabulary users, Vocabulary items)
{
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, keys can't be matched, weights are too far apart, or there are no edges.
    /// </exception>
    /// <exception cref="InvalidOperationException">A weight is not positive and finite.</exception>
    public EdgeSet Read(GraphRelation relation)
    {
        bool isOfItemsOnly = relation.Kind == GraphRelationKind.ItemItem;
        Vocabulary nodes = relation.Kind == GraphRelationKind.UserAttribute ? users : items;
        RelationColumns columns = RelationColumns.Find(context, relation, nodes);
        Attributes attributes = new();
        Entries entries = new(context, relation);
        RelationCounts counts = ReadRows(relation, columns, nodes, attributes, entries);
        if (entries.Count == 0)
            throw context.Process(counts.NoEdges(relation, nodes.Role));
        string[] names = isOfItemsOnly ? [] : attributes.KeepUsed(entries.Columns);
        EdgeSet edges = new(relation.Name, relation.Kind, relation.Strength, entries.ToRows(nodes.Count, isOfItemsOnly ? nodes.Count : names.Length), names);
        channel.Info(counts.Report(edges, nodes.Role, nodes.Count));
        return edges;
    }

    private RelationCounts ReadRows(GraphRelation relation, RelationColumns columns, Vocabulary nodes, Attributes attributes, Entries entries)
    {
        bool isOfItemsOnly = relation.Kind == GraphRelationKind.ItemItem;
        RelationCounts counts = default;
        using DataViewRowCursor cursor = relation.Data.GetRowCursor(columns.All);
        Func<string, int> findNode = id => nodes.Lookup(id);
        NodeReader node = new(cursor, columns.Node, findNode), other = new(cursor, columns.Other, isOfItemsOnly ? findNode : FindAttribute);
        Func<float> getWeight = columns.Weight?.Open(context, cursor) ?? (() => 1);
        for (; cursor.MoveNext(); counts.Rows++)
        {
            (int? from, int? to) = (node.Read(), other.Read());
            if (from is not int row || to is not int neighbour)
                counts.Missing++;
            else if (row < 0 || neighbour < 0)
                counts.Unknown++;
            else if (isOfItemsOnly && row == neighbour)
                counts.Loops++;
            else
                entries.Add(row, neighbour, getWeight(), cursor.Position);
        }
        return counts;

        int FindAttribute(string name)
        {
            WellFormedText.CheckRow(context, name, $"The attribute column '{relation.OtherColumnName}' of relation '{relation.Name}'", cursor.Position);
            return attributes.Find(name);
        }
    }

    /// <summary>The entries of the matrix that a relation's rows make.</summary>
    private sealed class Entries(IExceptionContext context, GraphRelation relation)
    {
        private readonly List<int> _rows = [], _columns = [];
        private readonly List<float> _weights = [];
        private WeightExtremes _extremes;

        public int Count => _rows.Count;

        public Span<int> Columns => CollectionsMarshal.AsSpan(_columns);

        /// <summary>Adds an edge; between items in both directions.</summary>
        public void Add(int row, int column, float weight, long dataRow)
        {
            _extremes.Add(weight, dataRow);
            if (_rows.Count > Array.MaxLength - 2)
                throw context.Bad($"Relation '{relation.Name}': expected at most {Array.MaxLength:N0} edges, found more.");
            AddOne(row, column, weight);
            if (relation.Kind == GraphRelationKind.ItemItem)
                AddOne(column, row, weight);
        }

        /// <summary>The matrix, with weights whose mean is 1.</summary>
        public SparseRows ToRows(int rowCount, int columnCount)
        {
            SparseRows rows = SparseRows.FromEntries(CollectionsMarshal.AsSpan(_rows), Columns, CollectionsMarshal.AsSpan(_weights), rowCount, columnCount);
            try
            {
                return rows.WithMeanWeightOne();
            }
            catch (ArgumentException tooFarApart)
            {
                throw context.Process(_extremes.Error($"'{relation.WeightColumnName}' of relation '{relation.Name}'", tooFarApart));
            }
        }

        private void AddOne(int row, int column, float weight)
        {
            _rows.Add(row);
            _columns.Add(column);
            _weights.Add(weight);
        }
    }

    /// <summary>Attributes in the order in which they first appear.</summary>
    private sealed class Attributes
    {
        private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
        private readonly List<string> _names = [];

        public int Find(string name)
        {
            if (_indices.TryAdd(name, _names.Count))
                _names.Add(name);
            return _indices[name];
        }

        /// <summary>Numbers the attributes that have edges anew, in the same order, and returns their names.</summary>
        public string[] KeepUsed(Span<int> ends)
        {
            int[] next = new int[_names.Count];
            foreach (int attribute in ends)
                next[attribute] = 1;
            List<string> names = [];
            for (int attribute = 0; attribute < next.Length; attribute++)
            {
                if (next[attribute] == 0)
                    continue;
                next[attribute] = names.Count;
                names.Add(_names[attribute]);
            }
            foreach (ref int attribute in ends)
                attribute = next[attribute];
            return [.. names];
        }
    }
}
