namespace LightGcn.Examples;

/// <summary>How far a download is.</summary>
/// <param name="BytesDone">Bytes on disk, those of earlier attempts included.</param>
/// <param name="BytesTotal">Bytes in all; null where the server does not say.</param>
public readonly record struct DownloadProgress(long BytesDone, long? BytesTotal);
