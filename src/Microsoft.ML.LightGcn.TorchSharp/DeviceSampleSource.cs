using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// <see cref="SampleSource"/> on the device: the same samples, bit for bit, so that the same seed trains on the same batches whatever
/// the engine.
/// </summary>
/// <remarks>
/// Whether an item is a user's own is answered by a search in sorted keys, user x items + item. A uniform negative needs no second
/// try: the k-th own item has (item - k) other items below it, so the item with a given rank among the others is found by one search too.
/// </remarks>
internal sealed class DeviceSampleSource
{
    private readonly int _seed, _userCount, _itemCount, _interactionCount;
    private readonly PositiveSampling _positives;
    private readonly NegativeSampling? _negatives;
    private readonly Tensor _userItems, _userOffsets;
    private readonly Tensor? _activeUsers, _rankKeys, _ownKeys, _popularItems;

    /// <param name="graph">The graph.</param>
    /// <param name="deviceGraph">The same on the device.</param>
    /// <param name="positives">How positives are drawn.</param>
    /// <param name="negatives">How a negative for each sample is drawn; null for samples without.</param>
    /// <param name="seed">The seed of training.</param>
    /// <param name="tensors">Owns what this keeps on the device.</param>
    public DeviceSampleSource(
        BipartiteGraph graph, DeviceGraph deviceGraph, PositiveSampling positives, NegativeSampling? negatives, int seed, DeviceTensors tensors)
    {
        (_seed, _positives, _negatives) = (seed, positives, negatives);
        (_userCount, _itemCount, _interactionCount) = (graph.UserCount, graph.ItemCount, graph.InteractionCount);
        _userItems = deviceGraph.UserItems;
        _userOffsets = tensors.Keep(tensor(graph.ByUser.Offsets.ToArray()).to(ScalarType.Int64));
        if (positives == PositiveSampling.ByUser)
            _activeUsers = tensors.Keep(tensor(SampleSource.ActiveUsers(graph)).to(ScalarType.Int64));
        if (negatives is null)
            return;

        using DisposeScope scope = NewDisposeScope();
        Tensor interactions = Range(0, _interactionCount, ScalarType.Int64, tensors.Device);
        Tensor users = RowsOf(interactions), keys = users.mul(Held(_itemCount)).add_(Items(interactions), One);
        _rankKeys = tensors.Keep(keys.sub(interactions).add_(_userOffsets.index_select(0, users), One));
        if (negatives.PopularPoolSize > 0)
        {
            _ownKeys = tensors.Keep(keys);
            _popularItems = tensors.Keep(tensor(SampleSource.PopularItems(graph, negatives)).to(ScalarType.Int64));
        }
    }

    /// <summary>Draws samples first to first + count - 1: users, positive items, and negative items where the source has negatives.</summary>
    public SampleBlock Draw(long first, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor numbers = Range(first, first + count, ScalarType.Int64, _userOffsets.device);
        DeviceRandomStream random = DeviceRandomStream.Create(_seed, RandomPurpose.Sample, numbers);
        (Tensor users, Tensor positives) = _positives == PositiveSampling.ByUser ? DrawByUser(random) : DrawByInteraction(first, count);
        Tensor? negatives = _negatives is null ? null : DrawNegatives(users, random);
        return new SampleBlock(users.MoveToOuterDisposeScope(), positives.MoveToOuterDisposeScope(), negatives?.MoveToOuterDisposeScope());
    }

    /// <summary>The negatives that the batch from a sample on shares: items of random interactions.</summary>
    public Tensor DrawShared(long firstSample, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bits = DeviceRandomStream.Numbers(_seed, RandomPurpose.SharedNegatives, firstSample, count, _userOffsets.device);
        return Items(DeviceRandomStream.Below(bits, _interactionCount)).MoveToOuterDisposeScope();
    }

    /// <summary>Number of items of each of the given users.</summary>
    public Tensor CountsOf(Tensor users) => _userOffsets.index_select(0, users.add(One, One)).sub_(_userOffsets.index_select(0, users));

    /// <summary>All items of all given users, one user after the other, and the position of each item's user.</summary>
    public (Tensor Positions, Tensor Items) ItemsOf(Tensor users)
    {
        Tensor counts = CountsOf(users);
        (Tensor positions, Tensor within) = Expand(counts);
        return (positions, Items(_userOffsets.index_select(0, users).index_select(0, positions).add_(within, One)));
    }

    /// <summary>Row r repeated counts[r] times, for each row, and 0, 1, ... within each row.</summary>
    public static (Tensor Rows, Tensor Within) Expand(Tensor counts)
    {
        Tensor rows = Range(0, counts.NumberOfElements, ScalarType.Int64, counts.device).repeat_interleave(counts);
        Tensor starts = counts.cumsum(0).sub_(counts);
        return (rows, Range(0, rows.NumberOfElements, ScalarType.Int64, counts.device).sub_(starts.index_select(0, rows)));
    }

