using System.Text.Json;
using System.Text.Json.Serialization;

namespace WebRecommender.Tests;

/// <summary>How a client reads the answers.</summary>
internal static class Json
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
}
