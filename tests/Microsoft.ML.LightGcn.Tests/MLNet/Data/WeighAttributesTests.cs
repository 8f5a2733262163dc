using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Tests.Training;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class WeighAttributesTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Hand_computed_weights_of_a_small_case()
    {
        // Three items; attribute 7 at all of them, attribute 8 at one. Lengths are 4, 1 and 1, their mean is 2.
        IDataView data = Load((1, 7, 1), (1, 8, 3), (2, 7, 1), (3, 7, 1));
        double common = Math.Log(1 + 0.5 / 3.5), rare = Math.Log(1 + 2.5 / 1.5);
        double longNorm = 1.2 * (0.25 + 0.75 * 4 / 2), shortNorm = 1.2 * (0.25 + 0.75 * 1 / 2);
        AssertClose([common * 2.2 / (1 + longNorm), rare * 6.6 / (3 + longNorm), common * 2.2 / (1 + shortNorm), common * 2.2 / (1 + shortNorm)], Weights(_ml.Data.WeighAttributes(data)));
        AssertClose([Math.Log(2), Math.Log(4) * (1 + Math.Log(4 / 2.0)), Math.Log(2), Math.Log(2)], Weights(_ml.Data.WeighAttributes(data, weighting: AttributeWeighting.TfIdf)));
        // Each row counts 1: lengths are 2, 1 and 1.
        AssertClose([Math.Log(2), Math.Log(2) * (1 + Math.Log(4 / 2.0)), Math.Log(2), Math.Log(2)], Weights(_ml.Data.WeighAttributes(data, countColumnName: null, weighting: AttributeWeighting.TfIdf)));
    }

    [Theory]
    [InlineData(AttributeWeighting.Bm25, true)]
    [InlineData(AttributeWeighting.Bm25, false)]
    [InlineData(AttributeWeighting.TfIdf, true)]
    [InlineData(AttributeWeighting.TfIdf, false)]
    public void Random_cases_equal_the_formulas_for_every_type_of_column(AttributeWeighting weighting, bool withCounts)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            Tag[] tags = [.. Enumerable.Range(0, 1 + random.Next(300)).Select(_ => new Tag
            {
                Item = random.Next(12) == 0 ? float.NaN : random.Next(30),
                Attribute = random.Next(12) == 0 ? float.NaN : (float)(40 * Math.Pow(random.NextDouble(), 3)) - 2,
                Count = (float)Math.Exp(random.NextDouble() * 12 - 3),
            })];
            foreach (Tag tag in tags)
                tag.Attribute = MathF.Floor(tag.Attribute);
            double[] expected = Oracle(tags, weighting, withCounts);
            IDataView data = _ml.Data.LoadFromEnumerable(tags);
            string? count = withCounts ? "Count" : null;
            float[] weights = Weights(_ml.Data.WeighAttributes(data, countColumnName: count, weighting: weighting));
            AssertClose(expected, weights);
            Assert.All(weights, weight => Assert.True(float.IsNaN(weight) || weight > 0));
            IDataView keys = _ml.Transforms.Conversion.MapValueToKey([new("Item"), new("Attribute")]).Fit(data).Transform(data);
            Assert.Equal(weights, Weights(_ml.Data.WeighAttributes(keys, countColumnName: count, weighting: weighting)));
        }
    }

    [Fact]
    public void Counts_of_every_number_type_are_read()
    {
        Same<sbyte>([1, 3, 100]);
        Same<byte>([1, 3, 100]);
        Same<short>([1, 3, 100]);
        Same<ushort>([1, 3, 100]);
        Same<int>([1, 3, 100]);
        Same<uint>([1, 3, 100]);
        Same<long>([1, 3, 100]);
        Same<ulong>([1, 3, 100]);
        Same<double>([1, 3, 100]);

        void Same<T>(T[] counts)
        {
            (int Item, int Attribute)[] pairs = [(1, 7), (1, 8), (2, 7)];
            IDataView data = _ml.Data.LoadFromEnumerable(pairs.Zip(counts, (pair, count) => new Counted<T> { Item = pair.Item, Attribute = pair.Attribute, Count = count }).ToArray());
            Assert.Equal(Weights(_ml.Data.WeighAttributes(Load((1, 7, 1), (1, 8, 3), (2, 7, 100)))), Weights(_ml.Data.WeighAttributes(data)));
        }
    }

    [Fact]
    public void Rows_of_one_pair_share_its_weight_by_their_counts()
    {
        float[] whole = Weights(_ml.Data.WeighAttributes(Load((1, 7, 4), (1, 8, 2), (2, 8, 1))));
        float[] parts = Weights(_ml.Data.WeighAttributes(Load((1, 7, 1), (1, 8, 2), (2, 8, 1), (1, 7, 3))));
        AssertClose([whole[0] / 4, whole[1], whole[2], whole[0] * 3 / 4], parts);
    }

    [Fact]
    public void An_attribute_of_every_item_weighs_least_but_above_nothing()
    {
        IDataView data = Load([.. Enumerable.Range(0, 5000).Select(item => (item, 1, 2f)), .. Enumerable.Range(0, 4999).Select(item => (item, 2, 2f)), (0, 3, 2f)]);
        foreach (AttributeWeighting weighting in Enum.GetValues<AttributeWeighting>())
        {
            float[] weights = Weights(_ml.Data.WeighAttributes(data, weighting: weighting));
            Assert.True(0 < weights[0] && weights[0] < weights[5000] && weights[5000] < weights[9999]);
        }
        // However small a count is, and however great another.
        float[] extreme = Weights(_ml.Data.WeighAttributes(Load((1, 7, float.Epsilon), (1, 8, float.MaxValue), (1, 9, float.MaxValue))));
        Assert.All(extreme, weight => Assert.True(weight > 0 && float.IsFinite(weight)));
    }

    [Theory]
    [InlineData(0f, "is 0 in row 1")]
    [InlineData(-2.5f, "is -2.5 in row 1")]
    [InlineData(float.NaN, "is NaN in row 1")]
    [InlineData(float.PositiveInfinity, "is Infinity in row 1")]
    public void A_count_that_is_not_positive_and_finite_names_column_and_row(float count, string expected)
    {
        IDataView view = _ml.Data.WeighAttributes(Load((1, 7, 1), (1, 8, count)));
        Assert.Contains($"Count column 'Count' {expected}", Assert.Throws<InvalidOperationException>(() => Weights(view)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_found_in_one_pass_and_only_for_readers_who_ask()
    {
        WatchedView source = new(Load([.. Enumerable.Range(0, 200).Select(row => (row % 9, row % 7, 1f + row))]));
        IDataView view = _ml.Data.WeighAttributes(source);
        Assert.Equal(0, source.CursorCount);
        Assert.Equal(Interactions.Column<float>(source, "Count"), Interactions.Column<float>(view, "Count"));
        Assert.Equal(2, source.CursorCount);
        float[][] weights = new float[8][];
        Parallel.For(0, weights.Length, n => weights[n] = Weights(view));
        Assert.Equal(2 + 1 + weights.Length, source.CursorCount);
        Assert.All(weights, again => Assert.Equal(weights[0], again));
        using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Weight"], view.Schema["Item"]]))
        {
            Assert.Equal(["Item"], source.LastColumns);
            Assert.True(cursor.IsColumnActive(view.Schema["Weight"]) && cursor.IsColumnActive(view.Schema["Item"]));
            Assert.False(cursor.IsColumnActive(view.Schema["Count"]));
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(view.Schema["Weight"]));
        }
        using (DataViewRowCursor cursor = view.GetRowCursor([]))
            Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(view.Schema["Weight"]));
        Assert.Single(view.GetRowCursorSet(view.Schema, 4));
    }

    [Fact]
    public void A_source_that_changes_or_fails_is_an_error()
    {
        WatchedView source = new(Load([.. Enumerable.Range(0, 20).Select(row => (row % 9, row % 7, 1f))])) { Fails = true };
        IDataView view = _ml.Data.WeighAttributes(source);
        Assert.Throws<IOException>(() => Weights(view));
        source.Fails = false;
        Assert.Equal(20, Weights(view).Length);
        source.Limit = 19;
        Assert.Contains("it had 20 rows on the first pass and has 19 now", Assert.Throws<InvalidOperationException>(() => Weights(view)).Message, StringComparison.Ordinal);
        source.RowCount = 3_000_000_000;
        Assert.Contains("at least 3,000,000,000 rows", Assert.Throws<InvalidOperationException>(() => Weights(_ml.Data.WeighAttributes(source))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_view_can_be_used_wherever_ML_NET_takes_data()
    {
        IDataView data = Load((1, 7, 4), (1, 8, 2), (2, 8, 1));
        IDataView view = _ml.Data.WeighAttributes(data, outputColumnName: "Count");
        float[] weights = Interactions.Column<float>(view, "Count");
        Assert.Equal(Weights(_ml.Data.WeighAttributes(data)), weights);
        Assert.True(view.Schema[2].IsHidden);
        Assert.Equal(3, _ml.Data.Cache(view).GetColumn<float>("Item").Count());
        Assert.Equal(weights, _ml.Data.CreateEnumerable<Tag>(view, reuseRowObject: false).Select(tag => tag.Count));
        Assert.Equal(weights.Skip(1), _ml.Data.SkipRows(view, 1).GetColumn<float>("Count"));
        Assert.Empty(Weights(_ml.Data.WeighAttributes(Load())));
    }

    [Fact]
    public void Wrong_arguments_fail_in_the_call()
    {
        IDataView data = Load((1, 7, 4));
        IDataView text = _ml.Transforms.Conversion.ConvertType("Count", outputKind: DataKind.String).Fit(data).Transform(data);
        Fails("Could not find item column 'Book'", () => _ml.Data.WeighAttributes(data, "Book"));
        Fails("Could not find attribute column 'Tag'", () => _ml.Data.WeighAttributes(data, attributeColumnName: "Tag"));
        Fails("Could not find count column 'Times'", () => _ml.Data.WeighAttributes(data, countColumnName: "Times"));
        Fails("Schema mismatch for count column 'Count': expected a scalar number, got String", () => _ml.Data.WeighAttributes(text));
        Fails("Argument weighting: expected a value of AttributeWeighting, found 5", () => _ml.Data.WeighAttributes(data, weighting: (AttributeWeighting)5));

        static void Fails(string message, Action call) =>
            Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal);
    }

    /// <summary>The formulas as they are documented, each sum written out.</summary>
    private static double[] Oracle(Tag[] tags, AttributeWeighting weighting, bool withCounts)
    {
        double CountOf(Tag tag) => withCounts ? tag.Count : 1;
        Tag[] complete = [.. tags.Where(tag => !float.IsNaN(tag.Item) && !float.IsNaN(tag.Attribute))];
        double items = complete.Select(tag => tag.Item).Distinct().Count();
        return [.. tags.Select(Weight)];

        double Weight(Tag tag)
        {
            if (!complete.Contains(tag))
                return double.NaN;
            double count = complete.Where(other => other.Item == tag.Item && other.Attribute == tag.Attribute).Sum(CountOf);
            double having = complete.Where(other => other.Attribute == tag.Attribute).Select(other => other.Item).Distinct().Count();
            double length = complete.Where(other => other.Item == tag.Item).Sum(CountOf), meanLength = complete.Sum(CountOf) / items;
            double pair = weighting == AttributeWeighting.TfIdf
                ? Math.Log(1 + count) * (1 + Math.Log((1 + items) / (1 + having)))
                : Math.Log(1 + (items - having + 0.5) / (having + 0.5)) * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / meanLength));
            return pair * CountOf(tag) / count;
        }
    }

    private static void AssertClose(double[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int row = 0; row < expected.Length; row++)
            Assert.True(double.IsNaN(expected[row]) ? float.IsNaN(found[row]) : Math.Abs(expected[row] - found[row]) <= 1e-6 * expected[row], $"Row {row}: expected {expected[row]}, found {found[row]}.");
    }

    private static float[] Weights(IDataView view) => Interactions.Column<float>(view, "Weight");

    private IDataView Load(params (int Item, int Attribute, float Count)[] rows) =>
        _ml.Data.LoadFromEnumerable(rows.Select(row => new Tag { Item = row.Item, Attribute = row.Attribute, Count = row.Count }).ToArray());

    private sealed class Tag
    {
        public float Item { get; set; }

        public float Attribute { get; set; }

        public float Count { get; set; }
    }

    private sealed class Counted<T>
    {
        public int Item { get; set; }

        public int Attribute { get; set; }

        public T Count { get; set; } = default!;
    }
}
