using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GoodBooks.Tests.Download;

/// <summary>
/// An HTTP server on loopback that serves one content and misbehaves on request: it is written on sockets because a proper
/// server refuses to cut its own answers.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly Task _loop;

    public LoopbackServer(byte[] content)
    {
        Content = content;
        _listener.Start();
        Url = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/release/goodbooks-10k.zip");
        _loop = Task.Run(AcceptAsync);
    }

    /// <summary>What an answer does other than serve: the first requests take one each from the queue.</summary>
    /// <param name="CutAfter">Number of body bytes after which the connection is closed.</param>
    /// <param name="Status">A status to refuse with.</param>
    /// <param name="StallAfter">Number of body bytes after which nothing comes any more.</param>
    public sealed record Answer(int? CutAfter = null, int? Status = null, int? StallAfter = null);

    public sealed record Request(string Target, IReadOnlyDictionary<string, string> Headers)
    {
        public string? Range => Headers.GetValueOrDefault("range");
    }

    public Uri Url { get; }

    public byte[] Content { get; set; }

    public string? ETag { get; set; } = "\"v1\"";

    public string? LastModified { get; set; }

    public bool HasRanges { get; set; } = true;

    public ConcurrentQueue<Request> Requests { get; } = new();

    public long BodyBytesSent;

    public LoopbackServer Next(params Answer[] answers)
    {
        foreach (Answer answer in answers)
            _answers.Enqueue(answer);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await AnswerAsync(client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        Request request = await ReadRequestAsync(stream);
        Requests.Enqueue(request);
        Answer answer = _answers.TryDequeue(out Answer? queued) ? queued : new();
        if (answer.Status is { } refused)
        {
            await WriteAsync(stream, $"HTTP/1.1 {refused} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }

        int from = 0;
        string? condition = request.Headers.GetValueOrDefault("if-range");
        bool isSame = condition is null || condition == ETag || condition == LastModified;
        if (HasRanges && isSame && request.Range is { } range)
            from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        StringBuilder head = new();
        head.Append(from > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Content.Length - from}\r\nConnection: close\r\n");
        if (from > 0)
            head.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n");
        if (ETag is not null)
            head.Append(CultureInfo.InvariantCulture, $"ETag: {ETag}\r\n");
        if (LastModified is not null)
            head.Append(CultureInfo.InvariantCulture, $"Last-Modified: {LastModified}\r\n");
        await WriteAsync(stream, head.Append("\r\n").ToString());

        int length = Math.Min(Content.Length - from, answer.CutAfter ?? answer.StallAfter ?? int.MaxValue);
        await stream.WriteAsync(Content.AsMemory(from, length), _stop.Token);
        Interlocked.Add(ref BodyBytesSent, length);
        if (answer.StallAfter is not null)
            await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    private async Task<Request> ReadRequestAsync(NetworkStream stream)
    {
        List<byte> bytes = [];
        byte[] one = new byte[1];
        while (bytes.Count < 4 || !bytes[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                throw new IOException("The client left.");
            bytes.Add(one[0]);
        }
        string[] lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new(lines[0].Split(' ')[1], lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]));
    }

    private async Task WriteAsync(NetworkStream stream, string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
}
