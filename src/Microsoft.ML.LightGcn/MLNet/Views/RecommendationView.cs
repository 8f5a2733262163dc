using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Recommending;

namespace Microsoft.ML.LightGcn.MLNet.Views;

/// <summary>Recommendations for every user as a data view: a user key, a vector of item keys and a vector of scores.</summary>
internal static class RecommendationView
{
    /// <summary>The names of the columns of items and of scores, unless others are asked for.</summary>
    public static readonly (string Items, string Scores) Columns = ("RecommendedItems", "RecommendedScores");

    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="users">The users, a row each.</param>
    /// <param name="items">The items.</param>
    /// <param name="columns">Names of the columns of items and of scores.</param>
    /// <param name="table">What is recommended; not asked for before a row is read.</param>
    public static IDataView Create(string userColumnName, KeyNames users, KeyNames items, (string Items, string Scores) columns, Lazy<SelectionTable> table) => new TableView.Builder(users.Count)
        .Add(userColumnName, new KeyDataViewType(typeof(uint), users.Count), (long row, ref uint key) => key = (uint)row + 1, users.Annotations)
        .Add(columns.Items, new VectorDataViewType(new KeyDataViewType(typeof(uint), items.Count)), (long row, ref VBuffer<uint> keys) =>
        {
            ReadOnlySpan<int> found = table.Value.ItemsOf((int)row);
            uint[] values = new uint[found.Length];
            for (int n = 0; n < values.Length; n++)
                values[n] = (uint)found[n] + 1;
            keys = new VBuffer<uint>(values.Length, values);
        }, items.Annotations)
        .Add(columns.Scores, new VectorDataViewType(NumberDataViewType.Single), (long row, ref VBuffer<float> scores) =>
        {
            float[] values = table.Value.ScoresOf((int)row).ToArray();
            scores = new VBuffer<float>(values.Length, values);
        })
        .ToView();
}
