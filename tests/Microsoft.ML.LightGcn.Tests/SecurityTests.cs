using System.Security.Cryptography;
using Microsoft.ML.LightGcn.MLNet.Persistence;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>SECURITY.md: its code compiles and runs, and what it says of our model files is so.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("security").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_loaded_only_with_the_published_checksum()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        string modelPath = Path.Combine(_folder, "model.zip");
        ml.Model.Save(ml.Ranking.Trainers.Popularity("User", "Item").Fit(data.Train), data.Train.Schema, modelPath);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(modelPath)));
        Assert.NotNull(Load(sha256));
        using (FileStream changed = new(modelPath, FileMode.Append))
            changed.WriteByte(0);
        Assert.Contains($"expected SHA-256 {sha256}, found ", Assert.Throws<InvalidDataException>(() => Load(sha256)).Message, StringComparison.Ordinal);

        ITransformer Load(string publishedSha256) => LoadChecked(ml, modelPath, publishedSha256);
    }

    private static ITransformer LoadChecked(MLContext ml, string modelPath, string publishedSha256)
    {
        // SECURITY: begin
        using FileStream file = File.OpenRead(modelPath);   // in a folder that nobody else can write to
        byte[] found = SHA256.HashData(file);
        if (!found.AsSpan().SequenceEqual(Convert.FromHexString(publishedSha256)))
            throw new InvalidDataException($"{modelPath}: expected SHA-256 {publishedSha256}, found {Convert.ToHexStringLower(found)}.");
        file.Position = 0;
        ITransformer model = ml.Model.Load(file, out _);
        // SECURITY: end
        return model;
    }

    /// <summary>What names this assembly in a file can't be loaded without it.</summary>
    [Fact]
    public void Models_name_this_assembly_and_lists_do_not()
    {
        MLContext ml = new(1);
        Taste data = Taste.Create(ml);
        RankingCatalog.RankingTrainers trainers = ml.Ranking.Trainers;
        ITransformer lightGcn = trainers.LightGcn(Taste.QuickOptions()).Fit(data.Train);
        ITransformer[] models =
        [
            lightGcn, trainers.Popularity("User", "Item").Fit(data.Train), trainers.ItemKnn("User", "Item").Fit(data.Train), trainers.Ease("User", "Item").Fit(data.Train),
            trainers.GraphFilter("User", "Item").Fit(data.Train), trainers.BprMatrixFactorization("User", "Item").Fit(data.Train),
        ];
        Assert.All(models, model => Assert.True(NamesUs(model)));
        Assert.False(NamesUs(ml.Transforms.RecommendItems(ml.Model.CreateRecommender(lightGcn)).Fit(data.Train)));
        Assert.False(NamesUs(data.Keys));

        string text = File.ReadAllText(Path.Combine(ShownCode.Root(), "SECURITY.md"));
        Assert.Contains($"`{ChunkMappingFactory.ContractName}` and `{ScoreMappingFactory.ContractName}`", text, StringComparison.Ordinal);
        Assert.Contains(string.Join(',', typeof(LightGcnTransformer).Assembly.FullName!.Split(',')[..2]), text, StringComparison.Ordinal);

        bool NamesUs(ITransformer model)
        {
            using MemoryStream saved = new();
            ml.Model.Save(model, data.Train.Schema, saved);
            using System.IO.Compression.ZipArchive archive = new(saved, System.IO.Compression.ZipArchiveMode.Read);
            return archive.Entries.Any(entry =>
            {
                using Stream content = entry.Open();
                using MemoryStream bytes = new();
                content.CopyTo(bytes);
                // Names of assemblies are UTF-16 in ML.NET's tables of strings, or UTF-8.
                return bytes.ToArray() is var all
                    && (all.AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes("Microsoft.ML.LightGcn,")) >= 0 || all.AsSpan().IndexOf("Microsoft.ML.LightGcn,"u8) >= 0);
            });
        }
    }

    [Fact]
    public void The_code_is_that_of_the_document() => ShownCode.AssertIn("SECURITY.md", "SecurityTests.cs", "SECURITY", parts: 1);
}
