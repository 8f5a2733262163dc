using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>How JSON is written and read. Programs in one file have reflection switched off where it is not asked for by name.</summary>
internal static class JsonText
{
    private static readonly DefaultJsonTypeInfoResolver s_types = new();

    /// <summary>For files of this library.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { TypeInfoResolver = s_types };

    /// <summary>For people: lines, the same on every system.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { TypeInfoResolver = s_types, WriteIndented = true, NewLine = "\n" };

    /// <summary>For other programs: text of any language as it is.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { TypeInfoResolver = s_types, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
