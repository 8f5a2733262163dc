using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// All that the result of a run depends on beside its plan: where the loop stands, and the session's tables, those of the best epoch included.
/// </summary>
internal sealed class TrainingState(ITrainingSession session, NodeLayout layout, int dimension)
{
    private const string BestName = "best embeddings";

    private static readonly (string Name, TrainingTable Table)[] Tables =
        [("embeddings", TrainingTable.Embeddings), ("first moment", TrainingTable.FirstMoment), ("second moment", TrainingTable.SecondMoment)];

    /// <summary>Where the loop stands.</summary>
    public TrainingProgress Progress { get; private set; } = new();

    /// <summary>Whether the session keeps the embeddings of the best epoch.</summary>
    public bool HasBest { get; private set; }

    /// <summary>Keeps the current embeddings as those of the best epoch.</summary>
    public void KeepBest()
    {
        session.KeepBest();
        HasBest = true;
    }

    /// <summary>Goes back to the best epoch's embeddings, at the end; without a validation there are none, and the current ones stay.</summary>
    public void RestoreBest()
    {
        if (HasBest)
            session.RestoreBest();
        HasBest = false;
    }

    /// <summary>Writes the tables, a part at a time.</summary>
    public void Save(TrainingStateWriter writer)
    {
        foreach ((string name, TrainingTable table) in Tables)
            SaveParts(name, table);
        if (HasBest)
            SaveParts(BestName, TrainingTable.Best);
        else
            writer.Write<float>(BestName);

        void SaveParts(string name, TrainingTable table) =>
            writer.WriteParts<float>(name, Length, dimension, (start, rows) => session.ReadRows(table, (int)(start / dimension), rows));
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
            LoadParts(name, table, reader, processes);
        HasBest = processes.OfFirst(reader is not null && reader.Count(BestName) > 0);
        if (HasBest)
            LoadParts(BestName, TrainingTable.Best, reader, processes);
    }

    private void LoadParts(string name, TrainingTable table, TrainingStateReader? reader, ProcessGroup processes)
    {
        // Every process knows how long a part is.
        float[] part = new float[TrainingStateWriter.PartOf(Length, dimension)];
        if (reader is not null)
        {
            reader.ReadParts<float>(name, Length, dimension, (start, rows) =>
            {
                rows.CopyTo(part);
                processes.Broadcast(part.AsSpan(0, rows.Length));
                session.WriteRows(table, (int)(start / dimension), rows);
            });
            return;
        }
        for (long start = 0; start < Length; start += part.Length)
        {
            Span<float> rows = part.AsSpan(0, (int)Math.Min(part.Length, Length - start));
            processes.Broadcast(rows);
            session.WriteRows(table, (int)(start / dimension), rows);
        }
    }

    private long Length => (long)layout.NodeCount * dimension;
}
