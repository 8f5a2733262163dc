namespace Microsoft.ML.LightGcn.Tests.Recommending;

/// <summary>A small fitted model with text ids, and what the tests of recommenders ask of it.</summary>
internal sealed class Fitted
{
    public Fitted(Action<LightGcnTrainer.Options>? change = null, int users = 60, int items = 40, int perUser = 8)
    {
        Data = Taste.Create(Context, users, items, perUser);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        change?.Invoke(options);
        Transformer = Context.Ranking.Trainers.LightGcn(options).Fit(Data.Train);
        Recommender = Context.Model.CreateRecommender(Transformer);
    }

    public MLContext Context { get; } = new(1);

    public Taste Data { get; }

    public LightGcnTransformer Transformer { get; }

    public LightGcnModelParameters Model => Transformer.Model;

    public Recommender Recommender { get; }

    public BipartiteGraph History => Model.History!;

    public string UserId(int user) => Model.Users.Names![user].ToString();

    public string ItemId(int item) => Model.Items.Names![item].ToString();

    /// <summary>The best items by a plain sort of all scores.</summary>
    public (string Id, float Score)[] Best(int user, Func<int, bool> allowed, int count = 10)
    {
        float[] scores = new float[Model.ItemCount];
        Model.ScoreItems([user], scores);
        return [.. Enumerable.Range(0, scores.Length).Where(allowed).OrderByDescending(item => scores[item]).Take(count).Select(item => (ItemId(item), scores[item]))];
    }

    public bool IsNew(int user, int item) => !History.ItemsOf(user).Contains(item);
}
