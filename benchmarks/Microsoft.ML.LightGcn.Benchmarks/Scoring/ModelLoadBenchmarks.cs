using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>A saved model of GoodBooks' size, from its file: as a transformer of ML.NET's own, and as the fast one with its embeddings.</summary>
public class ModelLoadBenchmarks
{
    private const int UserCount = 49_678, ItemCount = 9_999;

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("model").FullName, "model.zip");
    private MLContext _ml = null!;

    [Params(64, LightGcnTrainer.Options.DefaultEmbeddingDimension)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _ml = new MLContext(seed: 1);
        IDataView rows = InteractionView.Create(SyntheticGraph.Create(UserCount, ItemCount, interactionCount: 100_000, seed: 1));
        _ml.Model.Save(RandomModel.Create(_ml, UserCount, ItemCount, Dimension), rows.Schema, _path);
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Benchmark(Description = "Model.Load")]
    public ITransformer Load() => _ml.Model.Load(_path, out _);

    [Benchmark(Description = "Model.Load and GetLightGcn")]
    public LightGcnTransformer Restore() => _ml.Model.GetLightGcn(_ml.Model.Load(_path, out _));
}
