using Microsoft.ML.LightGcn.Numerics;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary>
/// Many <see cref="RandomStream"/>s at once, on the device: the same numbers, bit for bit. Sixty-four bits wrap around in signed
/// numbers as in unsigned ones; only shifts to the right have to clear the sign's copies.
/// </summary>
internal sealed class DeviceRandomStream
{
    private const long Golden = unchecked((long)0x9E3779B97F4A7C15);

    private DeviceRandomStream(Tensor state) => State = state;

    /// <summary>The state of each stream.</summary>
    public Tensor State { get; private set; }

    /// <summary>The streams of the given indices.</summary>
    public static DeviceRandomStream Create(int seed, RandomPurpose purpose, Tensor indices)
    {
        long start = unchecked((long)RandomStream.Mix((uint)seed | (ulong)purpose << 32));
        return new DeviceRandomStream(Mix(indices.mul(Held(Golden)).add_(Held(start), One)));
    }

    /// <summary>The streams at some positions of these, at the same state.</summary>
    public DeviceRandomStream Select(Tensor positions) => new(State.index_select(0, positions));

    /// <summary>The numbers 1 to count of one stream.</summary>
    public static Tensor Numbers(int seed, RandomPurpose purpose, long index, int count, Device device)
    {
        using Tensor indices = tensor(index, ScalarType.Int64, device);
        return Mix(Create(seed, purpose, indices).State.add(Range(1, count + 1L, ScalarType.Int64, device).mul_(Held(Golden)), One));
    }

    /// <summary>The next number of each stream: 64 random bits.</summary>
    public Tensor Next()
    {
        State = State.add(Held(Golden), One);
        return Mix(State);
    }

    /// <summary>Uniform on [0, 1), in double precision.</summary>
    public Tensor NextDouble() => ShiftRight(Next(), 11).to(ScalarType.Float64).mul_(Held(1.0 / (1L << 53)));

    /// <summary>What <see cref="RandomStream.Next"/> makes of 64 random bits: uniform on 0..bound-1, for one bound below 2^31.</summary>
    public static Tensor Below(Tensor bits, long bound) =>
        ShiftRight(ShiftRight(LowHalf(bits).mul_(Held(bound)), 32).add_(ShiftRight(bits, 32).mul_(Held(bound)), One), 32);

    /// <inheritdoc cref="Below(Tensor, long)"/>
    public static Tensor Below(Tensor bits, Tensor bounds) =>
        ShiftRight(ShiftRight(LowHalf(bits).mul_(bounds), 32).add_(ShiftRight(bits, 32).mul_(bounds), One), 32);

    /// <summary><see cref="RandomStream.Mix"/> of each number.</summary>
    public static Tensor Mix(Tensor z)
    {
        z = z.bitwise_xor(ShiftRight(z, 30)).mul_(Held(unchecked((long)0xBF58476D1CE4E5B9)));
        z = z.bitwise_xor(ShiftRight(z, 27)).mul_(Held(unchecked((long)0x94D049BB133111EB)));
        return z.bitwise_xor(ShiftRight(z, 31));
    }

    /// <summary>A shift of unsigned numbers.</summary>
    public static Tensor ShiftRight(Tensor bits, int count) =>
        bits.bitwise_right_shift(tensor((long)count)).bitwise_and_(tensor((1L << (64 - count)) - 1));

    private static Tensor LowHalf(Tensor bits) => bits.bitwise_and(tensor((long)uint.MaxValue));
}
