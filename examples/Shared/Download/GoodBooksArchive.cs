using System.IO.Compression;
using System.IO.Hashing;

namespace LightGcn.Examples;

/// <summary>Unpacks the GoodBooks archive and checks what comes out.</summary>
internal static class GoodBooksArchive
{
    /// <summary>Writes the tables into a folder, wherever in the archive they lie.</summary>
    /// <exception cref="InvalidDataException">
    /// The archive is damaged, has an entry that points outside, lacks a table, or a table has not its rows and columns.
    /// </exception>
    public static void Extract(string zipPath, string folder, IReadOnlyList<GoodBooksTable> tables, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(zipPath);
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(zipPath);
            // We write under names of our own and could pass such entries over, but an archive that has one is not the authors'.
            if (archive.Entries.FirstOrDefault(entry => PointsOutside(entry.FullName)) is { } outside)
                throw new InvalidDataException($"{name}: expected entries inside the archive's own folder, found '{outside.FullName}'.");
            foreach (GoodBooksTable table in tables)
            {
                ZipArchiveEntry[] entries = [.. archive.Entries.Where(entry => entry.Name == table.FileName)];
                if (entries.Length != 1)
                    throw new InvalidDataException($"{name}: expected one entry {table.FileName}, found {entries.Length}.");
                string path = Path.Combine(folder, table.FileName);
                Extract(entries[0], path, name, cancellationToken);
                (int rows, int columns) = GoodBooksFiles.Measure(path);
                if ((rows, columns) != (table.Rows, table.Columns))
                    throw new InvalidDataException($"{name}: expected {table.FileName} with {table.Rows} rows and {table.Columns} columns, found {rows} and {columns}.");
            }
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith(name, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{name}: expected a readable archive, found a damaged one. {exception.Message}", exception);
        }
    }

    private static void Extract(ZipArchiveEntry entry, string path, string archiveName, CancellationToken cancellationToken)
    {
        using Stream source = entry.Open();
        using FileStream target = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        byte[] buffer = new byte[1 << 16];
        // .NET's reader does not compare checksums.
        Crc32 checksum = new();
        long length = 0;
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            length += read;
            // An entry that unpacks to more than it announces is damaged, or made to fill the disk.
            if (length > entry.Length)
                break;
            checksum.Append(buffer.AsSpan(0, read));
            target.Write(buffer, 0, read);
        }
        if (length != entry.Length || checksum.GetCurrentHashAsUInt32() != entry.Crc32)
            throw new InvalidDataException($"{archiveName}: expected {entry.FullName} with the length and checksum that the archive gives, found others.");
        target.Flush(flushToDisk: true);
    }

    private static bool PointsOutside(string entryName)
    {
        string name = entryName.Replace('\\', '/');
        return name.StartsWith('/') || name.Contains(':', StringComparison.Ordinal) || name.Split('/').Contains("..");
    }
}
