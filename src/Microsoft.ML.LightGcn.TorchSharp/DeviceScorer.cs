using Microsoft.ML.LightGcn.Evaluation;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using TorchSharp;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>Scores items and ranks held-out items on the device, a tile of users at a time; only ranks come back.</summary>
internal sealed class DeviceScorer : IItemRanker
{
    /// <summary>Scores in a tile; a GPU needs enough of them to be busy, a CPU's cache few.</summary>
    private const int CpuTileScores = 1 << 20, GpuTileScores = 1 << 25;

    private readonly Tensor _users, _items;

    /// <param name="nodes">Propagated embeddings, users before items before others; must not change while this is in use.</param>
    /// <param name="layout">How they are numbered.</param>
    public DeviceScorer(Tensor nodes, NodeLayout layout)
    {
        UserCount = layout.UserCount;
        ItemCount = layout.ItemCount;
        // Views that the garbage collector may take: the table is the session's.
        _users = nodes.narrow(0, 0, UserCount).DetachFromDisposeScope();
        _items = nodes.narrow(0, layout.FirstItem, ItemCount).DetachFromDisposeScope();
    }

    public int UserCount { get; }

    public int ItemCount { get; }

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        ScorerCheck.Block(this, users, scores);
        using DisposeScope scope = NewDisposeScope();
        Score(users).cpu().data<float>().CopyTo(scores);
    }

    public void Rank(
        HeldOutInteractions heldOut, BipartiteGraph? seen, ReadOnlySpan<int> unknownItems, Span<double> ranks, CancellationToken cancellationToken)
    {
        using DisposeScope all = NewDisposeScope();
        Tensor? unknown = unknownItems.IsEmpty ? null : tensor(unknownItems.ToArray()).to(ScalarType.Int64).to(_items.device);
        int tile = Math.Max(1, (_items.device_type == DeviceType.CPU ? CpuTileScores : GpuTileScores) / ItemCount);
        for (int first = 0; first < heldOut.UserCount; first += tile)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            ReadOnlySpan<int> users = heldOut.Users.Slice(first, Math.Min(tile, heldOut.UserCount - first));
            Tensor scores = Score(users);
            CheckFinite(scores, users);
            if (seen is not null)
                Remove(scores, users, seen);
            if (unknown is not null)
                scores.index_fill_(1, unknown, Held(double.NegativeInfinity));
            int start = heldOut.Offsets[first];
            foreach (double rank in RankTile(scores, heldOut, first, users.Length, tile))
                ranks[start++] = rank;
        }
    }

    private Tensor Score(ReadOnlySpan<int> users) => _users.index_select(0, tensor(users.ToArray()).to(_users.device)).mm(_items.t());

    private void Remove(Tensor scores, ReadOnlySpan<int> users, BipartiteGraph seen)
    {
        List<long> cells = [];
        for (int row = 0; row < users.Length; row++)
        {
            foreach (int item in seen.ItemsOf(users[row]))
                cells.Add((long)row * ItemCount + item);
        }
        scores.view(-1).index_fill_(0, tensor(cells, ScalarType.Int64).to(scores.device), Held(double.NegativeInfinity));
    }

    /// <summary>The ranks of the tile's held-out items, in order: items above plus half of the other items that score the same.</summary>
    private double[] RankTile(Tensor scores, HeldOutInteractions heldOut, int first, int userCount, int tile)
    {
        List<long> rows = [], items = [];
        for (int row = 0; row < userCount; row++)
        {
            foreach (int item in heldOut.ItemsOf(first + row))
            {
                rows.Add(row);
                items.Add(item);
            }
        }
        Tensor rowIndices = tensor(rows, ScalarType.Int64).to(scores.device), itemIndices = tensor(items, ScalarType.Int64).to(scores.device);
        Tensor targets = scores.view(-1).index_select(0, rowIndices.mul(Held(ItemCount)).add_(itemIndices, One)).unsqueeze_(1);
        List<Tensor> ranks = [];
        for (int start = 0; start < rows.Count; start += tile)
        {
            using DisposeScope scope = NewDisposeScope();
            int count = Math.Min(tile, rows.Count - start);
            Tensor others = scores.index_select(0, rowIndices.narrow(0, start, count)), own = targets.narrow(0, start, count);
            Tensor greater = others.gt(own).sum(1), equal = others.eq(own).sum(1);
            ranks.Add(equal.sub_(One).to(ScalarType.Float64).div_(Held(2)).add_(greater, One).MoveToOuterDisposeScope());
        }
        return cat([.. ranks]).cpu().data<double>().ToArray();
    }

    private static void CheckFinite(Tensor scores, ReadOnlySpan<int> users)
    {
        Tensor isFinite = scores.isfinite().all(1);
        if (isFinite.all().cpu().item<bool>())
            return;
        int row = (int)isFinite.logical_not().nonzero().cpu().data<long>()[0];
        ItemRanking.CheckFinite(scores[row].cpu().data<float>().ToArray(), users[row]);
    }
}
