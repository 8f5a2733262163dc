using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>
/// Training goes on when there are more data, users and items, on MovieLens in time: a model of the first 80 % of the likes
/// continues with all of them for a quarter of the epochs. The last two likes of every user are held out.
/// </summary>
public sealed class ContinueTests
{
    private const int Epochs = 40, FewEpochs = 10;

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Continuing_for_a_quarter_of_the_epochs_is_about_as_good_as_training_anew()
    {
        string? folder = Datasets.Find("ml-latest-small");
        Assert.SkipWhen(folder is null, Datasets.Missing("ml-latest-small"));
        InteractionSplit split = _ml.Data.TemporalLeaveOneOutSplit(_ml.Data.LoadFromEnumerable(MovieLens.Read(folder!)), "UserId", "ItemId", "Time");
        MovieLens.Like[] likes = Rows(split.Train), heldOut = [.. Rows(split.Validation), .. Rows(split.Test)];
        MovieLens.Like[] old = likes[..(likes.Length * 8 / 10)];
        HashSet<int> oldUsers = [.. old.Select(like => like.UserId)];
        Assert.Equal((671, 538), (likes.Select(like => like.UserId).Distinct().Count(), oldUsers.Count));

        // Each stage has keys of its own, as it would in life: the model goes by their values.
        (IDataView first, _) = Keyed(old);
        (IDataView all, ITransformer keys) = Keyed(likes);
        LightGcnModelParameters before = Trainer(Epochs).Fit(first).Model;
        (double anew, double anewForNew) = Quality("anew", Epochs, Trainer(Epochs).Fit(all));
        (double few, double fewForNew) = Quality("anew", FewEpochs, Trainer(FewEpochs).Fit(all));
        (double continued, double continuedForNew) = Quality("continued", FewEpochs, Trainer(FewEpochs).Fit(all, before));

        Assert.InRange(continued, 0.85 * anew, 1.3 * anew);
        Assert.InRange(continued, 1.05 * few, 2 * few);
        Assert.InRange(continuedForNew, 0.7 * anewForNew, 2 * anewForNew);

        (double All, double New) Quality(string name, int epochs, LightGcnTransformer model)
        {
            double everyone = Ndcg(model, heldOut), newcomers = Ndcg(model, heldOut.Where(like => !oldUsers.Contains(like.UserId)));
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {epochs} epochs: NDCG@50 {everyone:F4}, of new users {newcomers:F4}");
            return (everyone, newcomers);
        }

        double Ndcg(LightGcnTransformer model, IEnumerable<MovieLens.Like> of) =>
            _ml.Ranking.EvaluateTopN(model, keys.Transform(_ml.Data.LoadFromEnumerable(of)), all)[RankingMetric.Ndcg, 50];
    }

    private LightGcnTrainer Trainer(int epochs) => _ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
    {
        // Said in full, so that the figures of docs/resume.md do not follow the defaults.
        EmbeddingDimension = 64,
        LayerCount = 3,
        Initialization = EmbeddingInitialization.Normal(0.1f),
        Objective = new BprObjective(),
        BatchSize = 1024,
        LearningRate = 0.005f,
        EpochCount = epochs,
        Seed = 1,
        CancellationToken = TestContext.Current.CancellationToken,
    });

    private (IDataView View, ITransformer Keys) Keyed(MovieLens.Like[] likes)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(likes);
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(view);
        return (keys.Transform(view), keys);
    }

    private MovieLens.Like[] Rows(IDataView view) => [.. _ml.Data.CreateEnumerable<MovieLens.Like>(view, reuseRowObject: false)];
}
