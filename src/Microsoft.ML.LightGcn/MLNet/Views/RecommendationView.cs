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
        Lazy<SelectionTable> table = new(() => recommender.SelectForAll(copy, null, default));
        return Lists(KeyColumnName, recommender.Users, recommender.Items, columns, table).ToView();
    }

    /// <summary>The recommendations of a table, and what they come from.</summary>
    public static IDataView Create(Recommender recommender, (string Items, string Scores) columns, Lazy<SelectionTable> table) =>
        Lists(recommender.UserColumnName, recommender.Users, recommender.Items, columns, table)
            .Add(SourceColumnName, TextDataViewType.Instance, (long row, ref ReadOnlyMemory<char> source) =>
                source = table.Value.Sources[(int)row].ToString().AsMemory())
            .ToView();

    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="users">The users, a row each.</param>
    /// <param name="items">The items.</param>
    /// <param name="columns">Names of the columns of items and of scores.</param>
    /// <param name="table">What is recommended; not asked for before a row is read.</param>
    private static TableView.Builder Lists(
        string userColumnName, Vocabulary users, Vocabulary items, (string Items, string Scores) columns, Lazy<SelectionTable> table) =>
        new TableView.Builder(users.Count)
        .Add(userColumnName, new KeyDataViewType(typeof(uint), users.Count), (long row, ref uint key) => key = (uint)row + 1, KeyValues.AnnotationOf(users))
        .Add(columns.Items, new VectorDataViewType(new KeyDataViewType(typeof(uint), items.Count)), (long row, ref VBuffer<uint> keys) =>
        {
            ReadOnlySpan<int> found = table.Value.ItemsOf((int)row);
            uint[] values = new uint[found.Length];
            for (int n = 0; n < values.Length; n++)
                values[n] = (uint)found[n] + 1;
            keys = new VBuffer<uint>(values.Length, values);
        }, KeyValues.AnnotationOf(items))
        .Add(columns.Scores, new VectorDataViewType(NumberDataViewType.Single), (long row, ref VBuffer<float> scores) =>
        {
            float[] values = table.Value.ScoresOf((int)row).ToArray();
            scores = new VBuffer<float>(values.Length, values);
        });
}
