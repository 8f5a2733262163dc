using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Tests.Recommending;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

public sealed class SaveLoadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lightgcn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_loaded_pipeline_scores_the_same_bits_and_gives_the_model_back()
    {
        (MLContext ml, Taste data, TransformerChain<LightGcnTransformer> fitted, string path) = Save();

        ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema schema);
        Assert.Equal(["UserId", "ItemId"], schema.Select(column => column.Name));
        float[] expected = Scores(fitted, data.TrainRows);
        Assert.All(expected, score => Assert.True(float.IsFinite(score)));
        Assert.Equal(expected, Scores(loaded, data.TrainRows));

        LightGcnModelParameters before = fitted.LastTransformer.Model, after = ml.Model.GetLightGcn(loaded).Model;
        Assert.Equal((before.UserCount, before.ItemCount, before.EmbeddingDimension), (after.UserCount, after.ItemCount, after.EmbeddingDimension));
        Assert.Equal(before.LayerWeights, after.LayerWeights);
        Assert.Equal(before.UserEmbeddings.ToArray(), after.UserEmbeddings.ToArray());
        Assert.Equal(before.ItemEmbeddings.ToArray(), after.ItemEmbeddings.ToArray());
        Assert.Equal(before.BaseUserEmbeddings.ToArray(), after.BaseUserEmbeddings.ToArray());
        Assert.Equal(before.BaseItemEmbeddings.ToArray(), after.BaseItemEmbeddings.ToArray());
        Assert.Equal(before.Users.Names!.Select(v => v.ToString()), after.Users.Names!.Select(v => v.ToString()));
        Assert.Equal(before.Items.Names!.Select(v => v.ToString()), after.Items.Names!.Select(v => v.ToString()));
        Assert.Same(fitted.LastTransformer, ml.Model.GetLightGcn(fitted));

        // The restored pipeline is the fast one; saved again, it is the same model.
        ITransformer restored = ml.Model.RestoreLightGcn(loaded);
        Assert.Contains((IEnumerable<ITransformer>)restored, step => step is LightGcnTransformer);
        Assert.Equal(expected, Scores(restored, data.TrainRows));
        Assert.Equal(loaded.GetOutputSchema(schema).Select(Describe), restored.GetOutputSchema(schema).Select(Describe));
        Assert.Equal(fitted.GetOutputSchema(schema).Select(Describe), loaded.GetOutputSchema(schema).Select(Describe));
        string second = Path.Combine(_folder, "second.zip");
        ml.Model.Save(restored, schema, second);
        Assert.Equal(expected, Scores(ml.Model.Load(second, out _), data.TrainRows));
        Assert.Same(restored, ml.Model.RestoreLightGcn(restored));
    }

    [Fact]
    public void Prediction_engines_of_all_three_forms_agree_and_unknown_ids_give_NaN()
    {
        (MLContext ml, Taste data, TransformerChain<LightGcnTransformer> fitted, string path) = Save();
        ITransformer loaded = ml.Model.Load(path, out _);
        Taste.Interaction[] rows = [.. ml.Data.CreateEnumerable<Taste.Interaction>(data.TrainRows, reuseRowObject: false)];
        float[] expected = Scores(fitted, data.TrainRows);
        foreach (ITransformer model in (ITransformer[])[fitted, loaded, ml.Model.RestoreLightGcn(loaded)])
        {
            using PredictionEngine<Taste.Interaction, Taste.Prediction> engine = ml.Model.CreatePredictionEngine<Taste.Interaction, Taste.Prediction>(model);
            Assert.Equal(expected, rows.Select(row => engine.Predict(row).Score));
            Assert.True(float.IsNaN(engine.Predict(new() { UserId = "nobody", ItemId = rows[0].ItemId }).Score));
            Assert.True(float.IsNaN(engine.Predict(new() { UserId = rows[0].UserId, ItemId = "nothing" }).Score));
            Assert.True(float.IsNaN(engine.Predict(new() { UserId = "", ItemId = rows[0].ItemId }).Score));
        }
    }

    [Fact]
    public async Task A_fresh_process_that_never_named_us_scores_the_same_bits()
    {
        (MLContext ml, Taste data, TransformerChain<LightGcnTransformer> fitted, string path) = Save();
        Taste.Interaction[] rows = [.. ml.Data.CreateEnumerable<Taste.Interaction>(data.TrainRows, reuseRowObject: false).Take(20)];
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"));
        start.ArgumentList.Add(path);
        foreach (Taste.Interaction row in rows)
        {
            start.ArgumentList.Add(row.UserId);
            start.ArgumentList.Add(row.ItemId);
        }
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        string[] expected = [.. Scores(fitted, data.TrainRows).Take(20).Select(score => BitConverter.SingleToUInt32Bits(score).ToString("X8"))];
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void A_truncated_file_is_an_error()
    {
        (MLContext ml, _, _, string path) = Save();
        byte[] whole = File.ReadAllBytes(path);
        string cut = Path.Combine(_folder, "cut.zip");
        for (int part = 0; part < 20; part++)
        {
            File.WriteAllBytes(cut, whole[..(whole.Length * part / 20)]);
            Assert.ThrowsAny<Exception>(() => ml.Model.Load(cut, out _));
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_tables_is_an_error_or_changes_nothing_once_the_model_is_restored()
    {
        (MLContext ml, Taste data, TransformerChain<LightGcnTransformer> fitted, string path) = Save();
        // Without the mapping of ids to keys, which is ML.NET's own and has no checksum.
        ml.Model.Save(fitted.LastTransformer, data.Train.Schema, path);
        float[] expected = Scores(fitted.LastTransformer, data.Train);
        string altered = Path.Combine(_folder, "altered.zip");
        Random random = new(4);
        int refused = 0;
        for (int trial = 0; trial < 60; trial++)
        {
            File.Copy(path, altered, overwrite: true);
            FlipBitOfATable(altered, random);
            float[]? scores = null;
            try
            {
                scores = Scores(ml.Model.RestoreLightGcn(ml.Model.Load(altered, out _)), data.Train);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                refused++;
            }
            if (scores is not null)
                Assert.Equal(expected, scores);
        }
        Assert.InRange(refused, 30, 60);
    }

    /// <summary>
    /// Flips a bit of the rows of one of the tables in a saved model, whose zip is whole afterwards.
    /// Rows alone: ML.NET trusts the lengths in a table's header, and can wait for bytes that never come.
    /// </summary>
    private static void FlipBitOfATable(string path, Random random)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update);
        ZipArchiveEntry[] tables = [.. zip.Entries.Where(entry => entry.FullName.EndsWith(".idv", StringComparison.Ordinal) && entry.Length > 2000)];
        using Stream table = tables[random.Next(tables.Length)].Open();
        byte[] header = new byte[32];
        table.ReadExactly(header);
        // ML.NET's binary format: rows from byte 256, then where they lie, then what they are; the header says where the last begins.
        long rowsEnd = 256 + (BitConverter.ToInt64(header, 24) - 256) * 9 / 10;
        table.Position = random.NextInt64(256, rowsEnd);
        byte old = (byte)table.ReadByte();
        table.Position--;
        table.WriteByte((byte)(old ^ (1 << random.Next(8))));
    }

    [Fact]
    public void A_model_without_or_with_two_LightGcn_is_refused()
    {
        (MLContext ml, Taste data, TransformerChain<LightGcnTransformer> fitted, _) = Save();
        ArgumentException none = Assert.Throws<ArgumentException>(() => ml.Model.GetLightGcn(data.Keys));
        Assert.Contains("found 0", none.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ml.Model.GetLightGcn(new TransformerChain<ITransformer>(fitted.LastTransformer, fitted.LastTransformer)));
        Assert.Same(data.Keys, ml.Model.RestoreLightGcn(data.Keys));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(100)]
    public void Every_dimension_survives_the_file(int dimension)
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.EmbeddingDimension, options.EpochCount) = (dimension, 1);
        LightGcnTransformer fitted = ml.Ranking.Trainers.LightGcn(options).Fit(data.Train);
        string path = Path.Combine(_folder, "model.zip");
        ml.Model.Save(fitted, data.Train.Schema, path);
        Assert.Equal(Scores(fitted, data.Train), Scores(ml.Model.Load(path, out _), data.Train));
    }

    private (MLContext Context, Taste Data, TransformerChain<LightGcnTransformer> Fitted, string Path) Save()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        TransformerChain<LightGcnTransformer> fitted = ml.Transforms.Conversion.MapValueToKey("User", "UserId")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(ml.Ranking.Trainers.LightGcn(Taste.QuickOptions()))
            .Fit(data.TrainRows);
        string path = Path.Combine(_folder, "model.zip");
        ml.Model.Save(fitted, data.TrainRows.Schema, path);
        return (ml, data, fitted, path);
    }

    private static float[] Scores(ITransformer model, IDataView rows) => [.. model.Transform(rows).GetColumn<float>("Score")];

    private static string Describe(DataViewSchema.Column column) =>
        $"{column.Index} {column.Name} {column.Type} hidden {column.IsHidden} annotations {string.Join(",", column.Annotations.Schema.Select(a => a.Name + a.Type))}";
}