    /// <summary>The user of each interaction: the last whose items start at or before it.</summary>
    private Tensor RowsOf(Tensor interactions) => searchsorted(_userOffsets, interactions, right: true).sub_(One);

    private Tensor Items(Tensor interactions) => _userItems.index_select(0, interactions).to(ScalarType.Int64).sub_(Held(_userCount));

    private (Tensor Users, Tensor Positives) DrawByUser(DeviceRandomStream random)
    {
        Tensor users = _activeUsers!.index_select(0, DeviceRandomStream.Below(random.Next(), _activeUsers.NumberOfElements));
        Tensor places = DeviceRandomStream.Below(random.Next(), CountsOf(users));
        return (users, Items(places.add_(_userOffsets.index_select(0, users), One)));
    }

    private (Tensor Users, Tensor Positives) DrawByInteraction(long first, int count)
    {
        List<Tensor> parts = [];
        for (long sample = first; sample < first + count;)
        {
            (long pass, long position) = Math.DivRem(sample, _interactionCount);
            long end = Math.Min(first + count, (pass + 1) * _interactionCount);
            ulong key = new RandomStream(_seed, RandomPurpose.Pass, pass).NextUInt64();
            parts.Add(DevicePermutation.At(Range(position, position + end - sample, ScalarType.Int64, _userOffsets.device), _interactionCount, key));
            sample = end;
        }
        Tensor interactions = cat([.. parts]);
        return (RowsOf(interactions), Items(interactions));
    }

    private Tensor DrawNegatives(Tensor users, DeviceRandomStream random)
    {
        Tensor others = CountsOf(users).neg_().add_(Held(_itemCount), One);
        Tensor negatives = full_like(users, Held(-1));
        Tensor open = others.gt(Held(0)).nonzero().flatten();
        if (_popularItems is not null)
        {
            for (int attempt = 0; attempt < SampleSource.PoolAttempts && open.NumberOfElements > 0; attempt++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor items = DrawPopular(random.Select(open), out Tensor state);
                Tensor isOwn = IsOwn(users.index_select(0, open), items);
                Tensor found = isOwn.logical_not().nonzero().flatten();
                negatives.index_copy_(0, open.index_select(0, found), items.index_select(0, found));
                random.State.index_copy_(0, open, state);
                open = open.index_select(0, isOwn.nonzero().flatten()).MoveToOuterDisposeScope();
            }
        }
        if (open.NumberOfElements == 0)
            return negatives;
        Tensor owners = users.index_select(0, open);
        Tensor ranks = DeviceRandomStream.Below(random.Select(open).Next(), others.index_select(0, open));
        return negatives.index_copy_(0, open, OtherItems(owners, ranks));
    }

    private Tensor DrawPopular(DeviceRandomStream random, out Tensor state)
    {
        Tensor fromPool = random.NextDouble().lt(Held(_negatives!.PopularProbability));
        Tensor bits = random.Next();
        state = random.State;
        return where(fromPool,
            _popularItems!.index_select(0, DeviceRandomStream.Below(bits, _popularItems.NumberOfElements)),
            DeviceRandomStream.Below(bits, _itemCount));
    }

    private Tensor IsOwn(Tensor users, Tensor items)
    {
        Tensor keys = users.mul(Held(_itemCount)).add_(items, One);
        Tensor places = searchsorted(_ownKeys!, keys).clamp_(Held(0), Held(_interactionCount - 1));
        return _ownKeys!.index_select(0, places).eq(keys);
    }

    /// <summary>For each user the item with the given rank among those that are not the user's own: <see cref="SampleSource.OtherItem"/>.</summary>
    private Tensor OtherItems(Tensor users, Tensor ranks) =>
        searchsorted(_rankKeys!, users.mul(Held(_itemCount)).add_(ranks, One), right: true).sub_(_userOffsets.index_select(0, users)).add_(ranks, One);
}

/// <summary>Consecutive samples of training, on the device.</summary>
/// <param name="Users">User indices.</param>
/// <param name="Positives">A positive item for each user.</param>
/// <param name="Negatives">A negative item for each user, -1 for a user who has every item; null where the objective needs none.</param>
internal sealed record SampleBlock(Tensor Users, Tensor Positives, Tensor? Negatives)
{
    /// <summary>The samples from start on; views of these.</summary>
    public SampleBlock Slice(long start, long count) =>
        new(Users.narrow(0, start, count), Positives.narrow(0, start, count), Negatives?.narrow(0, start, count));
}
