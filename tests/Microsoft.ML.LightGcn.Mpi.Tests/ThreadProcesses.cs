using System.Runtime.ExceptionServices;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

/// <summary>A group of "processes" that are threads of this one: what passes between them is copied from one's memory to the other's.</summary>
internal sealed unsafe class ThreadProcesses
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Barrier _barrier;
    private readonly nint[] _sources;
    private readonly int[][] _counts;

    private ThreadProcesses(Barrier barrier)
    {
        _barrier = barrier;
        (_sources, _counts) = (new nint[barrier.ParticipantCount], new int[barrier.ParticipantCount][]);
    }

    /// <summary>Does the work in so many processes, and returns what came out of each. Where some fail, the error of each is in the result.</summary>
    public static (T? Result, Exception? Error)[] Run<T>(int count, Func<ProcessGroup, T> work)
    {
        using Barrier barrier = new(count);
        ThreadProcesses shared = new(barrier);
        (T? Result, Exception? Error)[] results = new (T?, Exception?)[count];
        Thread[] threads = [.. Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = (work(new Member(shared, rank, count)), null);
            }
            catch (Exception error)
            {
                results[rank] = (default, error);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return results;
    }

    /// <summary>The same where none fails.</summary>
    public static T[] RunAll<T>(int count, Func<ProcessGroup, T> work) => Array.ConvertAll(Run(count, work), outcome =>
    {
        if (outcome.Error is not null)
            ExceptionDispatchInfo.Throw(outcome.Error);
        return outcome.Result!;
    });

    private void Meet()
    {
        if (!_barrier.SignalAndWait(s_patience))
            throw new TimeoutException("A process waits for others that do not come.");
    }

    private sealed class Member(ThreadProcesses shared, int rank, int count) : ProcessGroup
    {
        public override int Rank => rank;

        public override int Count => count;

        private protected override void Exchange(
            void* send, ReadOnlySpan<int> sendCounts, void* receive, ReadOnlySpan<int> receiveCounts, int elementSize)
        {
            (shared._sources[rank], shared._counts[rank]) = ((nint)send, sendCounts.ToArray());
            shared.Meet();
            byte* target = (byte*)receive;
            for (int from = 0; from < count; from++)
            {
                long start = shared._counts[from].Take(rank).Sum(length => (long)length) * elementSize, bytes = (long)receiveCounts[from] * elementSize;
                Assert.Equal(receiveCounts[from], shared._counts[from][rank]);
                Buffer.MemoryCopy((byte*)shared._sources[from] + start, target, bytes, bytes);
                target += bytes;
            }
            shared.Meet();
        }

        private protected override void Gather(void* own, void* all, ReadOnlySpan<int> counts, int elementSize)
        {
            // What is sent may lie in what is received.
            byte[] copy = new ReadOnlySpan<byte>(own, counts[rank] * elementSize).ToArray();
            fixed (byte* source = copy)
            {
                shared._sources[rank] = (nint)source;
                shared.Meet();
                byte* target = (byte*)all;
                for (int from = 0; from < count; from++)
                {
                    long bytes = (long)counts[from] * elementSize;
                    Buffer.MemoryCopy((byte*)shared._sources[from], target, bytes, bytes);
                    target += bytes;
                }
                shared.Meet();
            }
        }

        private protected override void Broadcast(void* values, int length, int elementSize, int from)
        {
            shared._sources[rank] = (nint)values;
            shared.Meet();
            if (rank != from)
                Buffer.MemoryCopy((byte*)shared._sources[from], values, (long)length * elementSize, (long)length * elementSize);
            shared.Meet();
        }
    }
}
