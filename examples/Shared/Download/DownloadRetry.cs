namespace LightGcn.Examples;

/// <summary>When a download tries again.</summary>
public sealed record DownloadRetry
{
    /// <summary>Number of requests until it gives up, at least 1.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The wait before the second request; it doubles with each further one, up to 30 times this.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may stay silent before the connection counts as cut.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(30);

    internal TimeSpan DelayAfter(int attempt) => FirstDelay * Math.Min(30, Math.Pow(2, attempt - 1));
}
