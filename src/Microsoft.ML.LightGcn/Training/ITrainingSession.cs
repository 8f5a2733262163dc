using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// One training run of an engine: it runs steps, gives rows and takes rows. Epochs, validation, the best epoch and checkpoints are the
/// <see cref="TrainingLoop"/>'s. Used by one thread at a time.
/// </summary>
internal interface ITrainingSession : IDisposable
{
    /// <summary>Runs steps first to first + count - 1 in order. Stops before a step once a stop is requested.</summary>
    /// <param name="first">Number of the first step, counted from the start of training.</param>
    /// <param name="count">Number of steps.</param>
    /// <param name="lossSum">The loss of each step is added, in order.</param>
    /// <param name="stop">Asked before every step.</param>
    /// <returns>Number of steps that ran.</returns>
    long RunSteps(long first, long count, ref double lossSum, CancellationToken stop);

    /// <summary>Propagates the current embeddings and returns a scorer over them, which is valid until the next call of this session.</summary>
    /// <param name="users">The users who may be scored, ascending; each process asks for its own.</param>
    IItemScorer Propagate(int[] users);

    /// <summary>Keeps a copy of the current embeddings as those of the best epoch, in place of an earlier one.</summary>
    void KeepBest();

    /// <summary>Goes back to the embeddings of the best epoch, and keeps them no longer.</summary>
    void RestoreBest();

    /// <summary>
    /// Ends training: propagates the current embeddings and returns them. All else that the session took is given back, and it is of no more use.
    /// </summary>
    /// <returns>Layer-0 embeddings of all nodes, and embeddings of users and items as they score.</returns>
    (NodeTable Base, NodeTable Final) Finish();

    /// <summary>
    /// Ends training as <see cref="Finish"/> does, and leaves the tables where they are: <see cref="ReadRows"/> gives the rows of
    /// <see cref="TrainingTable.Embeddings"/> and <see cref="TrainingTable.Propagated"/> that it would return, and nothing else is of use any more.
    /// </summary>
    void FinishInPlace();

    /// <summary>Copies rows of a table, dense, a row for each node from a first one on.</summary>
    /// <param name="table">The table.</param>
    /// <param name="firstNode">The first node.</param>
    /// <param name="rows">Receives whole rows.</param>
    void ReadRows(TrainingTable table, int firstNode, Span<float> rows);

    /// <summary>Replaces rows of a table; the reverse of <see cref="ReadRows"/>.</summary>
    /// <param name="table">A table other than <see cref="TrainingTable.Propagated"/>.</param>
    /// <param name="firstNode">The first node.</param>
    /// <param name="rows">Whole rows.</param>
    void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows);
}

/// <summary>The tables of a session: a row for each node.</summary>
internal enum TrainingTable
{
    /// <summary>Layer-0 embeddings: the parameters.</summary>
    Embeddings,

    /// <summary>Adam's first moment.</summary>
    FirstMoment,

    /// <summary>Adam's second moment.</summary>
    SecondMoment,

    /// <summary>What <see cref="ITrainingSession.KeepBest"/> kept; written rows count as that.</summary>
    Best,

    /// <summary>
    /// What <see cref="ITrainingSession.Propagate"/> or <see cref="ITrainingSession.FinishInPlace"/> last computed: embeddings as they score. Rows of
    /// attributes are anything.
    /// </summary>
    Propagated,
}
