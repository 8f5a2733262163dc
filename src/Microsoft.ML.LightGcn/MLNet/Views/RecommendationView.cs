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

    private const string SourceColumnName = "RecommendationSource";

    /// <summary>The recommendations of every user, computed when rows are first read.</summary>
    public static IDataView OfAll(Recommender recommender, (string Items, string Scores) columns, RecommendationOptions? options)
    {
        RecommendationOptions copy = recommender.Checked(options).Copy();
        return Create(recommender, columns, new Lazy<SelectionTable>(() => recommender.SelectForAll(copy, null, default)));
    }

    /// <summary>The recommendations of a table.</summary>
    public static IDataView Create(Recommender recommender, (string Items, string Scores) columns, Lazy<SelectionTable> table) =>
        Create(recommender.UserColumnName, recommender.Users, recommender.Items, columns, table);

    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="users">The users, a row each.</param>
    /// <param name="items">The items.</param>
    /// <param name="columns">Names of the columns of items and of scores.</param>
    /// <param name="table">What is recommended; not asked for before a row is read.</param>
    private static TableView Create(
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
        })
        .Add(SourceColumnName, TextDataViewType.Instance, (long row, ref ReadOnlyMemory<char> source) =>
            source = table.Value.Sources[(int)row].ToString().AsMemory())
        .ToView();
}
