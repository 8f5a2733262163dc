using System.Buffers;
using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Tiles of scores by the register-blocked product, masked and selected from while they are in the cache, as the evaluator does it.</summary>
internal sealed class ManagedTopN : ITopNPeer
{
    private readonly TopNInput _input;
    private readonly ThreadTeam _team;
    private readonly FactorScorer _scorer;
    private readonly int[] _users, _items;
    private readonly Action<int> _rankTile;
    private readonly int _usersPerTile;

    public ManagedTopN(TopNInput input, int threadCount)
    {
        _input = input;
        _team = new ThreadTeam(threadCount);
        _scorer = new FactorScorer(new RowTable(input.Users, input.Dimension), input.Items);
        _users = [.. Enumerable.Range(0, input.Seen.UserCount)];
        _items = new int[_users.Length * input.ItemsPerUser];
        _usersPerTile = ItemRanking.UsersPerTile(_scorer.ItemCount);
        _rankTile = RankTile;
    }

    public void Run() => _team.Run((_users.Length + _usersPerTile - 1) / _usersPerTile, _rankTile);

    public int[] Items() => _items;

    public void Dispose() => _team.Dispose();

    private void RankTile(int tile)
    {
        int first = tile * _usersPerTile, count = Math.Min(_usersPerTile, _users.Length - first);
        int itemCount = _scorer.ItemCount, n = _input.ItemsPerUser;
        float[] scores = ArrayPool<float>.Shared.Rent(count * itemCount);
        Span<float> itemScores = stackalloc float[n];
        _scorer.ScoreItems(_users.AsSpan(first, count), scores);
        for (int u = 0; u < count; u++)
        {
            Span<float> row = scores.AsSpan(u * itemCount, itemCount);
            foreach (int item in _input.Seen.ItemsOf(first + u))
                row[item] = float.NegativeInfinity;
            TopNSelection.Select(row, _items.AsSpan((first + u) * n, n), itemScores);
        }
        ArrayPool<float>.Shared.Return(scores);
    }
}
