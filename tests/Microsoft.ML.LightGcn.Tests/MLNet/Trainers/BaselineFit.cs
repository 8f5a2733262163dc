using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>What the tests of all baselines share.</summary>
internal static class BaselineFit
{
    public static IDataView Rows(MLContext ml, BipartiteGraph graph)
    {
        List<(int, int)> rows = [];
        for (int user = 0; user < graph.UserCount; user++)
        {
            foreach (int item in graph.ItemsOf(user))
                rows.Add((user, item));
        }
        return KeyRows.Create(ml, graph.UserCount, graph.ItemCount, rows);
    }

    public static double[][] Matrix(int rows, int columns)
    {
        double[][] matrix = new double[rows][];
        for (int r = 0; r < rows; r++)
            matrix[r] = new double[columns];
        return matrix;
    }

    /// <summary>The scores of all users for all items: a block of users at once, which must give the bits of single pairs.</summary>
    public static float[][] Scores<TModel>(TModel model)
        where TModel : IItemScorer
    {
        IRankingModel pairs = (IRankingModel)(object)model;
        // In descending order, and one user twice, so that rows are told apart from users.
        int[] users = [.. Enumerable.Range(0, model.UserCount).Reverse(), 0];
        float[] block = new float[users.Length * model.ItemCount];
        block.AsSpan().Fill(float.NaN);
        model.ScoreItems(users, block);
        float[][] scores = new float[model.UserCount][];
        for (int u = 0; u < users.Length; u++)
        {
            float[] row = block[(u * model.ItemCount)..((u + 1) * model.ItemCount)];
            Assert.Equal(Enumerable.Range(0, model.ItemCount).Select(item => Bits(pairs.Score(users[u], item))), row.Select(Bits));
            scores[users[u]] = row;
        }
        return scores;
    }

    /// <summary>Scores must be an oracle's, and NaN for users and items without interactions.</summary>
    public static void AssertClose(BipartiteGraph graph, double[][] expected, float[][] actual, double tolerance)
    {
        for (int r = 0; r < expected.Length; r++)
        {
            for (int c = 0; c < expected[r].Length; c++)
                if (graph.ItemsOf(r).IsEmpty || graph.UsersOf(c).IsEmpty)
                    Assert.Equal(float.NaN, actual[r][c]);
                else
                    Assert.True(Math.Abs(expected[r][c] - actual[r][c]) <= tolerance * (1 + Math.Abs(expected[r][c])), $"user {r}, item {c}: expected {expected[r][c]}, found {actual[r][c]}");
        }
    }

    /// <summary>Scores of a model file, for all pairs, must have the bits of the model's own.</summary>
    public static void AssertSurvivesFile(MLContext ml, ITransformer fitted, IItemScorer model)
    {
        IDataView pairs = KeyRows.Create(ml, model.UserCount, model.ItemCount,
            Enumerable.Range(0, model.UserCount).SelectMany(u => Enumerable.Range(0, model.ItemCount).Select(i => (u, i))).Append((-1, 0)).Append((0, -1)));
        uint[] expected = [.. fitted.Transform(pairs).GetColumn<float>("Score").Select(Bits)];
        float[][] scores = Scores(model);
        Assert.Equal(scores.SelectMany(row => row).Append(float.NaN).Append(float.NaN).Select(Bits), expected);
        using MemoryStream stream = new();
        ml.Model.Save(fitted, pairs.Schema, stream);
        stream.Position = 0;
        Assert.Equal(expected, new MLContext().Model.Load(stream, out _).Transform(pairs).GetColumn<float>("Score").Select(Bits));
    }

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
