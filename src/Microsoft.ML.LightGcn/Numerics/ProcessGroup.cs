using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using System.Text;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// The processes that work on one task together, on one machine or many; each runs the same program. The package Microsoft.ML.LightGcn.Mpi joins those
/// that an MPI launcher started.
/// </summary>
/// <remarks>
/// All processes of a group must make the calls that take the group, in the same order and with the same options. Only this project's own packages make
/// groups: what passes between processes is internal. Only one thread at a time may use a group.
/// </remarks>
public abstract class ProcessGroup
{
    private const int PartLength = 1 << 20;

    // No message of an exception: those have a type.
    private const string Cancelled = "cancelled";

    internal ProcessGroup()
    {
    }

    /// <summary>This process alone.</summary>
    internal static ProcessGroup Single { get; } = new SingleProcess();

    /// <summary>The number of this process, from 0 to <see cref="Count"/> - 1.</summary>
    public abstract int Rank { get; }

    /// <summary>Number of processes, at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>Whether this is process 0: the one that writes logs and files.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Number of bytes that this process has sent to others, by its own count.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Number of bytes that this process has received from others, by its own count.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Number of processes on this process's machine, which share its memory.</summary>
    internal virtual int LocalCount => Count;

    /// <summary>Number of processes that share this process's processors.</summary>
    internal virtual int ProcessorSharerCount => LocalCount;

    /// <summary>Number of threads where nothing else is asked for: this process's share of its processors.</summary>
    internal int AutomaticThreadCount => Math.Max(1, Environment.ProcessorCount / ProcessorSharerCount);

    /// <summary>The part of so many things that is a process's: neighbouring ones, as many for each as can be.</summary>
    internal (int First, int End) ShareOf(int count, int rank) => ((int)((long)count * rank / Count), (int)((long)count * (rank + 1) / Count));

    /// <inheritdoc cref="ShareOf(int, int)"/>
    internal (int First, int End) OwnShareOf(int count) => ShareOf(count, Rank);

    /// <summary>Sends a part of an array to each process, and receives one from each.</summary>
    /// <param name="send">The parts, in the order of processes.</param>
    /// <param name="sendCounts">The length of each.</param>
    /// <param name="receive">Receives the parts, in the order of processes.</param>
    /// <param name="receiveCounts">The length of each.</param>
    internal unsafe void Exchange<T>(ReadOnlySpan<T> send, ReadOnlySpan<int> sendCounts, Span<T> receive, ReadOnlySpan<int> receiveCounts)
        where T : unmanaged
    {
        Check(send.Length, sendCounts);
        Check(receive.Length, receiveCounts);
        fixed (T* source = send, target = receive)
            Exchange(source, sendCounts, target, receiveCounts, sizeof(T));
        CountBytes(sizeof(T) * (Sum(sendCounts) - sendCounts[Rank]), sizeof(T) * (Sum(receiveCounts) - receiveCounts[Rank]));
    }

    /// <summary>Gives every process the parts of all.</summary>
    /// <param name="own">This process's part; it may lie at its place in the whole.</param>
    /// <param name="all">Receives the parts, in the order of processes.</param>
    /// <param name="counts">The length of each.</param>
    internal unsafe void Gather<T>(ReadOnlySpan<T> own, Span<T> all, ReadOnlySpan<int> counts)
        where T : unmanaged
    {
        Check(own.Length, counts.Slice(Rank, 1));
        Check(all.Length, counts);
        fixed (T* source = own, target = all)
            Gather(source, target, counts, sizeof(T));
        CountBytes(sizeof(T) * (long)own.Length * (Count - 1), sizeof(T) * (long)(all.Length - own.Length));
    }

    /// <summary>Gives every process what one has.</summary>
    internal unsafe void Broadcast<T>(Span<T> values, int from = 0)
        where T : unmanaged
    {
        fixed (T* target = values)
            Broadcast(target, values.Length, sizeof(T), from);
        long bytes = sizeof(T) * (long)values.Length;
        CountBytes(Rank == from ? bytes * (Count - 1) : 0, Rank == from ? 0 : bytes);
    }

    /// <summary>One value of each process.</summary>
    internal T[] GatherValues<T>(T own)
        where T : unmanaged
    {
        T[] all = new T[Count];
        int[] counts = new int[Count];
        Array.Fill(counts, 1);
        Gather([own], all, counts);
        return all;
    }

