using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LightGcn.Examples;

/// <summary>What a partial download is a part of; kept beside it, so that only the same content is appended.</summary>
internal sealed record PartState(string Url, string? ETag, DateTimeOffset? LastModified, long? Length)
{
    private const int Longest = 1 << 16;

    /// <summary>The condition under which the server may send the rest only; null where it gave nothing to compare by.</summary>
    public RangeConditionHeaderValue? Condition() =>
        ETag is not null ? new(EntityTagHeaderValue.Parse(ETag)) : LastModified is { } time ? new(time) : null;

    public static PartState Of(Uri url, HttpResponseMessage response) => new(
        url.AbsoluteUri,
        // A weak tag promises like content, not equal bytes, and HTTP forbids it here.
        response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : null,
        response.Content.Headers.LastModified,
        response.Content.Headers.ContentLength);

    public static PartState? Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > Longest })
                return null;
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), PartStateJson.Default.PartState);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Write(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, PartStateJson.Default.PartState));
}

[JsonSerializable(typeof(PartState))]
internal sealed partial class PartStateJson : JsonSerializerContext;
