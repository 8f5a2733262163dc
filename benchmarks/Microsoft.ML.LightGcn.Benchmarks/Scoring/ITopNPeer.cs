namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>One way to find the best items of every user that the user has not seen.</summary>
internal interface ITopNPeer : IDisposable
{
    /// <summary>Finds them for every user.</summary>
    void Run();

    /// <summary>The items found, best first: users x N.</summary>
    int[] Items();
}
