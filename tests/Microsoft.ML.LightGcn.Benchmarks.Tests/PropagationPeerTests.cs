using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks.Tests;

public sealed class PropagationPeerTests
{
    private static readonly PropagationInput Input = new(SyntheticGraph.Create(60, 100, 400, seed: 3), dimension: 20, layerCount: 3);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_engine_computes_what_the_plain_loop_computes(int threads)
    {
        using ManagedPropagation peer = new(Input, threads);
        AssertComputesTheSame(peer);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_engine_in_bfloat16_computes_it_to_its_rounding(int threads)
    {
        using ManagedPropagation peer = new(Input, threads, PropagationPrecision.Bfloat16);
        AssertComputesTheSame(peer, 4e-3f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Libtorch_computes_what_the_plain_loop_computes(int threads)
    {
        LibtorchTest.Require();
        using LibtorchPropagation peer = new(Input, threads);
        AssertComputesTheSame(peer);
    }

    private static void AssertComputesTheSame(IPropagationPeer peer, float tolerance = 1e-6f)
    {
        using PlainPropagation plain = new(Input);
        plain.ForwardAndBackward();
        Assert.True(plain.Output().Max() > 0.1f && plain.Gradient().Max() > 0.1f);

        peer.Forward();
        AssertClose(plain.Output(), peer.Output(), tolerance);
        // A gradient that were added to the one before would show.
        peer.ForwardAndBackward();
        peer.ForwardAndBackward();
        AssertClose(plain.Output(), peer.Output(), tolerance);
        AssertClose(plain.Gradient(), peer.Gradient(), tolerance);
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], tolerance);
    }
}
