using System.Globalization;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Recommendations for every user as a CSV file.</summary>
internal static class RecommendationFile
{
    /// <param name="path">The file.</param>
    /// <param name="users">The ids of the users.</param>
    /// <param name="items">The ids of the items.</param>
    /// <param name="parts">The items of all users, in the order of users.</param>
    public static void Write(
        string path, Vocabulary users, Vocabulary items, IEnumerable<(int FirstUser, SelectionTable Table)> parts) => CsvFile.Write(path, writer =>
    {
        writer.WriteLine("user,item,rank,score,source");
        foreach ((int firstUser, SelectionTable table) in parts)
            Write(writer, users, items, firstUser, table);
    });

    private static void Write(TextWriter writer, Vocabulary users, Vocabulary items, int firstUser, SelectionTable table)
    {
        for (int row = 0; row < table.Counts.Length; row++)
        {
            int user = firstUser + row;
            string id = users[user];
            // What has no id can't be told from another; of hashes without any, those are left out that stand for nobody.
            if (id.Length == 0 || (!users.HasId(user) && table.Sources[row] == RecommendationSource.Popularity))
                continue;
            string userField = CsvFile.Field(id);
            ReadOnlySpan<int> found = table.ItemsOf(row);
            ReadOnlySpan<float> scores = table.ScoresOf(row);
            for (int n = 0; n < found.Length; n++)
            {
                string item = items[found[n]];
                if (item.Length == 0)
                    continue;
                string score = float.IsNaN(scores[n]) ? "" : scores[n].ToString(CultureInfo.InvariantCulture);
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{userField},{CsvFile.Field(item)},{n + 1},{score},{table.Sources[row]}"));
            }
        }
    }
}
