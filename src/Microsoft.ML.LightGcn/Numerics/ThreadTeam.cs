namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A fixed number of threads that run one piece of work together, again and again, without allocating. The caller is
/// one of them. Work is handed out as numbered chunks to whoever is free, so what a chunk computes must not depend on
/// the thread that runs it.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _go = new(0);
    private readonly CountdownEvent _done;
    private Action<int>? _work;
    private int _chunkCount;
    private int _nextChunk;
    private Exception? _failure;
    private bool _stopping;

    public ThreadTeam(int threadCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        _done = new CountdownEvent(Math.Max(1, threadCount - 1));
        _helpers = new Thread[threadCount - 1];
        for (int t = 0; t < _helpers.Length; t++)
        {
            _helpers[t] = new Thread(HelperLoop) { IsBackground = true, Name = "LightGCN worker" };
            _helpers[t].Start();
        }
    }

    public int ThreadCount => _helpers.Length + 1;

    /// <summary>Runs work(chunk) for every chunk from 0 to chunkCount-1 and returns when all are done.</summary>
    /// <remarks>An exception ends the hand-out of chunks and is thrown here. Pass a cached delegate to avoid an allocation.</remarks>
    public void Run(int chunkCount, Action<int> work)
    {
        _work = work;
        _chunkCount = chunkCount;
        _failure = null;
        Volatile.Write(ref _nextChunk, 0);
        int helpers = Math.Min(_helpers.Length, chunkCount - 1);
        if (helpers > 0)
        {
            _done.Reset(helpers);
            _go.Release(helpers);
        }
        RunChunks();
        if (helpers > 0)
            _done.Wait();
        if (_failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }

    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        if (_helpers.Length > 0)
            _go.Release(_helpers.Length);
        foreach (Thread helper in _helpers)
            helper.Join();
        _go.Dispose();
        _done.Dispose();
    }

    private void HelperLoop()
    {
        while (true)
        {
            _go.Wait();
            if (_stopping)
                return;
            RunChunks();
            _done.Signal();
        }
    }

    private void RunChunks()
    {
        try
        {
            Action<int> work = _work!;
            int count = _chunkCount;
            int chunk;
            while ((chunk = Interlocked.Increment(ref _nextChunk) - 1) < count)
                work(chunk);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            Volatile.Write(ref _nextChunk, _chunkCount);
        }
    }
}
