using System.Globalization;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>Recommendations for every user as a CSV file.</summary>
internal static class RecommendationFile
{
    public static void Write(string path, Vocabulary users, Vocabulary items, SelectionTable table) => CsvFile.Write(path, writer =>
    {
        writer.WriteLine("user,item,rank,score,source");
        for (int user = 0; user < users.Count; user++)
        {
            // What has no id can't be told from another; of hashes without any, those are left out that stand for nobody.
            if (users[user].Length == 0 || (!users.HasId(user) && table.Sources[user] == RecommendationSource.Popularity))
                continue;
            string userField = CsvFile.Field(users[user]);
            ReadOnlySpan<int> found = table.ItemsOf(user);
            ReadOnlySpan<float> scores = table.ScoresOf(user);
            for (int n = 0; n < found.Length; n++)
            {
                if (items[found[n]].Length == 0)
                    continue;
                string score = float.IsNaN(scores[n]) ? "" : scores[n].ToString(CultureInfo.InvariantCulture);
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{userField},{CsvFile.Field(items[found[n]])},{n + 1},{score},{table.Sources[user]}"));
            }
        }
    });
}
