using System.Numerics;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>
/// A seeded permutation of 0..count-1 that takes no memory: a four-round Feistel network over the next even power of two,
/// applied again until it lands in range (cycle walking; Black and Rogaway, 2002).
/// </summary>
internal readonly struct PassPermutation
{
    private const int Rounds = 4;

    private readonly ulong _key;
    private readonly uint _count;
    private readonly int _halfBits;

    public PassPermutation(int count, ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = (uint)count;
        _key = key;
        _halfBits = (BitOperations.Log2(_count) + 2) / 2;
    }

    /// <summary>The value at a position, 0 to count-1; every value stands at exactly one position.</summary>
    public int this[int position]
    {
        get
        {
            uint value = (uint)position;
            do
                value = Encrypt(value);
            while (value >= _count);
            return (int)value;
        }
    }

    private uint Encrypt(uint value)
    {
        uint mask = (1u << _halfBits) - 1;
        uint left = value >> _halfBits, right = value & mask;
        for (uint round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ ((uint)RandomStream.Mix(_key + ((ulong)round << 32 | right)) & mask));
        return left << _halfBits | right;
    }
}
