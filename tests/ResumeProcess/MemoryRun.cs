using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

/// <summary>Two steps of training on a sparse graph, and what the operating system says that they took.</summary>
internal static class MemoryRun
{
    public static int Run(int users, int items, int dimension, bool withValidation)
    {
        MLContext ml = new(seed: 1);
        // Training once on next to nothing compiles what is measured.
        Fit(ml, 100, 100, 16, withValidation);
        GC.Collect();
        long before = Current();
        ml.Log += (_, entry) =>
        {
            if (entry.Message.Contains("at the peak", StringComparison.Ordinal))
                Console.WriteLine(entry.Message);
        };
        Fit(ml, users, items, dimension, withValidation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"grew {Peak() - before}"));
        return 0;
    }

    private static void Fit(MLContext ml, int users, int items, int dimension, bool withValidation)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Pair));
        schema[nameof(Pair.User)].ColumnType = new KeyDataViewType(typeof(uint), users);
        schema[nameof(Pair.Item)].ColumnType = new KeyDataViewType(typeof(uint), items);
        IDataView train = ml.Data.LoadFromEnumerable(Pairs(0), schema), heldOut = ml.Data.LoadFromEnumerable(Pairs(1).Take(200), schema);
        LightGcnTrainer trainer = ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options
        {
            EmbeddingDimension = dimension,
            EpochCount = 1,
            StepsPerEpoch = 2,
            NumberOfThreads = 2,
        });
        LightGcnTransformer fitted = withValidation ? trainer.Fit(train, heldOut) : trainer.Fit(train);
        GC.KeepAlive(fitted);

        // Two interactions a user, of which every item has some.
        IEnumerable<Pair> Pairs(int shift)
        {
            for (int user = 0; user < users; user++)
            {
                yield return new Pair { User = (uint)user, Item = (uint)((user + shift) % items) };
                yield return new Pair { User = (uint)user, Item = (uint)((user * 7L + 3 + shift) % items) };
            }
        }
    }

    private static long Current()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static long Peak()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 > 0
            ? process.PeakWorkingSet64
            : 1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))[6..^2], CultureInfo.InvariantCulture);
    }

    private sealed class Pair
    {
        public uint User { get; set; }

        public uint Item { get; set; }
    }
}
