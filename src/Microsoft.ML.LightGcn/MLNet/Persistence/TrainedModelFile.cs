using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>The file of a model that no process has all of: process 0 writes it, row by row as all of them give it theirs, and each maps it.</summary>
/// <param name="path">The file, in a folder that all machines share.</param>
/// <param name="processes">The processes that train together; all of them call the same methods.</param>
internal sealed class TrainedModelFile(string path, ProcessGroup processes)
{
    // What one machine wrote another may see some seconds later.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90), s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Refuses a path that can't become the file, before training starts.</summary>
    /// <exception cref="IOException">It is a device, or a folder, or its folder can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file that is there may not be written.</exception>
    public void Check() => processes.Together(() =>
    {
        if (!processes.IsFirst)
            return;
        using TargetFile file = TargetFile.Find(path);
        if (file.Device is not null)
            throw new IOException($"{path}: expected the name of a file to write the model to, found a device.");
    });

    /// <summary>Writes the file, which gets its name when it is whole.</summary>
    /// <param name="rows">What training learned.</param>
    /// <param name="layerWeights">Weight of each layer.</param>
    /// <param name="users">The ids of the users.</param>
    /// <param name="items">The ids of the items.</param>
    /// <param name="columns">Names of the user and of the item column.</param>
    /// <param name="graph">What the embeddings were propagated over; null where it is not kept.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="InvalidOperationException">The embeddings are not finite or have vanished, or another process failed.</exception>
    public void Write(
        TrainedRows rows, float[] layerWeights, Vocabulary users, Vocabulary items, (string User, string Item) columns, HeterogeneousGraph? graph)
    {
        FileSet? files = null;
        Exception? failure = null;
        try
        {
            try
            {
                if (processes.IsFirst)
                {
                    string target = TargetFile.Follow(path);
                    files = new FileSet(Path.GetDirectoryName(target)!);
                    files.Write(Path.GetFileName(target), stream => ModelFile.Write(stream, rows, layerWeights, users, items, columns, graph));
                }
                else
                {
                    LightGcnFile.ReadTables(rows);
                }
            }
            catch (Exception error) when (!rows.IsReading)
            {
                // The others wait for the next rows, or for the end.
                failure = error;
            }
            processes.Together(() =>
            {
                if (failure is not null)
                    ExceptionDispatchInfo.Throw(failure);
                rows.CheckRead();
                files?.Commit();
            });
        }
        finally
        {
            files?.Dispose();
        }
    }

    /// <summary>Opens in every process what process 0 wrote.</summary>
    /// <exception cref="IOException">A process does not see it.</exception>
    public LightGcnTransformer Open(IHostEnvironment environment)
    {
        string written = processes.GatherTexts(processes.Together(() => processes.IsFirst ? Identity() ?? "" : ""))[0];
        return processes.Together(() =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Identity() != written)
            {
                if (Stopwatch.GetElapsedTime(start) > s_patience)
                    throw new IOException(
                        $"{path}: process {processes.Rank} does not find the model that process 0 has written. "
                        + "Name a file in a folder that all machines share.");
                Thread.Sleep(s_pause);
            }
            return (LightGcnTransformer)ModelFile.Load(environment, path, ModelVerification.Never);
        });
    }

    /// <summary>The length and a hash of the header, which has those of all tensors; null where there is no such file.</summary>
    private string? Identity()
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> prefix = stackalloc byte[sizeof(long)];
            stream.ReadExactly(prefix);
            byte[] header = new byte[Math.Clamp(BitConverter.ToInt64(prefix), 0, TensorFormat.LongestHeader)];
            stream.ReadExactly(header);
            return string.Create(CultureInfo.InvariantCulture, $"{stream.Length} {Convert.ToHexStringLower(SHA256.HashData(header))}");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or EndOfStreamException)
        {
            return null;
        }
    }
}
