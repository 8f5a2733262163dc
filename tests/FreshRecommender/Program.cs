using Microsoft.ML;
using Microsoft.ML.LightGcn;

// Usage: FreshRecommender model.zip user item [item ...]. Prints what the user is recommended, what a new user who chose the
// items is, and why the user's first item was. Or: FreshRecommender model.zip lists.csv. Writes the lists of all users.
MLContext ml = new();
Recommender recommender = ml.Model.CreateRecommender(ml.Model.Load(args[0], out _));
if (args is [_, string listPath])
{
    recommender.SaveRecommendationsAsCsv(listPath);
    Console.WriteLine("written");
    return;
}
Recommendations known = recommender.Recommend(args[1]);
Print(known);
Print(recommender.RecommendToNewUser(recommender.GetItems(args[2..])));
Console.WriteLine(string.Join(' ', recommender.Explain(args[1], known.Items[0].Id).History));

static void Print(Recommendations found) => Console.WriteLine($"{found.Source} {string.Join(' ', found.Items)}");
