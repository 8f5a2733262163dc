using LightGcn.Testing;
using Microsoft.ML;
using Microsoft.ML.LightGcn;

namespace PgVectorExample.Tests;

/// <summary>What is wrong with a command line, a model or a server is one line that names the argument, and exit code 1.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Password = "hunter2";

    private readonly string _folder = Directory.CreateTempSubdirectory("pgvector").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("connection: expected a value, found none.")]
    [InlineData("model: expected a value, found none.", "Host=127.0.0.1")]
    [InlineData("model: expected a file, found none at '", "Host=127.0.0.1", "nowhere.zip")]
    [InlineData("model: expected a file, found a folder at '", "Host=127.0.0.1", ".")]
    [InlineData("model: expected a LightGCN model with its history, found another or a damaged file at '", "Host=127.0.0.1", "broken")]
    [InlineData("connection: expected a connection string of Npgsql such as \"Host=", $"Password={Password}", "model")]
    [InlineData("connection: expected a connection string of Npgsql such as \"Host=", $"{Password};nonsense", "model")]
    [InlineData("connection: expected a connection string of Npgsql such as \"Host=", $"Host=127.0.0.1;Port=abc;Password={Password}", "model")]
    [InlineData("connection: expected a connection string of Npgsql such as \"Host=", $"Host=127.0.0.1;Bogus=1;Password={Password}", "model")]
    [InlineData("connection: expected a PostgreSQL server with pgvector, found an error: ", $"Host=127.0.0.1;Port=1;Username=nobody;Password={Password}", "model")]
    [InlineData("model: expected a model of embeddings alone, found one with ", "Host=127.0.0.1", "weighted")]
    [InlineData("Expected one of --help, --version, found 'more'.", "Host=127.0.0.1", "model", "more")]
    public async Task A_mistake_is_one_line(string expected, params string[] arguments)
    {
        File.WriteAllText(Path.Combine(_folder, "broken"), "broken");
        string model = Path.Combine(_folder, "model.zip");
        if (arguments.Contains("model"))
            Write(model, null);
        if (arguments.Contains("weighted"))
            Write(model, new ItemNeighbourhood());
        string[] parts = Array.ConvertAll(arguments, part => part switch
        {
            "model" or "weighted" => model,
            "broken" or "." or "nowhere.zip" => Path.Combine(_folder, part),
            _ => part,
        });
        (int exit, string output, string error) = await Programs.RunAsync("PgVectorExample", parts);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(1, exit);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, output + error, StringComparison.Ordinal);
    }

    private static void Write(string path, ItemNeighbourhood? neighbourhood)
    {
        MLContext ml = new(1);
        Random random = new(2);
        IDataView rows = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 500).Select(_ => new Interaction { UserId = random.Next(30), ItemId = random.Next(20) }).ToArray());
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { EmbeddingDimension = 8, EpochCount = 1, Neighbourhood = neighbourhood })).Fit(rows);
        ml.Model.Save(model, rows.Schema, path);
    }

    private sealed class Interaction
    {
        public int UserId { get; set; }

        public int ItemId { get; set; }
    }
}
