namespace LightGcn.Examples;

/// <summary>Reads a text of lines from another stream, and refuses a line that no honest file has before a reader has to hold it whole.</summary>
/// <param name="source">The text; it is closed with this.</param>
/// <param name="limit">The largest number of bytes of a line.</param>
public sealed class LineLimitStream(Stream source, int limit) : Stream
{
    private long _length;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">A line is longer than the limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = source.Read(buffer);
        ReadOnlySpan<byte> rest = buffer[..read];
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..], _length = 0)
            Add(end);
        Add(rest.Length);
        return read;

        void Add(int count)
        {
            if ((_length += count) > limit)
                throw new InvalidDataException($"expected lines of at most {limit:N0} bytes, found a longer one.");
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }
}
