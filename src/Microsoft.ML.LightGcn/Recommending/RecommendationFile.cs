using System.Globalization;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Lists of users as rows: a user, an item, its rank, its score, and what it was chosen by.</summary>
internal static class RecommendationFile
{
    /// <summary>The rows of all users as one CSV file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recommender">Users and items.</param>
    /// <param name="parts">The lists of all users.</param>
    public static void Write(string path, Recommender recommender, SelectionParts parts) => CsvFile.Write(path, writer =>
    {
        WriteHeader(writer);
        for (int first = 0; first < recommender.UserCount; first += BlockSelection.UsersPerPart)
            Write(writer, Rows(recommender, first, parts.At(first).Table));
    });

    /// <summary>The rows of some users as a CSV file with a header.</summary>
    public static void Write(Stream stream, IEnumerable<RecommendationRow> rows) => CsvFile.Write(stream, writer =>
    {
        WriteHeader(writer);
        Write(writer, rows);
    });

    /// <summary>The rows of a table, in its order.</summary>
    /// <param name="recommender">Users and items.</param>
    /// <param name="firstUser">The user of the table's first row.</param>
    /// <param name="table">The lists.</param>
    public static IEnumerable<RecommendationRow> Rows(Recommender recommender, int firstUser, SelectionTable table)
    {
        Vocabulary users = recommender.Users, items = recommender.Items;
        for (int row = 0; row < table.Counts.Length; row++)
        {
            int user = firstUser + row;
            string id = users[user];
            // What has no id can't be told from another; of hashes without any, those are left out that stand for nobody.
            if (id.Length == 0 || (!users.HasId(user) && table.Sources[row] == RecommendationSource.Popularity))
                continue;
            for (int n = 0, place = row * table.RowLength; n < table.Counts[row]; n++, place++)
            {
                string item = items[table.Items[place]];
                if (item.Length > 0)
                    yield return new RecommendationRow(id, item, n + 1, table.Scores[place], table.Sources[row]);
            }
        }
    }

    private static void WriteHeader(TextWriter writer) => writer.WriteLine("user,item,rank,score,source");

    private static void Write(TextWriter writer, IEnumerable<RecommendationRow> rows)
    {
        foreach (RecommendationRow row in rows)
        {
            string score = float.IsNaN(row.Score) ? "" : row.Score.ToString(CultureInfo.InvariantCulture);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{CsvFile.Field(row.User)},{CsvFile.Field(row.Item)},{row.Rank},{score},{row.Source}"));
        }
    }
}

/// <summary>An item of a user's list.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Item">The item's id.</param>
/// <param name="Rank">From 1.</param>
/// <param name="Score">NaN where the list is by popularity.</param>
/// <param name="Source">What the list was chosen by.</param>
internal readonly record struct RecommendationRow(string User, string Item, int Rank, float Score, RecommendationSource Source);
