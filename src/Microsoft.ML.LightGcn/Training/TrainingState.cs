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
    /// <exception cref="InvalidDataException">A table is missing or of another length.</exception>
    public void Load(TrainingProgress progress, TrainingStateReader reader)
    {
        Progress = progress;
        foreach ((string name, TrainingTable table) in Tables)
            reader.ReadParts<float>(name, Length, dimension, (start, rows) => session.WriteRows(table, (int)(start / dimension), rows));
        if (reader.Count(BestName) == 0)
            return;
        Best = new NodeTable(layout, dimension);
        reader.Read(BestName, Best.Values);
    }

    private long Length => (long)layout.NodeCount * dimension;
}
