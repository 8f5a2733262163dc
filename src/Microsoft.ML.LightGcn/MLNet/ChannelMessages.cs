using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet;

/// <summary>Messages to ML.NET's log.</summary>
internal static class ChannelMessages
{
    /// <summary>Logs a message that reads the same in every culture.</summary>
    // Composed here, because ML.NET would read braces and digits of the text as a format.
    public static void Info(this IChannel channel, FormattableString message) =>
        channel.Info(MessageSensitivity.None, "{0}", message.ToString(CultureInfo.InvariantCulture));
}
