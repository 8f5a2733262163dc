using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>Tests of what a whole process shares.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = "alone in the process";
}

/// <summary>Libtorch's number of threads is one for the process.</summary>
[Collection(AloneInTheProcess.Name)]
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
