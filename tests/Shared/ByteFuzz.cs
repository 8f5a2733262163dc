using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LightGcn.Testing;

/// <summary>
/// Reads damaged copies of valid bytes, seeded. A reader may give a result, which the test then checks, or throw one of the
/// exceptions that it documents; it must not crash, hang, or take memory by what a damaged length says.
/// </summary>
internal sealed class ByteFuzz(int seed)
{
    private const long MaximumAllocation = 256L << 20;

    // No bound of speed: what takes this long on a file of kilobytes will not end.
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(2);

    private static readonly string[] Tokens = ["\"", ",", "\n", "\r", " ", "-", "0", "99999999999", "1e9", "\0", "\uFEFF", "é", "'", "(", "}", "null"];

    private readonly Random _random = new(seed);

    /// <summary>Copies that were read, and copies that were refused.</summary>
    public int ReadCount { get; private set; }

    public int RefusedCount { get; private set; }

    /// <summary>Gives damaged copies to a reader.</summary>
    /// <param name="trials">Number of copies.</param>
    /// <param name="damage">Makes a damaged copy.</param>
    /// <param name="read">Reads a copy and checks what it got.</param>
    /// <param name="documented">Exceptions that say the bytes are bad; those derived from them too.</param>
    public void Run(int trials, Func<ByteFuzz, byte[]> damage, Action<byte[]> read, params Type[] documented)
    {
        for (int trial = 0; trial < trials; trial++)
        {
            byte[] bytes = damage(this);
            Exception? error = null;
            long allocated = 0;
            Thread reader = new(() =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                error = Record.Exception(() => read(bytes));
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }) { IsBackground = true };
            reader.Start();
            string where = $"seed {seed}, trial {trial}";
            Assert.True(reader.Join(Hang), $"{where}: the reader hangs.");
            Assert.True(allocated < MaximumAllocation, $"{where}: reading {bytes.Length} bytes took {allocated} bytes of memory.");
            if (error is null)
                ReadCount++;
            else if (documented.Any(type => type.IsInstanceOfType(error)) && error.Message.Length > 0)
                RefusedCount++;
            else
                Assert.Fail($"{where}, {bytes.Length} bytes: {error}");
        }
    }

    /// <summary>A copy with one to three edits.</summary>
    public byte[] Damage(byte[] valid)
    {
        List<byte> bytes = [.. valid];
        for (int edits = _random.Next(1, 4); edits > 0; edits--)
            Edit(bytes);
        return [.. bytes];
    }

    /// <summary>A copy of a zip archive, itself whole, with one damaged entry, which may also be gone or there twice.</summary>
    public byte[] DamageEntry(byte[] zip)
    {
        using ZipArchive source = new(new MemoryStream(zip));
        int victim = _random.Next(source.Entries.Count), fate = _random.Next(10);
        MemoryStream copy = new();
        using (ZipArchive target = new(copy, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int e = 0; e < source.Entries.Count; e++)
            {
                byte[] content = Content(source.Entries[e]);
                if (e == victim && fate == 0)
                    continue;
                Write(target, source.Entries[e].FullName, e == victim ? Damage(content) : content);
                if (e == victim && fate == 1)
                    Write(target, source.Entries[e].FullName, content);
            }
        }
        return copy.ToArray();

        static byte[] Content(ZipArchiveEntry entry)
        {
            using MemoryStream content = new();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        }

        static void Write(ZipArchive archive, string name, byte[] content)
        {
            using Stream stream = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
            stream.Write(content);
        }
    }

    /// <summary>A gzip file of bytes.</summary>
    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream file = new();
        using (GZipStream zip = new(file, CompressionLevel.Fastest))
            zip.Write(bytes);
        return file.ToArray();
    }

    private void Edit(List<byte> bytes)
    {
        int at = _random.Next(bytes.Count + 1), length = Math.Min(_random.Next(1, 20), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 3:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[_random.Next(Tokens.Length)]));
                break;
            case 4:
                bytes.AddRange(bytes.GetRange(at, length));
                break;
            case 5 when bytes.Count - at >= sizeof(int):
                // Lengths and counts hurt most where they are largest.
                int[] extremes = [0, 1, -1, int.MaxValue, int.MinValue, 1 << 30, 65_535];
                Span<byte> number = stackalloc byte[sizeof(int)];
                BinaryPrimitives.WriteInt32LittleEndian(number, extremes[_random.Next(extremes.Length)]);
                for (int k = 0; k < number.Length; k++)
                    bytes[at + k] = number[k];
                break;
            case 6 when length > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            default:
                if (length > 0)
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
        }
    }
}
