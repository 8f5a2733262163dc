using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet;

/// <summary>
/// MLContext's GpuDeviceId and FallbackToCpu. ML.NET hands trainers an environment that shows them on an internal interface
/// alone, so this is the one place where we read them by reflection; a test fails as soon as a new ML.NET moves them.
/// </summary>
internal static class GpuSettings
{
    private const string InterfaceName = "Microsoft.ML.Runtime.IHostEnvironmentInternal";

    /// <summary>The settings of the context that an environment belongs to; ML.NET's defaults without one.</summary>
    /// <exception cref="NotSupportedException">The environment does not offer them the way ML.NET 5 does.</exception>
    public static (int? DeviceId, bool FallbackToCpu) Of(IHostEnvironment? environment)
    {
        if (environment is null)
            return (null, false);
        // By its name in full, so that trimming keeps it.
        Type? settings = Type.GetType($"{InterfaceName}, Microsoft.ML.Core");
        if (settings?.GetProperty("GpuDeviceId") is { } deviceId
            && settings.GetProperty("FallbackToCpu") is { } fallback && settings.IsInstanceOfType(environment))
            return ((int?)deviceId.GetValue(environment), (bool)fallback.GetValue(environment)!);
        throw new NotSupportedException(
            $"Could not read GpuDeviceId and FallbackToCpu of a {environment.GetType()}: expected {InterfaceName}. "
            + "Microsoft.ML.LightGcn is tested with ML.NET 5.0.");
    }
}
