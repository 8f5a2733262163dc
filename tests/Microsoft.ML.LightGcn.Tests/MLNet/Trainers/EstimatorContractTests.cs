using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Trainers;

/// <summary>What ML.NET expects of every estimator and transformer, on the fitted and on the reloaded model.</summary>
public sealed class EstimatorContractTests
{
    private static readonly MLContext Ml = new(1);

    [Fact]
    public void The_promised_schema_is_the_real_one()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTrainer trainer = Trainer();
        SchemaShape promised = trainer.GetOutputSchema(KeyColumns.ShapeOf(data.Train));
        LightGcnTransformer fitted = trainer.Fit(data.Train);
        foreach (ITransformer model in (ITransformer[])[fitted, Reload(fitted, data.Train.Schema)])
        {
            SchemaShape real = KeyColumns.ShapeOf(model.Transform(data.Train));
            Assert.Equal(promised.Select(Describe).Order(), real.Select(Describe).Order());
            Assert.Equal(model.GetOutputSchema(data.Train.Schema).Select(c => c.Name), model.Transform(data.Train).Schema.Select(c => c.Name));
        }
    }

    [Fact]
    public void Other_columns_and_key_annotations_pass_through()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTransformer fitted = Trainer().Fit(data.Train);
        foreach (ITransformer model in (ITransformer[])[fitted, Reload(fitted, data.Train.Schema)])
        {
            IDataView scored = Ml.Transforms.Conversion.MapKeyToValue("Back", "Item").Fit(model.Transform(data.Train)).Transform(model.Transform(data.Train));
            Assert.Equal(data.Train.GetColumn<string>("ItemId"), scored.GetColumn<string>("Back"));
            Assert.Equal(data.Train.GetColumn<string>("UserId"), scored.GetColumn<string>("UserId"));
        }
    }

    [Fact]
    public void Rows_are_scored_lazily_and_in_any_number_of_cursors()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTransformer fitted = Trainer().Fit(data.Train);
        IDataView scored = fitted.Transform(data.Train);
        Assert.Equal(data.Train.CanShuffle, scored.CanShuffle);
        DataViewSchema.Column score = scored.Schema["Score"], user = scored.Schema["User"];
        using (DataViewRowCursor cursor = scored.GetRowCursor([user]))
        {
            Assert.False(cursor.IsColumnActive(score));
            Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(score));
        }
        using (DataViewRowCursor cursor = scored.GetRowCursor([score]))
        {
            Assert.True(cursor.IsColumnActive(score));
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(score));
        }
        List<float> fromSet = [];
        foreach (DataViewRowCursor cursor in scored.GetRowCursorSet([score], 4))
        {
            using (cursor)
            {
                ValueGetter<float> getter = cursor.GetGetter<float>(score);
                float value = 0;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    fromSet.Add(value);
                }
            }
        }
        Assert.Equal(scored.GetColumn<float>("Score").Order(), fromSet.Order());
        Assert.True(fitted.IsRowToRowMapper);
    }

    [Fact]
    public void Scores_are_those_of_the_embeddings_and_NaN_for_a_missing_key()
    {
        IDataView train = KeyRows.Create(Ml, 3, 4, [(0, 0), (1, 1), (2, 2)]);
        LightGcnTransformer fitted = Trainer().Fit(train);
        IDataView rows = KeyRows.Create(Ml, 3, 4, [(0, 3), (2, 1), (-1, 1), (1, -1)]);
        float[] expected = [fitted.Model.Score(0, 3), fitted.Model.Score(2, 1), float.NaN, float.NaN];
        Assert.Equal(expected, fitted.Transform(rows).GetColumn<float>("Score"));
        Assert.Equal(expected, Reload(fitted, train.Schema).Transform(rows).GetColumn<float>("Score"));
        // In memory, ML.NET's own off-by-one: a key-typed uint is zero-based there.
        SchemaDefinition definition = SchemaDefinition.Create(typeof(KeyRows.Row));
        definition["User"].ColumnType = new KeyDataViewType(typeof(uint), 3);
        definition["Item"].ColumnType = new KeyDataViewType(typeof(uint), 4);
        using PredictionEngine<KeyRows.Row, KeyRows.Scored> engine = Ml.Model.CreatePredictionEngine<KeyRows.Row, KeyRows.Scored>(fitted, inputSchemaDefinition: definition);
        Assert.Equal(expected[1], engine.Predict(new() { User = 2, Item = 1 }).Score);
        Assert.True(float.IsNaN(engine.Predict(new() { User = 3, Item = 1 }).Score));
        Assert.Throws<ArgumentOutOfRangeException>(() => fitted.Model.Score(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => fitted.Model.Score(0, -1));
    }

    [Fact]
    public void Bad_columns_are_refused_by_schema_fit_and_transform_alike()
    {
        Taste data = Taste.Create(Ml);
        LightGcnTransformer fitted = Trainer().Fit(data.Train);
        IDataView text = Ml.Transforms.CopyColumns("User", "UserId").Append(Ml.Transforms.CopyColumns("Item", "ItemId")).Fit(data.TrainRows).Transform(data.TrainRows);
        IDataView fewer = KeyRows.Create(Ml, 5, 40, [(0, 0), (1, 1)]);
        IDataView onlyUser = Ml.Transforms.DropColumns("Item").Fit(data.Train).Transform(data.Train);

        Check(data.TrainRows, "Could not find user column 'User'");
        Check(text, "Schema mismatch for user column 'User': expected Key<UInt32>");
        Check(onlyUser, "Could not find item column 'Item'");
        Assert.Contains("expected Key<UInt32, 0-59>, got Key<UInt32, 0-4>", Assert.Throws<ArgumentOutOfRangeException>(() => fitted.Transform(fewer)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => fitted.GetOutputSchema(fewer.Schema));
        Assert.Throws<ArgumentOutOfRangeException>(() => fitted.GetRowToRowMapper(fewer.Schema));
        Assert.Throws<ArgumentNullException>(() => fitted.Transform(null!));
        Assert.Throws<ArgumentNullException>(() => Trainer().Fit(null!));

        void Check(IDataView bad, string message)
        {
            foreach (Action use in (Action[])[() => Trainer().GetOutputSchema(KeyColumns.ShapeOf(bad)), () => Trainer().Fit(bad)])
                Assert.Contains(message, Assert.Throws<ArgumentOutOfRangeException>(use).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => fitted.Transform(bad));
        }
    }

    [Fact]
    public void A_key_of_another_kind_is_refused()
    {
        DataViewSchema.Builder builder = new();
        builder.AddColumn("User", new KeyDataViewType(typeof(ulong), 10));
        builder.AddColumn("Item", new KeyDataViewType(typeof(uint), 10));
        LightGcnTransformer fitted = Trainer().Fit(KeyRows.Create(Ml, 10, 10, [(0, 0), (1, 1)]));
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => fitted.GetOutputSchema(builder.ToSchema()));
        Assert.Contains("expected Key<UInt32> of at most 2,147,483,647 keys, got Key<UInt64, 0-9>", error.Message, StringComparison.Ordinal);
    }

    private static LightGcnTrainer Trainer()
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.EpochCount = 1;
        return Ml.Ranking.Trainers.LightGcn(options);
    }

    private static ITransformer Reload(ITransformer model, DataViewSchema schema)
    {
        using MemoryStream stream = new();
        Ml.Model.Save(model, schema, stream);
        stream.Position = 0;
        return Ml.Model.Load(stream, out _);
    }

    /// <summary>The shape of a real schema, as a chain shows it to its estimators.</summary>
    internal static string Describe(SchemaShape.Column column) =>
        $"{column.Name} {column.Kind} {column.ItemType} key {column.IsKey} annotations {string.Join(",", column.Annotations.Select(a => $"{a.Name} {a.Kind} {a.ItemType}").Order())}";
}
