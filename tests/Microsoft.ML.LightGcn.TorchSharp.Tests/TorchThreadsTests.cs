using TorchSharp;
using Xunit.v3;

// Sums depend on the number of threads: a training beside another would not give the bits that it gives alone.
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Libtorch's number of threads is one for the process, which is why no two tests of this assembly run at a time.</summary>
public sealed class TorchThreadsTests
{
    [Fact]
    public void A_second_training_leaves_the_number_of_threads_and_the_last_one_puts_it_back()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        int before = torch.get_num_threads();
        List<string> warnings = [];
        IDisposable first = TorchThreads.Use(before + 1, warnings.Add);
        Assert.Equal(before + 1, torch.get_num_threads());
        Assert.Empty(warnings);

        IDisposable second = TorchThreads.Use(before + 2, warnings.Add);
        Assert.Equal(before + 1, torch.get_num_threads());
        Assert.Contains($"expected {before + 1}", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains($"found {before + 2}", warnings[0], StringComparison.Ordinal);

        first.Dispose();
        first.Dispose();
        Assert.Equal(before + 1, torch.get_num_threads());
        second.Dispose();
        Assert.Equal(before, torch.get_num_threads());
    }
}
