using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>
/// The usual way in PyTorch, a tile of users at a time: a matrix product, seen items set to negative infinity by their indices
/// (which are made beforehand), and topk.
/// </summary>
internal sealed class LibtorchTopN : ITopNPeer
{
    /// <summary>Fastest of 16, 32, 64, 128, 256 and 1,024 on Gowalla: larger tiles of scores leave the cache.</summary>
    public const int BestUsersPerTile = 64;

    private readonly TopNInput _input;
    private readonly Tensor _users, _items, _found;
    private readonly (Tensor Rows, Tensor Columns)[] _seen;
    private readonly int _usersPerTile;

    public LibtorchTopN(TopNInput input, int threadCount, int usersPerTile)
    {
        set_num_threads(threadCount);
        _input = input;
        _usersPerTile = usersPerTile;
        _users = tensor(input.Users, [input.Seen.UserCount, input.Dimension]);
        _items = tensor(input.Items, [input.Seen.ItemCount, input.Dimension]);
        _found = zeros([input.Seen.UserCount, input.ItemsPerUser], ScalarType.Int64);
        _seen = [.. Enumerable.Range(0, (input.Seen.UserCount + usersPerTile - 1) / usersPerTile).Select(SeenBy)];
    }

    public void Run()
    {
        using IDisposable noGradient = no_grad();
        for (int tile = 0; tile < _seen.Length; tile++)
        {
            using DisposeScope scope = NewDisposeScope();
            int first = tile * _usersPerTile, count = Math.Min(_usersPerTile, _input.Seen.UserCount - first);
            Tensor scores = mm(_users.narrow(0, first, count), _items.t());
            scores.index_put_(float.NegativeInfinity, _seen[tile].Rows, _seen[tile].Columns);
            (_, Tensor indices) = scores.topk(_input.ItemsPerUser, dim: 1, largest: true, sorted: true);
            _found.narrow(0, first, count).copy_(indices);
        }
    }

    public int[] Items() => [.. _found.data<long>().Select(item => (int)item)];

    public void Dispose()
    {
        foreach ((Tensor rows, Tensor columns) in _seen)
        {
            rows.Dispose();
            columns.Dispose();
        }
        _found.Dispose();
        _items.Dispose();
        _users.Dispose();
    }

    private (Tensor Rows, Tensor Columns) SeenBy(int tile)
    {
        List<long> rows = [], columns = [];
        int first = tile * _usersPerTile, end = Math.Min(first + _usersPerTile, _input.Seen.UserCount);
        for (int user = first; user < end; user++)
        {
            foreach (int item in _input.Seen.ItemsOf(user))
            {
                rows.Add(user - first);
                columns.Add(item);
            }
        }
        return (tensor(rows), tensor(columns));
    }
}