    /// <summary>One text of each process.</summary>
    internal string[] GatherTexts(string own)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(own);
        int[] lengths = GatherValues(bytes.Length);
        byte[] all = new byte[lengths.Sum()];
        Gather<byte>(bytes, all, lengths);
        string[] texts = new string[Count];
        for (int rank = 0, start = 0; rank < Count; start += lengths[rank++])
            texts[rank] = Encoding.UTF8.GetString(all, start, lengths[rank]);
        return texts;
    }

    /// <summary>Whether something holds in any process.</summary>
    internal bool Any(bool own) => Count == 1 ? own : GatherValues((byte)(own ? 1 : 0)).AsSpan().Contains((byte)1);

    /// <summary>Process 0's value.</summary>
    internal T OfFirst<T>(T own)
        where T : unmanaged
    {
        Broadcast(new Span<T>(ref own));
        return own;
    }

    /// <summary>Makes every number the sum of all processes', added in their order.</summary>
    internal void AddUp(Span<float> values)
    {
        float[] own = values.ToArray(), part = new float[Math.Min(values.Length, PartLength)];
        values.Clear();
        for (long first = 0; first < values.Length; first += PartLength)
        {
            int start = (int)first;
            Span<float> sum = values.Slice(start, Math.Min(PartLength, values.Length - start)), term = part.AsSpan(0, sum.Length);
            for (int rank = 0; rank < Count; rank++)
            {
                own.AsSpan(start, sum.Length).CopyTo(term);
                Broadcast(term, rank);
                TensorPrimitives.Add(sum, term, sum);
            }
        }
    }

    /// <summary>
    /// Does what may fail in some processes and not in others: where it fails in one it fails in all, and none waits for another that has gone. The
    /// work itself must not wait for other processes.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled in another process, and failed in none.</exception>
    /// <exception cref="InvalidOperationException">It failed in another process; the message is that process's.</exception>
    internal T Together<T>(Func<T> work)
    {
        if (Count == 1)
            return work();
        T? result = default;
        Exception? failure = null;
        try
        {
            result = work();
        }
        catch (Exception error)
        {
            failure = error;
        }
        string[] messages = GatherTexts(failure switch
        {
            null => "",
            OperationCanceledException => Cancelled,
            _ => $"{failure.GetType().Name}: {failure.Message}",
        });
        int failed = Array.FindIndex(messages, message => message.Length > 0 && message != Cancelled);
        if (failure is not null and not OperationCanceledException)
            ExceptionDispatchInfo.Throw(failure);
        if (failed >= 0)
            throw new InvalidOperationException($"Process {failed} of {Count} failed, and this one ends with it. {messages[failed]}", failure);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return !messages.Contains(Cancelled) ? result! : throw new OperationCanceledException("Another process was cancelled, and this one ends with it.");
    }

    /// <inheritdoc cref="Together{T}"/>
    internal void Together(Action work) => Together(() =>
    {
        work();
        return 0;
    });

    private protected abstract unsafe void Exchange(
        void* send, ReadOnlySpan<int> sendCounts, void* receive, ReadOnlySpan<int> receiveCounts, int elementSize);

    private protected abstract unsafe void Gather(void* own, void* all, ReadOnlySpan<int> counts, int elementSize);

    private protected abstract unsafe void Broadcast(void* values, int count, int elementSize, int from);

    private void CountBytes(long sent, long received)
    {
        BytesSent += sent;
        BytesReceived += received;
    }

    private static long Sum(ReadOnlySpan<int> counts)
    {
        long sum = 0;
        foreach (int count in counts)
            sum += count;
        return sum;
    }

    private static void Check(long length, ReadOnlySpan<int> counts)
    {
        if (length != Sum(counts))
            throw new ArgumentException($"Expected {Sum(counts):N0} values for the parts, found {length:N0}.");
    }

    private sealed class SingleProcess : ProcessGroup
    {
        public override int Rank => 0;

        public override int Count => 1;

        private protected override unsafe void Exchange(
            void* send, ReadOnlySpan<int> sendCounts, void* receive, ReadOnlySpan<int> receiveCounts, int elementSize) =>
            Gather(send, receive, sendCounts, elementSize);

        private protected override unsafe void Gather(void* own, void* all, ReadOnlySpan<int> counts, int elementSize)
        {
            long bytes = (long)counts[0] * elementSize;
            if (own != all)
                Buffer.MemoryCopy(own, all, bytes, bytes);
        }

        private protected override unsafe void Broadcast(void* values, int count, int elementSize, int from)
        {
        }
    }
}
