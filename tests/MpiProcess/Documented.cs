using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace MpiProcess;

/// <summary>The code of docs/distributed.md, which needs a launcher.</summary>
internal static class Documented
{
    public static void Run(MLContext ml, IDataView train, IDataView test, string folder)
    {
        TrainAndSave(ml, train, test, Path.Combine(folder, "model.safetensors"));
        TrainIntoFile(ml, MpiEngine.Create(), train, Path.Combine(folder, "shared.safetensors"));
    }

    private static void TrainAndSave(MLContext ml, IDataView train, IDataView test, string modelPath)
    {
        // DISTRIBUTED: begin
        MpiEngine engine = MpiEngine.Create();
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { Engine = engine, Seed = 1 }).Fit(train);
        TopNMetrics metrics = ml.Ranking.EvaluateTopN(model, test, train, new TopNEvaluationOptions { Processes = engine.Processes });
        if (engine.Processes.IsFirst)
            ml.Model.SaveRecommendationModel(model, modelPath);
        // DISTRIBUTED: end
        Console.WriteLine($"NDCG@10 {metrics[RankingMetric.Ndcg, 10]:F4}");
    }

    private static void TrainIntoFile(MLContext ml, MpiEngine engine, IDataView train, string sharedPath)
    {
        // DISTRIBUTED: begin
        engine.ModelFile = sharedPath;
        LightGcnTransformer model = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { Engine = engine, Seed = 1 }).Fit(train);
        // DISTRIBUTED: end
        Console.WriteLine($"{model.Model.UserCount} users");
    }
}
