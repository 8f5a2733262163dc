namespace Microsoft.ML.LightGcn.Recommending;

/// <summary>
/// The lists of all users, read in their order: some thousands are kept at a time, and the next are computed meanwhile. Rows may be asked for in any
/// order and on any thread; out of order, a part is computed once more.
/// </summary>
/// <param name="partCount">Number of parts.</param>
/// <param name="usersPerPart">Number of users of each part; the last may have fewer.</param>
/// <param name="compute">Computes a part.</param>
internal sealed class SelectionParts(int partCount, int usersPerPart, Func<int, SelectionTable> compute) : IDisposable
{
    private readonly Lock _lock = new();
    private (int Part, SelectionTable Table)? _current;
    private (int Part, Task<SelectionTable> Table)? _next;

    /// <summary>The list of a user: a row of a table.</summary>
    public (SelectionTable Table, int Row) At(long user)
    {
        (long part, long row) = Math.DivRem(user, usersPerPart);
        lock (_lock)
        {
            if (_current?.Part != part)
                Read((int)part);
            return (_current!.Value.Table, (int)row);
        }
    }

    /// <summary>Waits for the part that is being computed, as it uses the model; whoever reads to the end need not.</summary>
    public void Dispose()
    {
        if (_next is { } next)
            ((IAsyncResult)next.Table).AsyncWaitHandle.WaitOne();
    }

    private void Read(int part)
    {
        (int Part, Task<SelectionTable> Table)? next = _next;
        bool isInOrder = _current is { } previous && part == previous.Part + 1;
        _next = null;
        // Dropped first, so that no more than two parts are kept.
        _current = null;
        SelectionTable table = next?.Part == part ? next.Value.Table.GetAwaiter().GetResult() : compute(part);
        _current = (part, table);
        // Whoever reads one part alone waits for no other.
        if (isInOrder && part + 1 < partCount)
            _next = (part + 1, Task.Run(() => compute(part + 1)));
    }
}
