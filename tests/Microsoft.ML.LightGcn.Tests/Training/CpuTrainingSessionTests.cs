using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests.Training;

/// <summary>Batches and propagated embeddings lie in the same memory by turns: neither may leave a trace in the other.</summary>
public sealed class CpuTrainingSessionTests
{
    private const int Users = 400, Items = 150, Dimension = 20, Steps = 6, BestStep = 2;

    // The rows of a batch of 8 samples take less than a table, those of 500 more.
    public static TheoryData<bool, int, PropagationPrecision, int> Sessions()
    {
        TheoryData<bool, int, PropagationPrecision, int> data = [];
        foreach (bool softmax in (bool[])[true, false])
        {
            foreach (int batch in (int[])[8, 500])
            {
                foreach (PropagationPrecision precision in Enum.GetValues<PropagationPrecision>())
                {
                    foreach (int layers in (int[])[0, 1, 2, 3])
                        data.Add(softmax, batch, precision, layers);
                }
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public void Validation_between_steps_changes_no_bit_and_scores_by_exact_propagation(bool softmax, int batch, PropagationPrecision precision, int layers)
    {
        TrainingPlan plan = Plan(softmax, batch, precision, layers);
        Assert.Equal(batch < 100, BatchLoss.Bytes(plan) < TrainingMemory.TableBytes(plan));
        using ITrainingSession straight = TestGraphs.Start(plan), validated = TestGraphs.Start(plan), best = TestGraphs.Start(plan);
        double straightLoss = 0, validatedLoss = 0, bestLoss = 0;
        Assert.Equal(Steps, straight.RunSteps(0, Steps, ref straightLoss, TestContext.Current.CancellationToken));
        for (int step = 0; step < Steps; step += BestStep)
        {
            validated.RunSteps(step, BestStep, ref validatedLoss, TestContext.Current.CancellationToken);
            // Twice: the second finds the memory as the first left it.
            CheckScores(validated, plan);
            CheckScores(validated, plan);
            if (step == 0)
                validated.KeepBest();
        }
        Assert.Equal(straightLoss, validatedLoss);
        foreach (TrainingTable table in (TrainingTable[])[TrainingTable.Embeddings, TrainingTable.FirstMoment, TrainingTable.SecondMoment])
            Assert.Equal(Rows(straight, table, plan), Rows(validated, table, plan));

        validated.RestoreBest();
        best.RunSteps(0, BestStep, ref bestLoss, TestContext.Current.CancellationToken);
        AssertSame(best.Finish(), validated.Finish());
    }

    [Theory]
    [MemberData(nameof(Sessions))]
    public void A_session_that_ends_in_place_has_the_rows_of_one_that_gives_them_out(bool softmax, int batch, PropagationPrecision precision, int layers)
    {
        TrainingPlan plan = Plan(softmax, batch, precision, layers);
        using ITrainingSession inPlace = TestGraphs.Start(plan), whole = TestGraphs.Start(plan);
        double loss = 0;
        inPlace.RunSteps(0, 1, ref loss, TestContext.Current.CancellationToken);
        CheckScores(inPlace, plan);
        inPlace.RunSteps(1, 1, ref loss, TestContext.Current.CancellationToken);
        whole.RunSteps(0, 2, ref loss, TestContext.Current.CancellationToken);
        inPlace.FinishInPlace();
        (double[][] layer0, double[][] final) = (Rows(inPlace, TrainingTable.Embeddings, plan), Rows(inPlace, TrainingTable.Propagated, plan));
        (NodeTable expectedBase, NodeTable expectedFinal) = whole.Finish();
        Assert.Equal(ToRows(expectedBase), layer0);
        Assert.Equal(ToRows(expectedFinal), final);
    }

    private static void CheckScores(ITrainingSession session, TrainingPlan plan)
    {
        const int User = 7;
        float[] scores = new float[Items];
        session.Propagate([.. Enumerable.Range(0, Users)]).ScoreItems([User], scores);
        double[][] expected = Oracle.Propagate(plan.Interactions, Rows(session, TrainingTable.Embeddings, plan), plan.Settings.LayerWeights);
        for (int item = 0; item < Items; item++)
            Assert.Equal(Oracle.Dot(expected[User], expected[Users + item]), scores[item], 1e-6);
        Assert.Contains(scores, score => Math.Abs(score) > 1e-3);
    }

    private static void AssertSame((NodeTable Base, NodeTable Final) expected, (NodeTable Base, NodeTable Final) found)
    {
        Assert.Equal(expected.Base.Values, found.Base.Values);
        Assert.Equal(expected.Final.Values, found.Final.Values);
    }

    private static double[][] ToRows(NodeTable table) => [.. table.Values.ToArray().Chunk(Dimension).Select(row => Array.ConvertAll(row, value => (double)value))];

    private static double[][] Rows(ITrainingSession session, TrainingTable table, TrainingPlan plan)
    {
        int nodes = plan.Layout.NodeCount;
        float[] rows = new float[nodes * Dimension];
        session.ReadRows(table, 0, rows);
        return [.. rows.Chunk(Dimension).Select(row => Array.ConvertAll(row, value => (double)value))];
    }

    private static TrainingPlan Plan(bool softmax, int batch, PropagationPrecision precision, int layers)
    {
        LightGcnTrainer.Options options = new()
        {
            EmbeddingDimension = Dimension,
            LayerCount = layers,
            BatchSize = batch,
            StepsPerEpoch = 2,
            EpochCount = Steps / 2,
            BatchL2 = 1e-3f,
            NumberOfThreads = 2,
            PropagationPrecision = precision,
            Neighbourhood = null,
            // Items score by their propagated embeddings as they are.
            Objective = softmax ? new SampledSoftmaxObjective { NegativeCount = 16, Shrinkage = 0, LengthExponent = 1 } : new BprObjective(),
        };
        return TestGraphs.Plan(TestGraphs.Random(Users, Items, 3000, seed: 4), options, seed: 2);
    }
}
