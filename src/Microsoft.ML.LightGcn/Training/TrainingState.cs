using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// All that the result of a run depends on beside its plan: where the loop stands, the session's tables, and the embeddings of the best epoch.
/// </summary>
internal sealed class TrainingState(ITrainingSession session, NodeLayout layout, int dimension)
{
    private const string BestName = "best embeddings";

    private static readonly (string Name, TrainingTable Table)[] Tables =
        [("embeddings", TrainingTable.Embeddings), ("first moment", TrainingTable.FirstMoment), ("second moment", TrainingTable.SecondMoment)];

    /// <summary>Where the loop stands.</summary>
    public TrainingProgress Progress { get; private set; } = new();

    /// <summary>The layer-0 embeddings of the best epoch; null before the first validation.</summary>
    public NodeTable? Best { get; private set; }

    /// <summary>Keeps the current embeddings as those of the best epoch.</summary>
    public void KeepBest()
    {
        Best ??= new NodeTable(layout, dimension);
        session.ReadRows(TrainingTable.Embeddings, 0, Best.Values);
    }

    /// <summary>Gives the embeddings of the best epoch away, at the end.</summary>
    public NodeTable? TakeBest()
    {
        NodeTable? best = Best;
        Best = null;
        return best;
    }

    /// <summary>Writes the tables, a part at a time.</summary>
    public void Save(TrainingStateWriter writer)
    {
        foreach ((string name, TrainingTable table) in Tables)
            writer.WriteParts<float>(name, Length, dimension, (start, rows) => session.ReadRows(table, (int)(start / dimension), rows));
        writer.Write<float>(BestName, Best is null ? default : Best.Values);
    }

    /// <summary>Takes over what <see cref="Save"/> wrote in a run of the same plan.</summary>
    /// <param name="progress">Where that run stood.</param>
    /// <param name="reader">Its tables; null in a process other than the first, which gets them from there.</param>
    /// <param name="processes">The processes that train together.</param>
    /// <exception cref="InvalidDataException">A table is missing or of another length.</exception>
    public void Load(TrainingProgress progress, TrainingStateReader? reader, ProcessGroup processes)
    {
        Progress = progress;
        foreach ((string name, TrainingTable table) in Tables)
            LoadParts(name, reader, processes, (start, rows) => session.WriteRows(table, (int)(start / dimension), rows));
        if (!processes.OfFirst(reader is not null && reader.Count(BestName) > 0))
            return;
        Best = new NodeTable(layout, dimension);
        LoadParts(BestName, reader, processes, (start, rows) => rows.CopyTo(Best.Values[(int)start..]));
    }

    private void LoadParts(string name, TrainingStateReader? reader, ProcessGroup processes, Action<long, ReadOnlySpan<float>> take)
    {
        // Every process knows how long a part is.
        float[] part = new float[TrainingStateWriter.PartOf(Length, dimension)];
        if (reader is not null)
        {
            reader.ReadParts<float>(name, Length, dimension, (start, rows) =>
            {
                rows.CopyTo(part);
                processes.Broadcast(part.AsSpan(0, rows.Length));
                take(start, rows);
            });
            return;
        }
        for (long start = 0; start < Length; start += part.Length)
        {
            Span<float> rows = part.AsSpan(0, (int)Math.Min(part.Length, Length - start));
            processes.Broadcast(rows);
            take(start, rows);
        }
    }

    private long Length => (long)layout.NodeCount * dimension;
}
