namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>One way to take training steps.</summary>
internal interface IStepPeer : IDisposable
{
    /// <summary>Takes the next step.</summary>
    /// <returns>The loss of its batch before the update.</returns>
    double Step();
}
