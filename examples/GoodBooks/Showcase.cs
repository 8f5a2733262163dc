using System.Globalization;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace GoodBooks;

/// <summary>Recommends to a few readers, beside what they liked; with content, each with the attributes it is recommended for.</summary>
internal static class Showcase
{
    private const int Readers = 3, Shown = 5, Reasons = 3, MinimumHistory = 8, MaximumHistory = 60;

    public static void Run(MLContext ml, IAnsiConsole console, ITransformer pipeline, PreparedData data, BookCatalog books, bool withContent, int seed)
    {
        Recommender recommender = ml.Model.CreateRecommender(pipeline, new RecommendationOptions { Count = Shown });
        using PredictionEngine<Interaction, Prediction> engine = ml.Model.CreatePredictionEngine<Interaction, Prediction>(pipeline);
        foreach ((int user, int[] liked) in Choose(data, seed))
        {
            Table table = new() { Border = TableBorder.Rounded };
            table.AddColumn(new TableColumn(new Text(string.Create(CultureInfo.InvariantCulture, $"reader {data.UserIds[user]} liked ({liked.Length} books)"))));
            table.AddColumn(new TableColumn(new Text("recommended")));
            table.AddColumn(new TableColumn(new Text("score")).RightAligned());
            if (withContent)
                table.AddColumn(new TableColumn(new Text("for its")));
            IReadOnlyList<ScoredItem> best = recommender.Recommend(data.UserIds[user]).Items;
            for (int n = 0; n < best.Count; n++)
            {
                int bookId = data.BookIds[best[n].Key - 1];
                // By id, through ML.NET: what an application would call.
                float score = engine.Predict(new Interaction { UserId = data.UserIds[user], BookId = bookId }).Score;
                List<Text> cells = [new(books.Title(data.BookIds[liked[n]])), new(books.Title(bookId)), new(score.ToString("F3", CultureInfo.InvariantCulture))];
                if (withContent)
                    cells.Add(new(string.Join(", ", recommender.Explain(data.UserIds[user], bookId).ItemAttributes.Where(attribute => attribute.Contribution > 0).Take(Reasons).Select(attribute => attribute.Name))));
                table.AddRow(cells);
            }
            console.Write(table);
        }
    }

    /// <summary>A few seeded readers with neither very short nor very long histories, and their training books.</summary>
    private static IEnumerable<(int User, int[] Liked)> Choose(PreparedData data, int seed)
    {
        List<int>[] histories = [.. data.UserIds.Select(_ => new List<int>())];
        foreach ((uint user, uint item) in data.Split.Train.GetColumn<uint>("User").Zip(data.Split.Train.GetColumn<uint>("Item")))
            histories[user - 1].Add((int)item - 1);
        int[] users = [.. Enumerable.Range(0, histories.Length).Where(user => histories[user].Count is >= MinimumHistory and <= MaximumHistory)];
        new Random(seed).Shuffle(users);
        return users.Take(Readers).Select(user => (user, histories[user].ToArray()));
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
