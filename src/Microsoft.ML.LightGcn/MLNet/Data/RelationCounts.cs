using System.Globalization;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>What became of a relation's rows.</summary>
internal struct RelationCounts
{
    /// <summary>Number of rows.</summary>
    public long Rows;

    /// <summary>Rows with a missing id.</summary>
    public long Missing;

    /// <summary>Rows of users or items that the training data do not have.</summary>
    public long Unknown;

    /// <summary>Rows from an item to itself.</summary>
    public long Loops;

    private readonly FormattableString Skipped => $"{Missing:N0} with a missing id, {Unknown:N0} with an unknown one, {Loops:N0} from an item to itself";

    /// <summary>The error of a relation without edges.</summary>
    public readonly ArgumentException NoEdges(GraphRelation relation, string role) => new(string.Create(CultureInfo.InvariantCulture,
        $"Relation '{relation.Name}': expected rows of {role}s of the training data in column '{relation.ColumnName}', "
        + $"found none in {Rows:N0} rows ({Skipped.ToString(CultureInfo.InvariantCulture)})."));

    /// <summary>The log's line about a relation that was read.</summary>
    public readonly FormattableString Report(EdgeSet edges, string role, int nodeCount)
    {
        int touched = 0;
        for (int row = 0; row < edges.Rows.RowCount; row++)
            touched += edges.Rows.CountOf(row) > 0 ? 1 : 0;
        long skipped = Missing + Unknown + Loops, equal = Rows - skipped - edges.EdgeCount;
        string weights = edges.Rows.HasWeights ? " with weights" : "",
            ofAttributes = edges.Kind == GraphRelationKind.ItemItem
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $" and {edges.AttributeNames.Length:N0} attributes");
        string nodes = string.Create(CultureInfo.InvariantCulture, $"{touched:N0} of {nodeCount:N0} {role}s{ofAttributes}");
        string rows = string.Create(CultureInfo.InvariantCulture,
            $"Of {Rows:N0} rows added {equal:N0} to equal ones and skipped {skipped:N0} ({Skipped.ToString(CultureInfo.InvariantCulture)}).");
        return $"Relation '{edges.Name}', strength {edges.Strength}: {edges.EdgeCount:N0} edges{weights} of {nodes}. {rows}";
    }
}
