using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

/// <summary>Tables of more numbers than a span has, tried with pieces of a few rows.</summary>
public sealed class RowTableTests
{
    private const int Users = 50, Items = 37;

    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    public void Users_in_pieces_score_as_in_one(int dimension)
    {
        float[] users = Numbers(Users * dimension, seed: 1), items = Numbers(Items * dimension, seed: 2);
        users.AsSpan(13 * dimension, dimension).Clear();
        RowTable whole = new(users, dimension), pieces = InPieces(users, dimension, rowsPerPiece: 7);
        int[] some = [0, 6, 7, 48, 49, 13];
        float[] expected = new float[some.Length * Items], found = new float[expected.Length];
        new FactorScorer(whole, items).ScoreItems(some, expected);
        new FactorScorer(pieces, items).ScoreItems(some, found);
        Assert.Equal(expected, found);
        Assert.Equal([13], KnownNodes.Of(new Factors(pieces, items, dimension)).UnknownUsers.ToArray());
        Assert.False(new Factors(pieces, items, dimension).HasInfinity);
        users[^1] = float.PositiveInfinity;
        Assert.True(new Factors(InPieces(users, dimension, 7), items, dimension).HasInfinity);
    }

    [Fact]
    public void What_takes_all_rows_at_once_says_why_it_can_not()
    {
        RowTable pieces = InPieces(new float[Users * 4], 4, rowsPerPiece: 7);
        NodeTable table = new(new NodeLayout(Users, 2), 4, pieces, new float[8], default);
        Assert.Equal("The embeddings of 50 users are 200 numbers, and what takes all of them at once can have at most 2,147,483,647. Score and recommend by user, or read the model's file elsewhere.",
            Assert.Throws<NotSupportedException>(() => table.Users).Message);
        table[Users - 1][3] = 5;
        Assert.Equal(5, pieces[Users - 1][3]);
        Assert.Throws<ArgumentException>(() => new NodeTable(new NodeLayout(Users + 1, 2), 4, pieces, new float[8], default));
        Assert.Throws<InvalidOperationException>(() => table.Values.Length);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(1)]
    public void A_files_table_comes_in_pieces_that_are_short_enough(int longestPiece)
    {
        float[] values = Numbers(Users * 4, seed: 3);
        string path = System.IO.Path.GetTempFileName();
        TensorFileWriter writer = new();
        writer.AddParts<float>("before", take => take(new float[3]), 3);
        writer.AddParts<float>("rows", take =>
        {
            take(values.AsMemory(0, 60));
            take(values.AsMemory(60));
        }, Users, 4);
        using (FileStream stream = File.Create(path))
            writer.Write(stream, new Dictionary<string, string>());
        TensorFileReader reader = new(path);
        reader.Verify(TestContext.Current.CancellationToken);
        RowTable rows = reader.GetRows("rows", Users, 4, longestPiece);
        Assert.Equal(longestPiece >= 200, rows.IsOnePiece);
        for (int user = 0; user < Users; user++)
            Assert.Equal(values[(user * 4)..(user * 4 + 4)], rows[user].ToArray());
        Assert.Throws<InvalidDataException>(() => reader.GetRows("rows", Users + 1, 4, longestPiece));
        File.Delete(path);
        writer.AddParts<float>("short", take => take(new float[3]), 4);
        Assert.Equal("Expected 4 values of short, found 3.", Assert.Throws<InvalidOperationException>(() => writer.Write(new MemoryStream(), new Dictionary<string, string>())).Message);
    }

    private static RowTable InPieces(float[] values, int dimension, int rowsPerPiece) => new(
        [.. values.Chunk(rowsPerPiece * dimension).Select(piece => (Memory<float>)piece)], rowsPerPiece, values.Length / dimension, dimension);

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
