using System.Runtime.CompilerServices;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// A set of edges that training adds to the interaction graph: each row of a data view joins two nodes. Attributes become nodes with learned embeddings,
/// so items that nobody has chosen yet are reached through their attributes.
/// </summary>
/// <remarks>
/// <para>
/// Columns of ids are keys, text or numbers. Users and items are matched to the key values of the training data by value, as text (a number in invariant
/// form), or by number where the training data's keys have no key values. Rows of users or items without a key in the training data, and rows with a
/// missing id, are skipped and counted in the log. To train on items without interactions, give MapValueToKey the whole catalogue as keyData.
/// </para>
/// <para>
/// An edge of mean weight counts as much as <see cref="Strength"/> interactions. Weights of equal rows are added, and then divided by the mean weight in
/// the relation. In the propagation matrix A = D^-1/2 W D^-1/2 an edge has W = strength x weight, and D has the sums of the rows of W over all relations
/// and interactions.
/// </para>
/// </remarks>
public sealed class GraphRelation
{
    private GraphRelation(
        GraphRelationKind kind, string name, IDataView data, string columnName, string otherColumnName, string? weightColumnName, float strength)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!Expect.IsWellFormed(name))
            throw new ArgumentException("Expected the name of a relation, found text with half a surrogate pair.", nameof(name));
        ArgumentNullException.ThrowIfNull(data);
        if (weightColumnName is not null)
            Column(name, weightColumnName);
        Expect.ArgumentBetween(1e-6f, 1e6f, strength, $"{nameof(strength)} of relation '{name}'");
        Kind = kind;
        Name = name;
        Data = data;
        ColumnName = columnName;
        OtherColumnName = otherColumnName;
        WeightColumnName = weightColumnName;
        Strength = strength;
    }

    /// <summary>Which nodes the edges join.</summary>
    public GraphRelationKind Kind { get; }

    /// <summary>The relation's name: for the log, for errors, for reasons, and to match its attributes when training continues from a model.</summary>
    public string Name { get; }

    /// <summary>One row for each edge.</summary>
    public IDataView Data { get; }

    /// <summary>Name of the column of items, or of users.</summary>
    public string ColumnName { get; }

    /// <summary>Name of the column of attributes, or of the other items.</summary>
    public string OtherColumnName { get; }

    /// <summary>Name of the column of weights, numbers that are positive and finite; null where every row weighs the same.</summary>
    public string? WeightColumnName { get; }

    /// <summary>How many interactions an edge of mean weight counts for, 1E-06 to 1,000,000.</summary>
    public float Strength { get; }

    /// <summary>Attributes of items: every distinct value of the attribute column becomes a node.</summary>
    /// <param name="name">The relation's name.</param>
    /// <param name="data">One row for each item and attribute.</param>
    /// <param name="itemColumnName">The items: a key, text or number.</param>
    /// <param name="attributeColumnName">The attributes: a key, text or number.</param>
    /// <param name="weightColumnName">A number for each row, positive and finite; null where every row weighs the same.</param>
    /// <param name="strength">How many interactions an edge of mean weight counts for, 1E-06 to 1,000,000.</param>
    /// <exception cref="ArgumentException">A name is empty, or the strength is out of range.</exception>
    public static GraphRelation ItemAttribute(
        string name,
        IDataView data,
        string itemColumnName = "Item",
        string attributeColumnName = "Attribute",
        string? weightColumnName = null,
        float strength = 1) =>
        new(GraphRelationKind.ItemAttribute, name, data, Column(name, itemColumnName), Column(name, attributeColumnName), weightColumnName, strength);

    /// <summary>Attributes of users: every distinct value of the attribute column becomes a node.</summary>
    /// <param name="name">The relation's name.</param>
    /// <param name="data">One row for each user and attribute.</param>
    /// <param name="userColumnName">The users: a key, text or number.</param>
    /// <param name="attributeColumnName">The attributes: a key, text or number.</param>
    /// <param name="weightColumnName">A number for each row, positive and finite; null where every row weighs the same.</param>
    /// <param name="strength">How many interactions an edge of mean weight counts for, 1E-06 to 1,000,000.</param>
    /// <inheritdoc cref="ItemAttribute" path="/exception"/>
    public static GraphRelation UserAttribute(
        string name,
        IDataView data,
        string userColumnName = "User",
        string attributeColumnName = "Attribute",
        string? weightColumnName = null,
        float strength = 1) =>
        new(GraphRelationKind.UserAttribute, name, data, Column(name, userColumnName), Column(name, attributeColumnName), weightColumnName, strength);

    /// <summary>
    /// Items that belong together. An edge has no direction: (a, b) and (b, a) are the same edge. An item's edge to itself is left out.
    /// </summary>
    /// <param name="name">The relation's name.</param>
    /// <param name="data">One row for each pair of items.</param>
    /// <param name="itemColumnName">The items: a key, text or number.</param>
    /// <param name="otherItemColumnName">The other items: a key, text or number.</param>
    /// <param name="weightColumnName">A number for each row, positive and finite; null where every row weighs the same.</param>
    /// <param name="strength">How many interactions an edge of mean weight counts for, 1E-06 to 1,000,000.</param>
    /// <inheritdoc cref="ItemAttribute" path="/exception"/>
    public static GraphRelation ItemItem(
        string name,
        IDataView data,
        string itemColumnName = "Item",
        string otherItemColumnName = "OtherItem",
        string? weightColumnName = null,
        float strength = 1) =>
        new(GraphRelationKind.ItemItem, name, data, Column(name, itemColumnName), Column(name, otherItemColumnName), weightColumnName, strength);

    private static string Column(string relation, string column, [CallerArgumentExpression(nameof(column))] string? parameter = null) =>
        string.IsNullOrEmpty(column) ? throw new ArgumentException($"Relation '{relation}': expected the name of a column, found none.", parameter) : column;
}
