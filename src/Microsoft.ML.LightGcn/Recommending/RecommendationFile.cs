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
            // A key that stands for nobody, as hashes leave some.
            if (!users.HasId(user) && table.Sources[user] == RecommendationSource.Popularity)
                continue;
            string userField = CsvFile.Field(users[user]);
            ReadOnlySpan<int> found = table.ItemsOf(user);
            ReadOnlySpan<float> scores = table.ScoresOf(user);
            for (int n = 0; n < found.Length; n++)
            {
                string score = float.IsNaN(scores[n]) ? "" : scores[n].ToString(CultureInfo.InvariantCulture);
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{userField},{CsvFile.Field(items[found[n]])},{n + 1},{score},{table.Sources[user]}"));
            }
        }
    });
}
