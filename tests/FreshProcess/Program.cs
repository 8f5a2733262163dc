using Microsoft.ML;

// Usage: FreshProcess model.zip user item [user item ...]. Prints the bits of each pair's score.
MLContext ml = new();
ITransformer model = ml.Model.Load(args[0], out _);
using PredictionEngine<Pair, Prediction> engine = ml.Model.CreatePredictionEngine<Pair, Prediction>(model);
for (int i = 1; i < args.Length; i += 2)
    Console.WriteLine(BitConverter.SingleToUInt32Bits(engine.Predict(new Pair { UserId = args[i], ItemId = args[i + 1] }).Score).ToString("X8", null));

internal sealed class Pair
{
    public string UserId { get; set; } = "";

    public string ItemId { get; set; } = "";
}

internal sealed class Prediction
{
    public float Score { get; set; }
}
