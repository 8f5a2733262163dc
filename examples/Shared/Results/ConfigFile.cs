using System.Text.Json;
using System.Text.Json.Serialization;

namespace LightGcn.Examples;

/// <summary>Writes what a run was started with.</summary>
public static class ConfigFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // A configuration may hold an infinite limit; one that cannot be written would cost the run its record.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes an object's public properties as JSON, in one step; enumerations by name.</summary>
    /// <typeparam name="T">The object's type, such as a record or an anonymous type.</typeparam>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="config">The object.</param>
    /// <exception cref="NotSupportedException">A property cannot be written as JSON, such as a delegate.</exception>
    public static void Write<T>(string path, T config) => AtomicFile.Write(path, stream =>
    {
        JsonSerializer.Serialize(stream, config, Options);
        stream.WriteByte((byte)'\n');
    });
}
