using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace PgVectorExample;

/// <summary>Item embeddings in a table of PostgreSQL with the pgvector extension: <c>item_vectors (id text, embedding vector)</c>.</summary>
internal sealed class ItemVectors : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="connectionString">Of Npgsql; the role may create the extension, or it is there.</param>
    public ItemVectors(string connectionString)
    {
        NpgsqlDataSourceBuilder builder = new(connectionString);
        builder.UseVector();
        _source = builder.Build();
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Replaces the table in one transaction, so readers see the old items or the new ones.</summary>
    /// <param name="items">Ids and embeddings.</param>
    /// <param name="dimension">Components of every embedding, at most 16,000; an index of pgvector takes at most 2,000.</param>
    /// <param name="cancellationToken">Stops the filling.</param>
    public async Task FillAsync(IEnumerable<(string Id, ReadOnlyMemory<float> Embedding)> items, int dimension, CancellationToken cancellationToken = default)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS vector", cancellationToken);
        // The type is new to a connection that was open before the extension.
        await connection.ReloadTypesAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "DROP TABLE IF EXISTS item_vectors", cancellationToken);
        await ExecuteAsync(connection, $"CREATE TABLE item_vectors (id text PRIMARY KEY, embedding vector({dimension}) NOT NULL)", cancellationToken);
        await using (NpgsqlBinaryImporter rows = await connection.BeginBinaryImportAsync("COPY item_vectors (id, embedding) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach ((string id, ReadOnlyMemory<float> embedding) in items)
            {
                await rows.StartRowAsync(cancellationToken);
                await rows.WriteAsync(id, NpgsqlDbType.Text, cancellationToken);
                await rows.WriteAsync(new Vector(embedding), cancellationToken);
            }
            await rows.CompleteAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The items whose embeddings have the largest cosine with an item's, best first, by an exact scan.</summary>
    /// <param name="id">The item, which is left out.</param>
    /// <param name="count">The maximum number of items.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<(string Id, float Cosine)>> SimilarAsync(string id, int count, CancellationToken cancellationToken = default)
    {
        await using NpgsqlCommand command = _source.CreateCommand(
            """
            SELECT other.id, 1 - (other.embedding <=> item.embedding)
            FROM item_vectors AS item, item_vectors AS other
            WHERE item.id = $1 AND other.id <> item.id
            ORDER BY other.embedding <=> item.embedding
            LIMIT $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        List<(string, float)> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found.Add((reader.GetString(0), (float)reader.GetDouble(1)));
        return found;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
