using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Microsoft.ML.LightGcn.Files;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The checkpoints of one run: numbered files, of which the last two stay. No other training can use the folder from resuming until this is disposed.
/// </summary>
/// <remarks>Of processes that train together the first alone reads and writes files; all of them call the same methods.</remarks>
internal sealed class CheckpointFolder(TrainingCheckpoints options, Dictionary<string, string> run, TrainingHost host, ProcessGroup? processes = null)
    : IDisposable
{
    private const string Prefix = "checkpoint-", Extension = ".lightgcn", LockName = "training.lock";

    private readonly ProcessGroup _processes = processes ?? ProcessGroup.Single;
    private FileStream? _lock;
    private long _number;
    private string? _last;
    private long _lastTime = Stopwatch.GetTimestamp();

    /// <summary>Loads the newest checkpoint that is whole into the state of a run, which stays as it is when there is none.</summary>
    /// <exception cref="InvalidOperationException">
    /// The checkpoint is of another run, the message says what differs; or another training uses the folder.
    /// </exception>
    /// <exception cref="IOException">The folder can't be written: the disk is read-only or full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Resume(TrainingState state)
    {
        using CheckpointFile? checkpoint = _processes.Together(() => _processes.IsFirst ? OpenNewest() : null);
        if (!_processes.OfFirst(checkpoint is not null))
            return;
        string progress = _processes.GatherTexts(checkpoint is null ? "" : JsonSerializer.Serialize(checkpoint.Progress, JsonText.Plain))[0];
        state.Load(checkpoint?.Progress ?? JsonSerializer.Deserialize<TrainingProgress>(progress, JsonText.Plain)!, checkpoint?.State, _processes);
        if (checkpoint is not null)
            host.Info($"Resuming from the checkpoint '{_last}', after {checkpoint.Progress.Epoch} whole epochs.");
    }

    private CheckpointFile? OpenNewest()
    {
        _lock = Lock();
        foreach ((long number, string path) in Files().OrderByDescending(file => file.Number))
        {
            _number = Math.Max(_number, number);
            CheckpointFile checkpoint;
            try
            {
                checkpoint = CheckpointFile.Open(path);
            }
            catch (InvalidDataException damaged)
            {
                host.Warn($"Refused the checkpoint '{path}': {damaged.Message}.");
                continue;
            }
            if (RunFingerprint.Difference(checkpoint.Run, run) is not { Length: > 0 } difference)
            {
                _last = path;
                return checkpoint;
            }
            checkpoint.Dispose();
            throw new InvalidOperationException(
                $"The checkpoint '{path}' is of another run: {difference}. Choose another folder for the checkpoints, or delete those in it.");
        }
        return null;
    }

    /// <summary>Whether the end of an epoch is due for a checkpoint.</summary>
    public bool IsDueAfter(int epochCount) => _processes.OfFirst(epochCount % options.EpochInterval == 0);

    /// <summary>A source that stops the run of an epoch when the next checkpoint is due, or when the run is cancelled.</summary>
    public CancellationTokenSource StartTimer(CancellationToken cancellationToken)
    {
        CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (options.TimeInterval is { } interval)
        {
            TimeSpan left = interval - Stopwatch.GetElapsedTime(_lastTime);
            timer.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
        return timer;
    }

    /// <summary>Writes a checkpoint; all but this one and the whole one before it are deleted.</summary>
    public void Save(TrainingState state)
    {
        _lastTime = Stopwatch.GetTimestamp();
        if (_processes.Count == 1)
        {
            Write(state.Progress, state.Save);
            return;
        }
        // All give the first what they have of the tables, whatever becomes of its file.
        bool isGiven = false;
        Exception? failure = null;
        try
        {
            if (_processes.IsFirst)
                Write(state.Progress, writer =>
                {
                    isGiven = true;
                    writer.WriteOrFailLater(state.Save);
                });
        }
        catch (Exception error)
        {
            failure = error;
        }
        if (!isGiven)
            state.Save(new TrainingStateWriter(Stream.Null));
        _processes.Together(() =>
        {
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
        });
    }

    private void Write(TrainingProgress progress, Action<TrainingStateWriter> save)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{++_number:D6}{Extension}"), path = Path.Combine(options.Folder, name);
        using (FileSet files = new(options.Folder))
        {
            files.Write(name, stream => CheckpointFile.Write(stream, run, progress, save));
            files.Commit();
        }
        foreach (string old in Directory.EnumerateFiles(options.Folder, $"{Prefix}*{Extension}.*.tmp")
            .Concat(Files().Select(file => file.Path).Where(file => file != path && file != _last)))
            Delete(old);
        _last = path;
    }

    public void Dispose() => _lock?.Dispose();

    /// <summary>
    /// The lock is the operating system's on the open file, and not that there is one: what a killed process leaves behind locks nobody out.
    /// </summary>
    private FileStream Lock()
    {
        try
        {
            TargetFile.MakeFolder(options.Folder);
            return new FileStream(
                Path.Combine(options.Folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw LockError(options.Folder, error);
        }
    }

    /// <summary>Why a folder can't be locked: it is in use, may not be written, or can't be for the reason that the system gives.</summary>
    internal static Exception LockError(string folder, Exception error)
    {
        if (error.IsInUse())
            return new InvalidOperationException(
                $"Option Checkpoints: expected a folder that no other training uses, found '{folder}' in use. "
                + "Wait for the other to end, or choose another folder.",
                error);
        string message = $"Option Checkpoints: expected a folder to write to, found '{folder}', where that fails. "
            + $"Change what is wrong with it, or choose another folder. {error.Message}";
        return error is UnauthorizedAccessException ? new UnauthorizedAccessException(message, error) : new IOException(message, error);
    }

    private IEnumerable<(long Number, string Path)> Files()
    {
        foreach (string path in Directory.GetFiles(options.Folder, $"{Prefix}*{Extension}"))
        {
            string name = Path.GetFileName(path);
            if (long.TryParse(
                name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                yield return (number, path);
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A file that somebody else has open is no reason to end training.
            host.Warn($"Could not delete the old checkpoint '{path}': {error.Message}");
        }
    }
}
