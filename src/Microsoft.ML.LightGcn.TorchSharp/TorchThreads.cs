using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// Libtorch's number of threads, which is one for the whole process: the first training sets it and the last one puts it back. A second training
/// at the same time runs with what the first has set.
/// </summary>
internal sealed class TorchThreads : IDisposable
{
    private static readonly Lock Gate = new();
    private static int s_users, s_before;

    private bool _disposed;

    private TorchThreads()
    {
    }

    /// <summary>Uses libtorch with a number of threads, until the result is disposed.</summary>
    /// <param name="count">Number of threads.</param>
    /// <param name="warn">Told where another training uses another number.</param>
    public static IDisposable Use(int count, Action<string> warn)
    {
        lock (Gate)
        {
            int current = get_num_threads();
            if (s_users++ == 0)
            {
                s_before = current;
                if (current != count)
                    set_num_threads(count);
            }
            else if (current != count)
            {
                warn(
                    $"Option NumberOfThreads: expected {current}, as another training in this process uses libtorch with, "
                    + $"found {count}. This one uses {current} too.");
            }
            return new TorchThreads();
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (--s_users == 0 && get_num_threads() != s_before)
                set_num_threads(s_before);
        }
    }
}
