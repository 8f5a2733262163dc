using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.MLNet.Persistence;

/// <summary>
/// What a model file of ML.NET can hold: its lookup tables pass through memory streams, which end at 2 GiB. ML.NET opens the file before it asks the
/// model, and what stood there is gone by then, so training warns.
/// </summary>
internal static class ZipLimits
{
    private const long GreatestTable = int.MaxValue;

    // A row's key, and the length of its vector.
    private const int BytesBesideVector = 8;

    /// <summary>Why a LightGCN model of these sizes can't be saved by ML.NET, and what can be done; null where it can.</summary>
    /// <param name="users">Number of users.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="interactions">Number of interactions that the model keeps; 0 for none.</param>
    public static string? Exceeded(int users, int items, int dimension, int interactions)
    {
        (int count, string name) = users >= items ? (users, "users") : (items, "items");
        string? problem = null;
        if (count * (BytesBesideVector + sizeof(float) * (long)dimension) > GreatestTable)
        {
            long fits = (GreatestTable / count - BytesBesideVector) / sizeof(float);
            problem = $"{Expect.Text(count)} {name} of {Expect.Text(dimension)} components take more"
                + (fits > 0 ? $"; {nameof(LightGcnTrainer.Options.EmbeddingDimension)} of {Expect.Text(fits)} fits" : "");
        }
        else if (sizeof(int) * (long)interactions > GreatestTable)
            problem = $"{Expect.Text(interactions)} interactions take more; {nameof(LightGcnTrainer.Options.KeepHistory)} = false, "
                + $"with null for {nameof(LightGcnTrainer.Options.Neighbourhood)}, leaves them out";
        return problem is null
            ? null
            : $"A model file of ML.NET holds tables of at most 2 GiB, and {problem}. "
                + "ml.Model.SaveRecommendationModel saves models of any size.";
    }
}
