using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>Recommendations for every user as a data view: a user key, a vector of item keys, a vector of scores, and what they come from.</summary>
internal static class RecommendationView
{
    /// <summary>The names of the columns of items and of scores, unless others are asked for.</summary>
    public static readonly (string Items, string Scores) Columns = ("RecommendedItems", "RecommendedScores");

    /// <summary>The name of the user column of <see cref="OfAll"/>: one that no column of the caller's has.</summary>
    public const string KeyColumnName = "LightGcn.User";

    private const string SourceColumnName = "RecommendationSource";

    /// <summary>The recommendations of every user, computed when rows are first read, to be looked up by user.</summary>
    public static IDataView OfAll(Recommender recommender, (string Items, string Scores) columns, RecommendationOptions? options)
    {
        RecommendationOptions copy = recommender.Checked(options).Copy();
        // Rows are looked up in any order: one part has them all.
        SelectionParts lists = new(1, Math.Max(1, recommender.UserCount), _ => recommender.SelectForAll(copy, null, default));
        return Lists(KeyColumnName, recommender.Users, recommender.Items, columns, lists).ToView();
    }

    /// <summary>The recommendations of all users, computed as rows are read, and what they come from.</summary>
    public static IDataView Create(Recommender recommender, (string Items, string Scores) columns, SelectionParts lists) =>
        Lists(recommender.UserColumnName, recommender.Users, recommender.Items, columns, lists)
            .Add(SourceColumnName, TextDataViewType.Instance, (long user, ref ReadOnlyMemory<char> source) =>
            {
                (SelectionTable table, int row) = lists.At(user);
                source = table.Sources[row].ToString().AsMemory();
            })
            .ToView();

    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="users">The users, a row each.</param>
    /// <param name="items">The items.</param>
    /// <param name="columns">Names of the columns of items and of scores.</param>
    /// <param name="lists">What is recommended; not asked for before a row is read.</param>
    private static TableView.Builder Lists(
        string userColumnName, Vocabulary users, Vocabulary items, (string Items, string Scores) columns, SelectionParts lists) =>
        new TableView.Builder(users.Count)
        .Add(userColumnName, new KeyDataViewType(typeof(uint), users.Count), (long row, ref uint key) => key = (uint)row + 1, KeyValues.AnnotationOf(users))
        .Add(columns.Items, new VectorDataViewType(new KeyDataViewType(typeof(uint), items.Count)), (long user, ref VBuffer<uint> keys) =>
        {
            (SelectionTable table, int row) = lists.At(user);
            ReadOnlySpan<int> found = table.ItemsOf(row);
            uint[] values = new uint[found.Length];
            for (int n = 0; n < values.Length; n++)
                values[n] = (uint)found[n] + 1;
            keys = new VBuffer<uint>(values.Length, values);
        }, KeyValues.AnnotationOf(items))
        .Add(columns.Scores, new VectorDataViewType(NumberDataViewType.Single), (long user, ref VBuffer<float> scores) =>
        {
            (SelectionTable table, int row) = lists.At(user);
            float[] values = table.ScoresOf(row).ToArray();
            scores = new VBuffer<float>(values.Length, values);
        });
}
