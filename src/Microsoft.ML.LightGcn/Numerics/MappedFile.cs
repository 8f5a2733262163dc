using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>A file whose bytes are read where they lie: the system loads pages as they are touched, and takes them back when it needs room.</summary>
/// <remarks>
/// It stays mapped as long as anything reaches it, which the memory that <see cref="Part"/> hands out does, and some minutes more: a span reaches nothing, and
/// whoever still reads one must not find the bytes gone. Bytes are little-endian. On Windows a file that is mapped can't be replaced or deleted.
/// </remarks>
internal sealed unsafe class MappedFile
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    private readonly MemoryMappedViewAccessor? _view;
    private readonly SafeMemoryMappedViewHandle? _handle;
    private readonly byte* _start;

    /// <summary>Maps a whole file.</summary>
    /// <exception cref="IOException">The file is not there, or can't be mapped.</exception>
    public MappedFile(string path)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Mapping a file takes a little-endian machine, as all that .NET 10 runs on are but the IBM Z.");
        Path = path;
        Handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = RandomAccess.GetLength(Handle);
        // An empty file has nothing to map.
        if (Length == 0)
            return;
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
            Handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        byte* start = null;
        _handle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    ~MappedFile()
    {
        if (_start is null)
            return;
        // The task holds the view meanwhile, and not this object.
        (MemoryMappedViewAccessor view, SafeMemoryMappedViewHandle handle) = (_view!, _handle!);
        Task.Delay(Grace).ContinueWith(_ =>
        {
            handle.ReleasePointer();
            view.Dispose();
        }, TaskScheduler.Default);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The file that is mapped, whatever lies at its path by now.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>What was found to be wrong with the content after it had been mapped; whoever asks for a part then gets it as an exception.</summary>
    public Exception? Damage { get; set; }

    /// <summary>Numbers that lie in the file. They must not be written to.</summary>
    /// <param name="offset">Where the first lies, in bytes.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public Memory<T> Part<T>(long offset, long count)
        where T : unmanaged
    {
        if (count is < 0 or > int.MaxValue || offset < 0 || offset > Length - count * sizeof(T) || offset % sizeof(T) != 0)
            throw new InvalidDataException($"{Path}: expected {count:N0} numbers of {sizeof(T)} bytes at byte {offset:N0}, found {Length:N0} bytes.");
        return count == 0 ? default : new Numbers<T>(this, (T*)(_start + offset), (int)count).Memory;
    }

    private sealed class Numbers<T>(MappedFile file, T* first, int count) : MemoryManager<T>
        where T : unmanaged
    {
        private readonly T* _first = first;

        public override Span<T> GetSpan() => file.Damage is { } damage ? throw damage : new Span<T>(_first, count);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_first + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
