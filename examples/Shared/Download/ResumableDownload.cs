using System.Net;
using System.Net.Http.Headers;

namespace LightGcn.Examples;

/// <summary>
/// Fetches one address into a <c>.part</c> file, and goes on where it stopped: after a cut connection and in a later run.
/// </summary>
internal sealed class ResumableDownload(HttpClient client, Uri url, string partPath, DownloadRetry retry)
{
    private readonly string _statePath = partPath + ".json";

    /// <summary>Returns when the part file has every byte that the server announced.</summary>
    /// <exception cref="HttpRequestException">The server refused, and asking again would not help.</exception>
    /// <exception cref="IOException">The connection was cut at every attempt; what arrived is kept.</exception>
    /// <exception cref="InvalidDataException">The length is not the expected one.</exception>
    public async Task RunAsync(long? expectedLength, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await AttemptAsync(expectedLength, progress, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (CutConnectionException exception)
            {
                if (attempt >= retry.Attempts)
                {
                    throw new IOException($"Could not download {url} in {attempt} attempts: {exception.Message} " +
                        $"The next call goes on after the {PartLength()} bytes that arrived.", exception);
                }
            }
            await Task.Delay(retry.DelayAfter(attempt), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets what arrived.</summary>
    public void Discard()
    {
        // The part first: a state without a part is a fresh start, a part with another's state would be a mixture.
        File.Delete(partPath);
        File.Delete(_statePath);
    }

    /// <summary>Moves the complete part to its place, where it has the mode of the file that it replaces.</summary>
    public void Publish(string path)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path))
            File.SetUnixFileMode(partPath, File.GetUnixFileMode(path));
        File.Move(partPath, path, overwrite: true);
        File.Delete(_statePath);
    }

    private async Task AttemptAsync(long? expectedLength, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        PartState? state = PartState.Read(_statePath);
        long have = PartLength();
        if (state is null || state.Url != url.AbsoluteUri || state.Condition() is null || have > state.Length)
        {
            Discard();
            have = 0;
        }
        else if (have == state.Length)
        {
            RequireLength(expectedLength, have);
            progress?.Report(new(have, have));
            return;
        }

        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            request.Headers.IfRange = state!.Condition();
        }
        using HttpResponseMessage response = await GuardAsync(
            token => new ValueTask<HttpResponseMessage>(client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token)), silence, cancellationToken).ConfigureAwait(false);

        if (response.StatusCode == HttpStatusCode.PartialContent && have > 0)
        {
            ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
            if (range?.From != have || (range.Length is { } length && state!.Length is { } known && length != known))
            {
                Discard();
                throw new CutConnectionException($"The server sent the range '{range}' when asked for the bytes from {have}.");
            }
        }
        else if (response.StatusCode == HttpStatusCode.OK)
        {
            // The whole content: the first request, a server without ranges, or a content that has changed since.
            Discard();
            have = 0;
            state = PartState.Of(url, response);
            state.Write(_statePath);
        }
        else
        {
            Refuse(response.StatusCode);
        }

        long? total = state!.Length ?? response.Content.Headers.ContentRange?.Length;
        RequireLength(expectedLength, total);
        await CopyAsync(response, have, total, progress, silence, cancellationToken).ConfigureAwait(false);
        RequireLength(expectedLength, PartLength());
    }

    private async Task CopyAsync(HttpResponseMessage response, long have, long? total, IProgress<DownloadProgress>? progress, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        Stream body = await GuardAsync(token => new ValueTask<Stream>(response.Content.ReadAsStreamAsync(token)), silence, cancellationToken).ConfigureAwait(false);
        FileStream part = new(partPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        await using (body.ConfigureAwait(false))
        await using (part.ConfigureAwait(false))
        {
            part.Position = have;
            byte[] buffer = new byte[1 << 16];
            progress?.Report(new(have, total));
            while (true)
            {
                int read = await GuardAsync(token => body.ReadAsync(buffer, token), silence, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                // Outside the guard: a full disk is no cut connection.
                await part.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                have += read;
                progress?.Report(new(have, total));
            }
            part.Flush(flushToDisk: true);
        }
        if (have < total)
            throw new CutConnectionException($"The connection ended after {have} of {total} bytes.");
    }

    /// <summary>Runs a network operation under the limit of silence and gives its failures one type.</summary>
    private async ValueTask<T> GuardAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        silence.CancelAfter(retry.SilenceLimit);
        try
        {
            return await operation(silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CutConnectionException("The server was silent for too long.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new CutConnectionException(exception.Message, exception);
        }
    }

    private void Refuse(HttpStatusCode status)
    {
        string found = $"{url}: expected the file or its rest, found status {(int)status} ({status}).";
        if (status is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.PartialContent)
        {
            Discard();
            throw new CutConnectionException(found);
        }
        if (status is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests)
            throw new CutConnectionException(found);
        throw new HttpRequestException(found, inner: null, status);
    }

    private void RequireLength(long? expected, long? found)
    {
        if (expected is null || found is null || expected == found)
            return;
        Discard();
        throw new InvalidDataException($"{url}: expected {expected} bytes, found {found}.");
    }

    private long PartLength() => File.Exists(partPath) ? new FileInfo(partPath).Length : 0;

    /// <summary>A failure after which asking again may help.</summary>
    private sealed class CutConnectionException(string message, Exception? inner = null) : Exception(message, inner);
}
