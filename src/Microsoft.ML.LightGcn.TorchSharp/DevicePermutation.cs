using System.Numerics;
using Microsoft.ML.LightGcn.Numerics;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary><see cref="PassPermutation"/> for many positions at once, on the device: the same values.</summary>
internal static class DevicePermutation
{
    private const int Rounds = 4;

    /// <summary>The values at the given positions.</summary>
    /// <param name="positions">0 to count - 1.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="key">Chooses the permutation.</param>
    public static Tensor At(Tensor positions, int count, ulong key)
    {
        int halfBits = (BitOperations.Log2((uint)count) + 2) / 2;
        Tensor values = Encrypt(positions, halfBits, key);
        // What fell out of range walks on until it is back.
        Tensor outside = values.ge(Held(count)).nonzero().flatten();
        while (outside.NumberOfElements > 0)
        {
            Tensor walked = Encrypt(values.index_select(0, outside), halfBits, key);
            values.index_copy_(0, outside, walked);
            outside = outside.index_select(0, walked.ge(Held(count)).nonzero().flatten());
        }
        return values;
    }

    private static Tensor Encrypt(Tensor values, int halfBits, ulong key)
    {
        Tensor mask = tensor((1L << halfBits) - 1);
        Tensor left = DeviceRandomStream.ShiftRight(values, halfBits), right = values.bitwise_and(mask);
        for (ulong round = 0; round < Rounds; round++)
        {
            long start = unchecked((long)(key + (round << 32)));
            // The bits of the right half and of the round do not overlap: their sum is their union.
            (left, right) = (right, DeviceRandomStream.Mix(right.add(Held(start), One)).bitwise_and_(mask).bitwise_xor_(left));
        }
        return left.mul_(Held(1L << halfBits)).bitwise_or_(right);
    }
}
