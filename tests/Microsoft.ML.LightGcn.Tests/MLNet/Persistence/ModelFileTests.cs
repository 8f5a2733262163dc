using System.Buffers.Binary;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LightGcn.Testing;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Persistence;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Tests.Recommending;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

/// <summary>Models in files of their own, mapped into memory.</summary>
public sealed class ModelFileTests : IDisposable
{
    private static readonly MLContext Ml = new(1);
    private static readonly Taste Data = Taste.Create(Ml);

    private readonly string _folder = Directory.CreateTempSubdirectory("modelfile").FullName;

    private string Path => System.IO.Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, ModelVerification.Never)]
    [InlineData(true, ModelVerification.BeforeUse)]
    [InlineData(false, ModelVerification.InBackground)]
    public void A_mapped_model_is_the_model_bit_for_bit(bool withNeighbourhood, ModelVerification verification)
    {
        LightGcnTransformer fitted = Fit(withNeighbourhood);
        Ml.Model.SaveRecommendationModel(new TransformerChain<ITransformer>(Data.Keys, fitted), Path);
        LightGcnTransformer mapped = Assert.IsType<LightGcnTransformer>(Ml.Model.LoadRecommendationModel(Path, verification));

        LightGcnModelParameters before = fitted.Model, after = mapped.Model;
        Assert.Equal(before.UserEmbeddings, after.UserEmbeddings);
        Assert.Equal(before.ItemEmbeddings, after.ItemEmbeddings);
        Assert.Equal(before.BaseUserEmbeddings, after.BaseUserEmbeddings);
        Assert.Equal(before.BaseItemEmbeddings, after.BaseItemEmbeddings);
        Assert.Equal(before.LayerWeights, after.LayerWeights);
        Assert.Equal(before.NeighbourWeightCount, after.NeighbourWeightCount);
        for (int user = 0; user < before.UserCount; user++)
            Assert.Equal(before.History!.ItemsOf(user), after.History!.ItemsOf(user));
        for (int item = 0; item < before.ItemCount; item++)
            Assert.Equal(before.History!.UsersOf(item), after.History!.UsersOf(item));
        Assert.Equal(before.Users.Names, after.Users.Names);
        Assert.Equal(Scores(fitted), Scores(mapped));
        // Trained on, it gives what the fitted model gives.
        LightGcnTrainer trainer = Ml.Ranking.Trainers.LightGcn(Taste.QuickOptions());
        Assert.Equal(trainer.Fit(Data.Train, before).Model.UserEmbeddings, trainer.Fit(Data.Train, after).Model.UserEmbeddings);
    }

    [Fact]
    public void Ids_of_any_language_are_found_without_an_index()
    {
        string[] ids = ["b", "a", "\U0001F600", "\uFFFD", "Zoë", "a b", "", "b", "ä"];
        ModelFileWriter writer = new();
        writer.AddTexts("ids", ids);
        using (FileStream stream = File.Create(Path))
            writer.Write(stream, new Dictionary<string, string>());
        MappedIds read = new ModelFileReader(new(Path), null!).ReadTexts("ids", ids.Length);
        Assert.Equal(ids, read);
        for (int index = 0; index < ids.Length; index++)
            Assert.Equal(ids[index].Length == 0 ? -1 : Array.IndexOf(ids, ids[index]), read.Find(ids[index]));
        Assert.Equal(-1, read.Find("c"));
        Assert.Equal(-1, read.Find(new string('x', 1000)));
    }

    [Fact]
    public void Others_read_it_as_safetensors()
    {
        LightGcnTransformer fitted = Fit(withNeighbourhood: true);
        Ml.Model.SaveRecommendationModel(fitted, Path);
        byte[] bytes = File.ReadAllBytes(Path);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, length));
        Assert.Equal(0, (8 + length) % 64);
        JsonElement items = header.RootElement.GetProperty("item_embeddings");
        Assert.Equal("F32", items.GetProperty("dtype").GetString());
        Assert.Equal([fitted.Model.ItemCount, fitted.Model.EmbeddingDimension], items.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()));
        int start = 8 + length + items.GetProperty("data_offsets")[0].GetInt32();
        Assert.Equal(fitted.Model.ItemEmbeddings[5], BitConverter.ToSingle(bytes, start + 20));
        // No tensor lies at an odd place for its numbers, and none leaves a gap.
        long end = 0;
        foreach (JsonProperty tensor in header.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__"))
        {
            long[] offsets = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
            Assert.Equal(end, offsets[0]);
            Assert.Equal(0, offsets[0] % (tensor.Value.GetProperty("dtype").GetString() switch { "I64" => 8, "U8" => 1, _ => 4 }));
            end = offsets[1];
        }
        Assert.Equal(bytes.Length, 8 + length + end);
    }

    /// <summary>Saved models name the assembly in full: with another version they would not load.</summary>
    [Fact]
    public void The_assembly_keeps_its_version_and_a_file_has_the_release_s()
    {
        Assembly library = typeof(LightGcnTransformer).Assembly;
        Assert.Equal(new Version(1, 0, 0, 0), library.GetName().Version);
        string build = library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        string release = Regex.Match(build, @"^\d+\.\d+\.\d+(?=$|[-+])").Value;
        Assert.True(release.Length > 0 && Version.Parse(release) >= new Version(0, 2, 0), build);

        Ml.Model.SaveRecommendationModel(Fit(withNeighbourhood: false), Path);
        byte[] bytes = File.ReadAllBytes(Path);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes)));
        Assert.Equal($"Microsoft.ML.LightGcn {release}", header.RootElement.GetProperty("__metadata__").GetProperty("library").GetString());
    }

    [Theory]
    [InlineData("not a model", "expected a safetensors file")]
    [InlineData("", "expected a safetensors file")]
    public void What_is_no_model_is_refused(string content, string reason)
    {
        File.WriteAllText(Path, content);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Ml.Model.LoadRecommendationModel(Path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_and_future_files_are_refused()
    {
        LightGcnTransformer fitted = Fit(withNeighbourhood: false);
        Ml.Model.SaveEmbeddingsAsSafetensors(fitted, Path);
        Assert.Contains("another safetensors file", Assert.Throws<InvalidDataException>(() => Ml.Model.LoadRecommendationModel(Path)).Message, StringComparison.Ordinal);
        Ml.Model.SaveRecommendationModel(fitted, Path);
        Replace("\\\"Version\\\":1,", "\\\"Version\\\":9,");
        Assert.Contains("a later version", Assert.Throws<InvalidDataException>(() => Ml.Model.LoadRecommendationModel(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_found_before_use_and_in_the_background()
    {
        Ml.Model.SaveRecommendationModel(Fit(withNeighbourhood: true), Path);
        byte[] bytes = File.ReadAllBytes(Path);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(Path, bytes);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Ml.Model.LoadRecommendationModel(Path, ModelVerification.BeforeUse));
        Assert.Contains("is damaged: expected the SHA-256", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Ml.Model.VerifyRecommendationModel(Path, TestContext.Current.CancellationToken));
        LightGcnTransformer mapped = (LightGcnTransformer)Ml.Model.LoadRecommendationModel(Path);
        Exception? found = null;
        for (int attempt = 0; found is null && attempt < 600; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            found = Record.Exception(() => mapped.Model.Score(0, 0));
        }
        Assert.Contains("is damaged", Assert.IsType<InvalidDataException>(found).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_took_the_place_of_an_open_one_is_not_taken_for_it()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows refuses to replace a file that is open.");
        LightGcnTransformer fitted = Fit(withNeighbourhood: true);
        Ml.Model.SaveRecommendationModel(fitted, Path);
        TensorFileReader open = new(Path);
        float first = open.Get<float>("user_embeddings", fitted.Model.UserEmbeddings.Length).Span[0];
        Ml.Model.SaveRecommendationModel(Fit(withNeighbourhood: false), Path);
        open.Verify(TestContext.Current.CancellationToken);
        Assert.Equal(first, open.Get<float>("user_embeddings", fitted.Model.UserEmbeddings.Length).Span[0]);
    }

    [Fact]
    public void A_file_that_can_not_be_written_leaves_the_old_one()
    {
        LightGcnTransformer fitted = Fit(withNeighbourhood: true);
        Ml.Model.SaveRecommendationModel(fitted, Path);
        byte[] before = File.ReadAllBytes(Path);
        Assert.ThrowsAny<IOException>(() => Ml.Model.SaveRecommendationModel(fitted, System.IO.Path.Combine(Path, "within-a-file")));
        Assert.Equal(before, File.ReadAllBytes(Path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Damaged_files_are_refused_or_are_the_model()
    {
        LightGcnTransformer fitted = Fit(withNeighbourhood: true);
        Ml.Model.SaveRecommendationModel(fitted, Path);
        byte[] whole = File.ReadAllBytes(Path);
        float[] expected = Scores(fitted);
        ByteFuzz fuzz = new(seed: 7);
        int next = 0;
        fuzz.Run(150, fuzz => fuzz.Damage(whole), bytes =>
        {
            string path = $"{Path}.{next++}";
            File.WriteAllBytes(path, bytes);
            Assert.Equal(expected, Scores((LightGcnTransformer)Ml.Model.LoadRecommendationModel(path, ModelVerification.BeforeUse)));
        }, typeof(InvalidDataException));
        // The header's own words are not under a checksum: what they change is refused as well, or is nothing.
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        ByteFuzz headers = new(seed: 8);
        headers.Run(150, fuzz => [.. fuzz.Damage(whole[..header]), .. whole[header..]], bytes =>
        {
            string path = $"{Path}.{next++}";
            File.WriteAllBytes(path, bytes);
            LightGcnTransformer read = (LightGcnTransformer)Ml.Model.LoadRecommendationModel(path, ModelVerification.BeforeUse);
            if (read.UserColumnName == fitted.UserColumnName && read.ItemColumnName == fitted.ItemColumnName)
                Assert.Equal(expected, Scores(read));
        }, typeof(InvalidDataException), typeof(ArgumentException));
        Assert.InRange(fuzz.RefusedCount + headers.RefusedCount, 200, 300);
    }

    private static LightGcnTransformer Fit(bool withNeighbourhood)
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Neighbourhood = withNeighbourhood ? new ItemNeighbourhood() : null;
        return Ml.Ranking.Trainers.LightGcn(options).Fit(Data.Train);
    }

    private static float[] Scores(ITransformer model) => [.. model.Transform(Data.Train).GetColumn<float>("Score")];

    private void Replace(string text, string other)
    {
        byte[] bytes = File.ReadAllBytes(Path);
        string content = Encoding.Latin1.GetString(bytes);
        Assert.Contains(text, content, StringComparison.Ordinal);
        File.WriteAllBytes(Path, Encoding.Latin1.GetBytes(content.Replace(text, other, StringComparison.Ordinal)));
    }
}
