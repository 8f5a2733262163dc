using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

/// <summary>Errors of columns name the transform that mends them, and it does.</summary>
public sealed class ColumnErrorTests
{
    private readonly MLContext _ml = new(1);
    private readonly IDataView _rows;

    public ColumnErrorTests() => _rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(n => new Row
    {
        User = $"u{n % 9}", Item = $"i{n * 7 % 13}", Small = (byte)(n % 9), Stars = $"{n % 5 + 1}", When = $"2026-01-{n % 28 + 1:D2}", Several = [1, 2],
    }));

    [Fact]
    public void Text_is_mapped_to_keys()
    {
        string message = Refused(_rows);
        Assert.Contains("Schema mismatch for user column 'User': expected Key<UInt32>", message, StringComparison.Ordinal);
        Assert.Contains("got String. Make keys of it: ml.Transforms.Conversion.MapValueToKey(\"User\").", message, StringComparison.Ordinal);
        IDataView mended = _ml.Transforms.Conversion.MapValueToKey("User").Append(_ml.Transforms.Conversion.MapValueToKey("Item")).Fit(_rows).Transform(_rows);
        _ml.Ranking.Trainers.Popularity("User", "Item").Fit(mended);
        Assert.Contains(
            "MapValueToKey(\"User\")",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.Popularity("User", "Item").GetOutputSchema(LightGcn.MLNet.Columns.KeyColumns.ShapeOf(_rows))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_another_width_are_converted()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition["Small"].ColumnType = new KeyDataViewType(typeof(byte), 9);
        IDataView small = _ml.Data.LoadFromEnumerable(_ml.Data.CreateEnumerable<Row>(_rows, reuseRowObject: false), definition);
        IDataView keyed = _ml.Transforms.CopyColumns("UserKey", "Small").Append(_ml.Transforms.Conversion.MapValueToKey("ItemKey", "Item")).Fit(small).Transform(small);
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.Popularity("UserKey", "ItemKey").Fit(keyed)).Message;
        Assert.Contains("got Key<Byte, 0-8>. Convert it: ml.Transforms.Conversion.ConvertType(\"UserKey\", outputKind: DataKind.UInt32).", message, StringComparison.Ordinal);
        IDataView mended = _ml.Transforms.Conversion.ConvertType("UserKey", outputKind: DataKind.UInt32).Fit(keyed).Transform(keyed);
        Recommender recommender = _ml.Model.CreateRecommender(_ml.Ranking.Trainers.Popularity("UserKey", "ItemKey").Fit(mended));
        // Converted keys are still the numbers that were given.
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(0).Source);
    }

    [Fact]
    public void Hashes_of_too_many_bits_are_shortened()
    {
        IDataView wide = _ml.Transforms.Conversion.Hash("UserKey", "User", numberOfBits: 31).Append(_ml.Transforms.Conversion.MapValueToKey("ItemKey", "Item")).Fit(_rows).Transform(_rows);
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.Popularity("UserKey", "ItemKey").Fit(wide)).Message;
        Assert.Contains("Hash to fewer bits: ml.Transforms.Conversion.Hash(\"UserKey\", \"...\", numberOfBits: 30).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_take_a_row_each()
    {
        IDataView view = _ml.Transforms.Conversion.MapValueToKey("User").Append(_ml.Transforms.CopyColumns("Item", "Several")).Fit(_rows).Transform(_rows);
        Assert.Contains("Give one user and one item in each row.", Refused(view), StringComparison.Ordinal);
        Assert.Contains("Give one user in each row.", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LeaveOneOutSplit(_rows, "Several")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_not_there_is_named_among_those_that_are()
    {
        Assert.Contains("Could not find user column 'Reader' among 'User', 'Item', 'Small', 'Stars', 'When', 'Several'",
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.Popularity("Reader", "Item").Fit(_rows)).Message, StringComparison.Ordinal);
        Assert.Contains("Could not find time column 'Time' among 'User'", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TemporalLeaveOneOutSplit(_rows, timeColumnName: "Time")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_gains_and_times_of_text_are_converted()
    {
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("User").Append(_ml.Transforms.Conversion.MapValueToKey("Item")).Fit(_rows).Transform(_rows);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.InteractionWeightColumnName = "Stars";
        const string Mend = "Convert it: ml.Transforms.Conversion.ConvertType(\"Stars\", outputKind: DataKind.Single).";
        Assert.Contains(Mend, Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.LightGcn(options).Fit(keyed)).Message, StringComparison.Ordinal);
        PopularityTransformer popularity = _ml.Ranking.Trainers.Popularity("User", "Item").Fit(keyed);
        Assert.Contains(Mend, Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.EvaluateTopN(popularity, keyed, options: new() { GainColumnName = "Stars" })).Message, StringComparison.Ordinal);
        IDataView mended = _ml.Transforms.Conversion.ConvertType("Stars", outputKind: DataKind.Single).Fit(keyed).Transform(keyed);
        _ml.Ranking.Trainers.LightGcn(options).Fit(mended);
        _ml.Ranking.EvaluateTopN(popularity, mended, options: new() { GainColumnName = "Stars" });

        Assert.Contains("ml.Transforms.Conversion.ConvertType(\"When\", outputKind: DataKind.DateTime).", Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TemporalLeaveOneOutSplit(_rows, timeColumnName: "When")).Message, StringComparison.Ordinal);
        IDataView timed = _ml.Transforms.Conversion.ConvertType("When", outputKind: DataKind.DateTime).Fit(_rows).Transform(_rows);
        Assert.NotEmpty(_ml.Data.TemporalLeaveOneOutSplit(timed, timeColumnName: "When").Test.GetColumn<DateTime>("When"));
    }

    private string Refused(IDataView data) => Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.Trainers.Popularity("User", "Item").Fit(data)).Message;

    private sealed class Row
    {
        public string User { get; set; } = "";

        public string Item { get; set; } = "";

        public byte Small { get; set; }

        public string Stars { get; set; } = "";

        public string When { get; set; } = "";

        [VectorType(2)]
        public float[] Several { get; set; } = [];
    }
}
