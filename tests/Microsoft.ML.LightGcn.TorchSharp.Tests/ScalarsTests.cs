using System.Runtime.CompilerServices;
using TorchSharp;

namespace Microsoft.ML.LightGcn.Torch.Tests;

public sealed class ScalarsTests
{
    [Fact]
    public void A_number_outlives_its_call_and_is_let_go_after_many_others()
    {
        TorchDevices.GetOrSkip(DeviceType.CPU);
        WeakReference[] numbers = [Make(() => Scalars.Held(3)), Make(() => Scalars.Held(0.5)), Make(() => Scalars.One)];
        Collect();
        Assert.All(numbers, number => Assert.True(number.IsAlive));
        for (int n = 0; n < 1_000; n++)
            Make(() => Scalars.Held(7));
        Collect();
        Assert.All(numbers, number => Assert.False(number.IsAlive));
    }

    [Fact]
    public void Whole_numbers_stay_whole_and_a_range_ends_before_its_end()
    {
        torch.Device cpu = TorchDevices.GetOrSkip(DeviceType.CPU);
        Assert.Equal(torch.ScalarType.Int64, Scalars.Held(int.MaxValue).Type);
        Assert.Equal(torch.ScalarType.Float64, Scalars.Held(0.25f).Type);
        using torch.Tensor range = Scalars.Range(3, 6, torch.ScalarType.Int64, cpu);
        Assert.Equal([3L, 4, 5], range.data<long>().ToArray());
    }

    /// <summary>In a method of its own, so that no register or stack slot keeps what it makes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Make(Func<Scalar> make) => new(make());

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
