using System.Buffers.Binary;
using System.Security.Cryptography;
using LightGcn.Testing;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Files;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>Everything that reads bytes, on damaged copies of what it wrote.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;
    private readonly MLContext _ml = new(1);
    private readonly Taste _data;

    public FuzzTests() => _data = Taste.Create(_ml);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        (byte[] valid, TrainingPlan plan) = Checkpoint();
        string path = Path.Combine(_folder, "damaged");
        ByteFuzz fuzz = new(seed: 1);
        fuzz.Run(600, fuzz => fuzz.Damage(valid), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            CheckpointFile.Open(path).Dispose();
            // An edit may undo another.
            Assert.Equal(valid, bytes);
        }, typeof(InvalidDataException));
        Assert.True(fuzz.RefusedCount > 570);

        // Damage that the checksum does not show: the file was signed afterwards.
        ByteFuzz signed = new(seed: 2);
        using ITrainingSession session = TestGraphs.Start(plan);
        TrainingState state = new(session, plan.Layout, plan.Settings.EmbeddingDimension);
        signed.Run(600, fuzz => Sign(fuzz.Damage(valid)), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using CheckpointFile checkpoint = CheckpointFile.Open(path);
            state.Load(checkpoint.Progress, checkpoint.State, ProcessGroup.Single);
        }, typeof(InvalidDataException));
        Assert.InRange(signed.ReadCount, 50, 570);
    }

    [Fact]
    public void A_damaged_npy_array_is_read_or_refused()
    {
        using MemoryStream stream = new();
        NpyFile.Write(stream, [.. Enumerable.Range(0, 40)], 20, 2);
        byte[] valid = stream.ToArray();
        ByteFuzz fuzz = new(seed: 3);
        fuzz.Run(3000, fuzz => fuzz.Damage(valid), bytes =>
        {
            NpyArray array = NpyFile.Read(bytes, "a.npy");
            Assert.Equal(array.Shape.Aggregate(1L, (count, length) => count * length), array.Values.Length);
        }, typeof(InvalidDataException));
        Assert.InRange(fuzz.RefusedCount, 500, 2990);
    }

    [Fact]
    public void A_damaged_npz_split_is_read_with_keys_in_range_or_refused()
    {
        _ml.Data.SaveInteractionSplitAsNumPy(_ml.Data.LeaveOneOutSplit(_data.Train, seed: 1), _folder);
        string path = Path.Combine(_folder, "splits_ui.npz");
        byte[] valid = File.ReadAllBytes(path);
        long[] expected = Keys(_ml.Data.LoadInteractionSplitFromNumPy(_folder));
        ByteFuzz outer = new(seed: 4), inner = new(seed: 5);
        // The archive has check sums: what is read is what was written.
        outer.Run(300, fuzz => fuzz.Damage(valid), bytes => Assert.Equal(expected, Read(bytes)), typeof(InvalidDataException));
        inner.Run(300, fuzz => fuzz.DamageEntry(valid), bytes => Read(bytes), typeof(InvalidDataException));
        Assert.True(outer.RefusedCount > 200 && inner.RefusedCount > 150, $"{outer.RefusedCount}, {inner.RefusedCount}");

        long[] Read(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            return Keys(_ml.Data.LoadInteractionSplitFromNumPy(_folder));
        }
    }

    [Theory]
    [InlineData("train.idv")]
    [InlineData("split.sha256")]
    public void A_damaged_idv_split_is_refused(string file)
    {
        _ml.Data.SaveInteractionSplit(_ml.Data.LeaveOneOutSplit(_data.Train, seed: 1), _folder);
        string path = Path.Combine(_folder, file);
        byte[] valid = File.ReadAllBytes(path);
        long[] expected = Keys(_ml.Data.LoadInteractionSplit(_folder));
        ByteFuzz fuzz = new(seed: 6);
        fuzz.Run(150, fuzz => fuzz.Damage(valid), bytes =>
        {
            // The views of an earlier trial may have the file open still, which some systems do not let others write.
            File.Delete(path);
            File.WriteAllBytes(path, bytes);
            Assert.Equal(expected, Keys(_ml.Data.LoadInteractionSplit(_folder)));
        }, typeof(InvalidDataException));
        Assert.True(fuzz.RefusedCount > 100, $"{fuzz.RefusedCount}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_model_is_refused_or_is_the_model(bool withRelation)
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        if (withRelation)
            options.Relations = [GraphRelation.ItemAttribute("tags", _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 80).Select(n => new { Item = $"i{n % 40}", Attribute = $"tag {n % 7}", Weight = 1f + n % 3 }).ToArray()), weightColumnName: "Weight")];
        LightGcnTransformer fitted = _ml.Ranking.Trainers.LightGcn(options).Fit(_data.Train);
        string path = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(fitted, _data.Train.Schema, path);
        byte[] valid = File.ReadAllBytes(path);
        LightGcnModelParameters model = fitted.Model;
        ByteFuzz outer = new(seed: 7), inner = new(seed: 8);
        int loaded = 0;
        outer.Run(80, fuzz => fuzz.Damage(valid), Read, typeof(InvalidDataException));
        inner.Run(120, fuzz => fuzz.DamageEntry(valid), Read, typeof(InvalidDataException));
        Assert.True(loaded > 20 && outer.RefusedCount + inner.RefusedCount > 5, $"{loaded} loaded, {outer.RefusedCount} and {inner.RefusedCount} refused");

        void Read(byte[] bytes)
        {
            ITransformer transformer;
            try
            {
                transformer = _ml.Model.Load(new MemoryStream(bytes), out _);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // ML.NET's own reading, which has no documented errors.
                return;
            }
            loaded++;
            LightGcnModelParameters found = _ml.Model.GetLightGcn(transformer).Model;
            Assert.True(model.UserEmbeddings.SequenceEqual(found.UserEmbeddings) && model.ItemEmbeddings.SequenceEqual(found.ItemEmbeddings));
            Assert.Equal(model.Graph!.InverseRootDegrees.ToArray(), found.Graph!.InverseRootDegrees.ToArray());
            Assert.Equal(model.Embeddings.Base.Attributes.ToArray(), found.Embeddings.Base.Attributes.ToArray());
            Assert.Equal(model.Graph.Relations.SelectMany(relation => relation.AttributeNames), found.Graph.Relations.SelectMany(relation => relation.AttributeNames));
        }
    }

    private (byte[] Bytes, TrainingPlan Plan) Checkpoint()
    {
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.EpochCount, options.EmbeddingDimension) = (1, 2);
        TrainingPlan plan = TestGraphs.Plan(TestGraphs.Random(6, 5, 12, 1), options, 1);
        using ITrainingSession session = TestGraphs.Start(plan);
        double lossSum = 0;
        session.RunSteps(0, plan.StepsPerEpoch, ref lossSum, default);
        TrainingState state = new(session, plan.Layout, plan.Settings.EmbeddingDimension);
        state.KeepBest();
        string path = Path.Combine(_folder, "whole");
        using (FileStream stream = new(path, FileMode.Create, FileAccess.ReadWrite))
            CheckpointFile.Write(stream, RunFingerprint.Of(plan, null, "cpu"), new TrainingProgress { Epoch = 1, Step = plan.StepsPerEpoch, Best = 0.5 }, state.Save);
        return (File.ReadAllBytes(path), plan);
    }

    private static byte[] Sign(byte[] bytes)
    {
        const int lengthAt = 8, start = 16;
        if (bytes.Length < start + SHA256.HashSizeInBytes)
            return bytes;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(lengthAt), bytes.Length);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    /// <summary>The keys of all rows, after a check that they are in range.</summary>
    private static long[] Keys(InteractionSplit split)
    {
        List<long> keys = [];
        foreach (IDataView view in (IDataView[])[split.Train, split.Validation, split.Test])
        {
            foreach (string name in (string[])["User", "Item"])
            {
                ulong count = ((KeyDataViewType)view.Schema[name].Type).Count;
                uint[] column = [.. view.GetColumn<uint>(name)];
                Assert.All(column, key => Assert.True(key <= count));
                keys.AddRange(column.Select(key => (long)key));
            }
        }
        return [.. keys];
    }
}
