using System.Buffers;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Tiles of scores by the register-blocked product, masked and selected from while they are in the cache, as lists of all users are made.</summary>
internal sealed class ManagedTopN : ITopNPeer
{
    private readonly TopNInput _input;
    private readonly ThreadTeam _team;
    private readonly FactorScorer _scorer;
    private readonly int[] _users, _items, _counts;
    private readonly float[] _scores;
    private readonly Action<int> _rankTile;

    public ManagedTopN(TopNInput input, int threadCount)
    {
        _input = input;
        _team = new ThreadTeam(threadCount);
        _scorer = new FactorScorer(new RowTable(input.Users, input.Dimension), input.Items);
        _users = [.. Enumerable.Range(0, input.Seen.UserCount)];
        _items = new int[_users.Length * input.ItemsPerUser];
        _counts = new int[_users.Length];
        _scores = new float[_items.Length];
        _rankTile = RankTile;
    }

    public void Run()
    {
        Array.Clear(_counts);
        _team.Run((_users.Length + ItemParts.MaximumUsers - 1) / ItemParts.MaximumUsers, _rankTile);
    }

    public int[] Items() => _items;

    public void Dispose() => _team.Dispose();

    private void RankTile(int tile)
    {
        int firstUser = tile * ItemParts.MaximumUsers, users = Math.Min(ItemParts.MaximumUsers, _users.Length - firstUser);
        float[] scores = ArrayPool<float>.Shared.Rent(users * ItemParts.Width);
        for (int firstItem = 0; firstItem < _scorer.ItemCount; firstItem += ItemParts.Width)
        {
            int items = Math.Min(ItemParts.Width, _scorer.ItemCount - firstItem);
            _scorer.ScoreItems(_users.AsSpan(firstUser, users), firstItem, items, scores);
            for (int u = 0; u < users; u++)
                Select(firstUser + u, scores.AsSpan(u * items, items), firstItem);
        }
        for (int user = firstUser; user < firstUser + users; user++)
            BestOf(user).Finish();
        ArrayPool<float>.Shared.Return(scores);
    }

    private void Select(int user, Span<float> scores, int firstItem)
    {
        new ExcludedRows(_input.Seen.ItemsOf(user), default).Mask(scores, firstItem);
        BestRows best = BestOf(user);
        TopNSelection.Offer(ref best, scores, firstItem);
        _counts[user] = best.Count;
    }

    private BestRows BestOf(int user)
    {
        int n = _input.ItemsPerUser;
        return BestRows.Resume(_items.AsSpan(user * n, n), _scores.AsSpan(user * n, n), _counts[user]);
    }
}
