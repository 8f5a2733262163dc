using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>A table on the device whose rows are summed in bags.</summary>
/// <remarks>
/// A bag is summed in the order of its indices by one thread of the device for each component: no atomics, nothing of the size
/// of the interactions in between, and the same bits every time. benchmarks/DeviceSteps times it beside a product with a COO
/// tensor, and beside gathering rows and adding them by index; both take several times as long. TorchSharp offers it as a module
/// alone, which is costly to make: hence one for each table that sums are taken from.
/// </remarks>
internal sealed class GatherTable : IDisposable
{
    private readonly EmbeddingBag _bag;

    public GatherTable(Tensor rows)
    {
        Rows = rows;
        _bag = nn.EmbeddingBag_from_pretrained(rows, freeze: true, mode: EmbeddingBagMode.Sum);
    }

    /// <summary>The table: rows x dimension.</summary>
    public Tensor Rows { get; }

    /// <summary>For each bag the sum of its rows; zero for an empty bag.</summary>
    /// <param name="rows">Row indices, bag after bag.</param>
    /// <param name="starts">Where each bag starts; of the type of the indices.</param>
    /// <param name="weights">What each row is multiplied by; null for 1.</param>
    public Tensor Sum(Tensor rows, Tensor starts, Tensor? weights = null) => _bag.call(rows, starts, weights!);

    public void Dispose() => _bag.Dispose();
}
