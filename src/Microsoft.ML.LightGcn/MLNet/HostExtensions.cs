using System.Globalization;
using Microsoft.ML.LightGcn.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet;

/// <summary>Errors and messages in the name of a host of ML.NET.</summary>
internal static class HostExtensions
{
    /// <summary>Runs a check, whose error is then the host's.</summary>
    public static void Check(this IExceptionContext context, Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException bad)
        {
            throw context.Process(bad);
        }
    }

    /// <summary>An error about the data or about an option that does not suit them.</summary>
    public static ArgumentException Bad(this IExceptionContext context, FormattableString message) =>
        context.Process(new ArgumentException(message.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The log of a part of the work, which the first of the processes alone writes.</summary>
    public static IChannel Log(this IHost host, ProcessGroup? processes, string name) =>
        processes is null or { IsFirst: true } ? host.Start(name) : new SilentChannel(host);

    /// <summary>Logs a message that reads the same in every culture.</summary>
    // Composed here, because ML.NET would read braces and digits of the text as a format.
    public static void Info(this IChannel channel, FormattableString message) =>
        channel.Info(MessageSensitivity.None, "{0}", message.ToString(CultureInfo.InvariantCulture));

    /// <summary>Logs a warning that reads the same in every culture.</summary>
    public static void Warn(this IChannel channel, FormattableString message) =>
        channel.Warning(MessageSensitivity.None, "{0}", message.ToString(CultureInfo.InvariantCulture));

    /// <summary>What training asks of whoever started it.</summary>
    public static TrainingHost ForTraining(this IHostEnvironment environment, IChannel channel) =>
        new(message => channel.Info($"{message}"), message => channel.Warn($"{message}"), () => GpuSettings.Of(environment));
}
