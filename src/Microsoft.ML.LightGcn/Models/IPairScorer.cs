namespace Microsoft.ML.LightGcn.Models;

/// <summary>Scores one (user, item) pair: what a row of data asks of a model.</summary>
internal interface IPairScorer
{
    int UserCount { get; }

    int ItemCount { get; }

    float Score(int user, int item);
}
