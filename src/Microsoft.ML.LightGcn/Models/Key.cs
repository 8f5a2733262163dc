using System.Globalization;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// An ML.NET key, which every method of <see cref="Recommender"/> takes in place of an id: <c>recommender.Recommend(new Key(7))</c>. MapValueToKey makes
/// keys from ids.
/// </summary>
/// <param name="Value">The raw key: 1 for the first; 0 is a missing key.</param>
public readonly record struct Key(uint Value)
{
    /// <summary>The raw key.</summary>
    public static implicit operator uint(Key key) => key.Value;

    /// <summary>The raw key.</summary>
    public uint ToUInt32() => Value;

    /// <summary>The raw key as a number.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    internal static Key Of(int index) => new((uint)index + 1);
}
