#:project ../src/Microsoft.ML.LightGcn/Microsoft.ML.LightGcn.csproj
#:property PublishAot=false
// In a project of your own: dotnet add package Microsoft.ML.LightGcn
// Run: dotnet run examples/QuickStart.cs [ratings.csv], a file of MovieLens: userId,movieId,rating,timestamp. Without it, made-up ratings.
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

string path = args.Length > 0 ? args[0] : MakeUp(Path.Combine(Path.GetTempPath(), "quickstart-ratings.csv"));
MLContext ml = new(seed: 1);

// A rating of 4 or more says that the user likes the film. LightGCN learns from likes alone.
IDataView ratings = ml.Data.LoadFromTextFile<Rating>(path, hasHeader: true, separatorChar: ',');
IDataView likes = ml.Data.FilterRowsByColumn(ratings, nameof(Rating.Stars), lowerBound: 4);

// Ids become keys, and one user-item pair of each user is held out to measure with.
IDataView keyed = ml.Transforms.Conversion.MapValueToKey("User", nameof(Rating.UserId))
    .Append(ml.Transforms.Conversion.MapValueToKey("Item", nameof(Rating.MovieId))).Fit(likes).Transform(likes);
InteractionSplit split = ml.Data.LeaveOneOutSplit(keyed);
LightGcnTransformer model = ml.Ranking.Trainers.LightGcn("User", "Item").Fit(split.Train);
TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, split.Test, seen: split.Train);
Console.WriteLine($"The held-out film is among the first 10 for {metrics[RankingMetric.HitRate, 10]:P0} of the users.");

// Save, load, and recommend. One recommender serves the whole application, from any thread.
string file = Path.Combine(Path.GetTempPath(), "quickstart.safetensors");
ml.Model.SaveRecommendationModel(model, file);
Recommender recommender = ml.Model.CreateRecommender(ml.Model.LoadRecommendationModel(file));
Show("For user 1", recommender.Recommend(1, new RecommendationOptions { Count = 5 }).Items);
IReadOnlyList<ScoredItem> first = recommender.Recommend(1, new RecommendationOptions { Count = 1 }).Items;
Show($"Like film {first[0].Id}", recommender.SimilarItems(first[0].Key, new RecommendationOptions { Count = 5 }));
Show($"For somebody new who likes film {first[0].Id}", recommender.RecommendToNewUser(recommender.GetItems(first[0].Key), new RecommendationOptions { Count = 5 }).Items);

static void Show(string title, IEnumerable<ScoredItem> items) => Console.WriteLine($"{title}: films {string.Join(", ", items.Select(item => item.Id))}");

// 300 users of three tastes, who like the films of their taste more.
static string MakeUp(string path)
{
    Random random = new(7);
    IEnumerable<string> lines = Enumerable.Range(0, 9000).Select(n => (User: n % 300, Film: random.Next(150)))
        .Select(pair => $"{pair.User + 1},{pair.Film + 1},{(pair.Film % 3 == pair.User % 3 ? 4 + random.Next(2) : 1 + random.Next(4))},{964982703 + random.Next(100_000_000)}");
    File.WriteAllLines(path, lines.Prepend("userId,movieId,rating,timestamp"));
    return path;
}

internal sealed class Rating
{
    [LoadColumn(0)] public int UserId { get; set; }
    [LoadColumn(1)] public int MovieId { get; set; }
    [LoadColumn(2)] public float Stars { get; set; }
}
