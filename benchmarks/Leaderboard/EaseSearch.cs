using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>EASE with settings that are chosen on validation interactions; its memory is items x items x 4 bytes, several times over.</summary>
internal static class EaseSearch
{
    private static readonly GridAxis Lambda = new("lambda", [3, 10, 30, 100, 300, 1000], 100);

    /// <summary>Plain EASE: the regularisation alone.</summary>
    public static readonly GridAxis[] Plain = [Lambda];

    /// <summary>Beta weighs users down by the length of their history, alpha items by their popularity, and p is the dropout. The whole grid has 288 points.</summary>
    public static readonly GridAxis[] Normalised =
    [
        Lambda,
        new("beta", [0, 0.15f, 0.3f, 0.5f], 0),
        new("alpha", [0, 0.15f, 0.3f], 0),
        new("p", [0, 0.1f, 0.25f, 0.5f], 0),
    ];

    /// <summary>Chooses the setting, and trains with it on all training interactions.</summary>
    public static TrainedModel Train(TrainingInput input, GridAxis[] axes)
    {
        Stopwatch clock = Stopwatch.StartNew();
        float[] chosen = GridSearch.Maximise(axes, values =>
        {
            double ndcg = input.Validate(Fit(input, input.Choosing.Train, values));
            input.Log(string.Create(CultureInfo.InvariantCulture, $"ease, {Text(axes, values)}: validation ndcg@{input.Cutoff} {ndcg:F4}"));
            return ndcg;
        });
        return TrainedModel.Of(() => Fit(input, input.Train, chosen), Text(axes, chosen), clock.Elapsed.TotalSeconds);
    }

    /// <param name="input">The context and how to stop.</param>
    /// <param name="train">Training interactions.</param>
    /// <param name="values">Lambda, then beta, alpha and p; those left out are 0.</param>
    public static IItemScorer Fit(TrainingInput input, IDataView train, params float[] values) => input.Ml.Ranking.Trainers.Ease(new EaseTrainer.Options
    {
        Regularization = values[0],
        UserDegreeExponent = values.ElementAtOrDefault(1),
        PopularityExponent = values.ElementAtOrDefault(2),
        DropoutRate = values.ElementAtOrDefault(3),
        CancellationToken = input.CancellationToken,
    }).Fit(train).Model;

    private static string Text(GridAxis[] axes, float[] values) =>
        string.Join(", ", axes.Zip(values, (axis, value) => string.Create(CultureInfo.InvariantCulture, $"{axis.Name} {value}")));
}
