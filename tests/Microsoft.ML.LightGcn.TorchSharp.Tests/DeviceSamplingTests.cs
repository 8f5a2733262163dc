using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Tests;
using Microsoft.ML.LightGcn.Torch;
using Microsoft.ML.LightGcn.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch.Tests;

/// <summary>The device draws what the CPU engine draws, bit for bit.</summary>
public sealed class DeviceSamplingTests
{
    public static TheoryData<DeviceType> Devices => [.. TorchDevices.Available];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Random_streams_give_the_same_numbers(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        using DisposeScope scope = NewDisposeScope();
        long[] indices = [0, 1, 2, 1_000_003, long.MaxValue];
        int[] bounds = [1, 2, 9_999, 1 << 30, int.MaxValue];
        foreach (int seed in (int[])[0, 7, -1, int.MinValue])
        {
            DeviceRandomStream streams = DeviceRandomStream.Create(seed, RandomPurpose.Sample, tensor(indices).to(device));
            long[] bits = Host<long>(streams.Next()), below = Host<long>(DeviceRandomStream.Below(streams.Next(), int.MaxValue));
            long[] belowMany = Host<long>(DeviceRandomStream.Below(streams.Next(), tensor(bounds).to(ScalarType.Int64).to(device)));
            double[] doubles = Host<double>(streams.NextDouble());
            for (int s = 0; s < indices.Length; s++)
            {
                RandomStream expected = new(seed, RandomPurpose.Sample, indices[s]);
                Assert.Equal(expected.NextUInt64(), (ulong)bits[s]);
                Assert.Equal(expected.Next(int.MaxValue), below[s]);
                Assert.Equal(expected.Next(bounds[s]), belowMany[s]);
                Assert.Equal(expected.NextDouble(), doubles[s]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Permutations_are_the_same(DeviceType type)
    {
        Device device = TorchDevices.GetOrSkip(type);
        using DisposeScope scope = NewDisposeScope();
        foreach (int count in (int[])[1, 2, 3, 64, 1000, 65_537])
        {
            foreach (ulong key in (ulong[])[1, 0x8000_0000_0000_0001, ulong.MaxValue])
            {
                PassPermutation expected = new(count, key);
                Assert.Equal(Enumerable.Range(0, count).Select(position => (long)expected[position]), Host<long>(DevicePermutation.At(arange(count, ScalarType.Int64, device), count, key)));
            }
        }
    }

    public static TheoryData<DeviceType, PositiveSampling, int> Samplings()
    {
        TheoryData<DeviceType, PositiveSampling, int> data = [];
        foreach (DeviceType type in TorchDevices.Available)
        {
            foreach (PositiveSampling positives in Enum.GetValues<PositiveSampling>())
            {
                foreach (int pool in (int[])[0, 1, 5, 1000])
                    data.Add(type, positives, pool);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Samplings))]
    public void Samples_are_the_same(DeviceType type, PositiveSampling positives, int pool)
    {
        Device device = TorchDevices.GetOrSkip(type);
        NegativeSampling negatives = pool == 0 ? NegativeSampling.Uniform : NegativeSampling.PopularityBiased(pool, 0.9);
        // Users without items, one who has all, one who has the whole pool of one.
        BipartiteGraph graph = TestGraphs.FromPairs(6, 7, [.. Enumerable.Range(0, 7).Select(item => (1, item)), (2, 6), (3, 0), (3, 3), (5, 1), (5, 2)]);
        AssertSame(graph, 0, 3 * graph.InteractionCount + 5);
        AssertSame(TestGraphs.Random(300, 120, 4_000, seed: 3), 3_990, 2_000);

        void AssertSame(BipartiteGraph graph, long first, int count)
        {
            SampleSource expected = new(graph, positives, negatives, seed: 11);
            using DeviceTensors tensors = new(device);
            DeviceSampleSource source = new(graph, new DeviceGraph(new HeterogeneousGraph(graph), 4, tensors), positives, negatives, seed: 11, tensors);
            using DisposeScope scope = NewDisposeScope();
            SampleBlock block = source.Draw(first, count);
            long[] users = Host<long>(block.Users), items = Host<long>(block.Positives), others = Host<long>(block.Negatives!);
            for (int s = 0; s < count; s++)
                Assert.Equal(expected.Draw(first + s), ((int)users[s], (int)items[s], (int)others[s]));

            DeviceSampleSource pairs = new(graph, new DeviceGraph(new HeterogeneousGraph(graph), 4, tensors), positives, negatives: null, seed: 11, tensors);
            SampleBlock pairBlock = pairs.Draw(first, count);
            Assert.Equal(users, Host<long>(pairBlock.Users));
            Assert.Equal(items, Host<long>(pairBlock.Positives));
            Assert.Null(pairBlock.Negatives);

            RandomStream random = expected.NegativesStream(first);
            long[] shared = Host<long>(pairs.DrawShared(first, 50));
            foreach (long item in shared)
                Assert.Equal(graph.ByUser.Indices.Span[random.Next(graph.InteractionCount)], item);
        }
    }

    private static T[] Host<T>(Tensor tensor)
        where T : unmanaged => tensor.cpu().data<T>().ToArray();
}
