using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Weights of the attributes of items, from their counts, by the formulas of <see cref="AttributeWeighting"/>.</summary>
internal sealed class AttributeWeights
{
    private const double K1 = 1.2, B = 0.75;

    private readonly List<(int Pair, float Count)> _rows;
    private readonly List<(int Item, int Attribute, double Count)> _pairs = [];

    private AttributeWeights(IExceptionContext context, IDataView input, IdColumn item, IdColumn attribute, NumberColumn? count)
    {
        _rows = new(RowLabels.Capacity(context, input));
        Dictionary<ulong, int> places = [];
        using DataViewRowCursor cursor = input.GetRowCursor(count is { } c ? [item.Column, attribute.Column, c.Column] : [item.Column, attribute.Column]);
        IdReader items = item.Open(cursor), attributes = attribute.Open(cursor);
        Func<float>? getCount = count?.Open(context, cursor);
        while (cursor.MoveNext())
        {
            if (_rows.Count == Array.MaxLength)
                throw RowLabels.TooMany(context, _rows.Count + 1L);
            float rowCount = getCount?.Invoke() ?? 1;
            int i = items.Read(), a = attributes.Read(), place = IdReader.Missing;
            if (i >= 0 && a >= 0)
            {
                // Mixed for the same reason as in InteractionFilters.
                ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(places, RandomStream.Mix((ulong)i << 32 | (uint)a), out bool seen);
                if (!seen)
                {
                    known = _pairs.Count;
                    _pairs.Add((i, a, 0));
                }
                place = known;
                CollectionsMarshal.AsSpan(_pairs)[place].Count += rowCount;
            }
            _rows.Add((place, rowCount));
        }
        ItemCount = items.Count;
        AttributeCount = attributes.Count;
    }

    private int ItemCount { get; }

    private int AttributeCount { get; }

    /// <summary>
    /// A weight for each row, in one pass: of a pair's weight, the row's share of the pair's count; NaN where item or attribute is missing.
    /// </summary>
    /// <param name="context">What errors are reported through.</param>
    /// <param name="input">The rows.</param>
    /// <param name="item">The item column.</param>
    /// <param name="attribute">The attribute column.</param>
    /// <param name="count">The count column; null when each row counts 1.</param>
    /// <param name="weighting">The formula.</param>
    public static float[] Compute(
        IExceptionContext context, IDataView input, IdColumn item, IdColumn attribute, NumberColumn? count, AttributeWeighting weighting)
    {
        AttributeWeights counts = new(context, input, item, attribute, count);
        double[] pairWeights = counts.PairWeights(weighting);
        float[] weights = new float[counts._rows.Count];
        for (int row = 0; row < weights.Length; row++)
        {
            (int pair, float rowCount) = counts._rows[row];
            // Extreme counts underflow; a weight is above 0 all the same.
            weights[row] = pair < 0 ? float.NaN : Math.Max((float)(pairWeights[pair] * rowCount / counts._pairs[pair].Count), float.Epsilon);
        }
        return weights;
    }

    private double[] PairWeights(AttributeWeighting weighting)
    {
        double[] lengths = new double[ItemCount];
        int[] itemCounts = new int[AttributeCount];
        foreach ((int item, int attribute, double count) in _pairs)
        {
            lengths[item] += count;
            itemCounts[attribute]++;
        }
        // An item whose rows all lack an attribute has none.
        int total = lengths.Count(length => length > 0);
        double meanLength = lengths.Sum() / total;
        double[] weights = new double[_pairs.Count];
        for (int pair = 0; pair < weights.Length; pair++)
        {
            (int item, int attribute, double count) = _pairs[pair];
            weights[pair] = weighting == AttributeWeighting.TfIdf
                ? TfIdf(count, itemCounts[attribute], total)
                : Bm25(count, lengths[item] / meanLength, itemCounts[attribute], total);
        }
        return weights;
    }

    private static double TfIdf(double count, int itemCount, int total) =>
        double.LogP1(count) * (1 + Math.Log((1.0 + total) / (1.0 + itemCount)));

    private static double Bm25(double count, double relativeLength, int itemCount, int total) =>
        double.LogP1((total - itemCount + 0.5) / (itemCount + 0.5)) * count * (K1 + 1) / (count + K1 * (1 - B + B * relativeLength));
}
