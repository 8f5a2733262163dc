using System.CommandLine;
using LightGcn.Examples;
using Npgsql;

namespace PgVectorExample;

/// <summary>The command line of the example.</summary>
internal static class CommandLine
{
    private const string ConnectionName = "connection", Sample = "Host=localhost;Username=postgres;Password=...";

    public static RootCommand Create()
    {
        Argument<string> connection = new Argument<string>(ConnectionName) { Description = $"Connection string of Npgsql, such as \"{Sample}\"." }.Reads(ReadConnection);
        Argument<string?> model = new Argument<string?>("model") { Description = "A saved model.", HelpName = "MODEL" }.ExistingFile();
        RootCommand command = new("Fills the table item_vectors with the item embeddings of a saved model, and shows similar items by SQL beside the recommender's.") { connection, model };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments.GetValue(connection)!, arguments.GetValue(model)!, cancellationToken));
        return command;
    }

    /// <summary>Checks a connection string. Errors leave it out, since it may have a password.</summary>
    private static string ReadConnection(string text)
    {
        string found;
        try
        {
            if (new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 })
                return text;
            found = "one without Host";
        }
        catch (Exception error) when (UserError.Is(error))
        {
            found = $"another: {UserError.Line(error).TrimEnd('.')}";
        }
        throw new UserErrorException($"expected a connection string of Npgsql such as \"{Sample}\", found {found}.");
    }

    private static async Task<int> RunAsync(string connection, string path, CancellationToken cancellationToken)
    {
        SavedModel model = UserError.For("model", () => SavedModel.Load(path));
        await using ItemVectors vectors = new(connection);
        return await UserError.ForAsync($"{ConnectionName}: expected a PostgreSQL server with pgvector, found an error", async () =>
        {
            await vectors.FillAsync(ItemEmbeddings.Of(model.Parameters, model.Recommender), model.Parameters.EmbeddingDimension, cancellationToken);
            await Comparison.WriteAsync(Console.Out, vectors, model.Recommender, cancellationToken);
            return 0;
        });
    }
}
