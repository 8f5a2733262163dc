using Microsoft.ML.LightGcn.MLNet;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

public sealed class GpuSettingsTests
{
    [Fact]
    public void The_settings_of_the_context_reach_a_trainer_s_host()
    {
        MLContext ml = new();
        Assert.Equal((null, false), Read(ml));
        (ml.GpuDeviceId, ml.FallbackToCpu) = (3, true);
        Assert.Equal((3, true), Read(ml));
        Assert.Equal((null, false), GpuSettings.Of(null));
    }

    private static (int?, bool) Read(MLContext ml) => GpuSettings.Of(CatalogEnvironment.GetEnvironment(ml.Ranking.Trainers).Register("Trainer"));
}
