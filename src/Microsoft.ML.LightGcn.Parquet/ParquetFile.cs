using Parquet;
using Parquet.Schema;

namespace Microsoft.ML.LightGcn.ParquetFiles;

/// <summary>A Parquet file of one row group after the other, written to a stream.</summary>
internal static class ParquetFile
{
    // Files are written by the threads that compute; a stream of this process never makes Parquet.Net wait.
    public static void Write(Stream stream, ParquetSchema schema, IEnumerable<Func<ParquetRowGroupWriter, Task>> rowGroups) =>
        WriteAsync(stream, schema, rowGroups).GetAwaiter().GetResult();

    private static async Task WriteAsync(Stream stream, ParquetSchema schema, IEnumerable<Func<ParquetRowGroupWriter, Task>> rowGroups)
    {
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream).ConfigureAwait(false);
        foreach (Func<ParquetRowGroupWriter, Task> write in rowGroups)
        {
            using ParquetRowGroupWriter rows = writer.CreateRowGroup();
            await write(rows).ConfigureAwait(false);
        }
    }
}
