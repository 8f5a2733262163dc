using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Mpi;

/// <summary>
/// Which columns of every table are whose: neighbouring ones for each process. They are cut at whole cache lines where there are enough of these, since
/// a table's rows are padded to whole lines.
/// </summary>
internal sealed class ColumnLayout
{
    private readonly int[] _starts;

    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="processCount">Number of processes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer components than processes.</exception>
    public ColumnLayout(int dimension, int processCount)
    {
        if (dimension < processCount)
            throw Expect.Option(
                nameof(LightGcnTrainer.Options.EmbeddingDimension),
                $"at least {processCount:N0}, a component for each of {processCount:N0} processes", dimension);
        Dimension = dimension;
        int lines = (dimension + Matrix.ComponentBlock - 1) / Matrix.ComponentBlock;
        _starts = new int[processCount + 1];
        for (int rank = 0; rank < _starts.Length; rank++)
            _starts[rank] = lines >= processCount
                ? Math.Min(dimension, lines * rank / processCount * Matrix.ComponentBlock)
                : dimension * rank / processCount;
    }

    /// <summary>Components of an embedding.</summary>
    public int Dimension { get; }

    /// <summary>Number of processes.</summary>
    public int ProcessCount => _starts.Length - 1;

    /// <summary>The first column of a process.</summary>
    public int First(int rank) => _starts[rank];

    /// <summary>Number of columns of a process.</summary>
    public int Count(int rank) => _starts[rank + 1] - _starts[rank];
}
