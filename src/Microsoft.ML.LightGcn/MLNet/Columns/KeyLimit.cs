using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>MapValueToKey makes no more keys than it is told to, and drops whatever else comes without a word.</summary>
internal static class KeyLimit
{
    private const int Default = 1_000_000;

    /// <summary>Warns where a column has exactly the default number of keys and rows have none.</summary>
    public static void Warn(IChannel channel, DataViewSchema.Column column, string role, long missing)
    {
        if (missing == 0 || KeyColumns.KeyCount(column) != Default)
            return;
        string mend = $"To keep all: MapValueToKey(\"{column.Name}\", \"...\", maximumNumberOfKeys: 10_000_000).";
        channel.Warn(
            $"Column '{column.Name}' has exactly {Default:N0} keys, where MapValueToKey stops by default, and {missing:N0} rows have no {role}. {mend}");
    }
}
