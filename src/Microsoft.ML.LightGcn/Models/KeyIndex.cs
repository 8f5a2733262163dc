namespace Microsoft.ML.LightGcn.Models;

/// <summary>The index of an ML.NET key: key k, from 1, is index k-1.</summary>
internal static class KeyIndex
{
    /// <summary>What stands for a missing key.</summary>
    public const int Missing = -1;

    /// <summary>The index of a raw key; <see cref="Missing"/> for a raw 0, which is a missing key, and for one over the count.</summary>
    // Subtracting 1 makes a raw 0 greater than any count.
    public static int Of(uint key, int count) => key - 1 < (uint)count ? (int)(key - 1) : Missing;
}
