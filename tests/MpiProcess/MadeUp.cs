using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;

namespace MpiProcess;

/// <summary>Data that every process can make for itself.</summary>
internal static class MadeUp
{
    /// <summary>Everybody's taste is one of eight.</summary>
    public static IEnumerable<Interaction> Interactions(int users, int items, int perUser) =>
        Enumerable.Range(0, users).SelectMany(user => ItemsOf(user, items, perUser).Select(item => new Interaction { User = (uint)user, Item = (uint)item }));

    /// <summary>An interaction of every third user that training has not.</summary>
    public static IEnumerable<Interaction> HeldOut(int users, int items) =>
        Enumerable.Range(0, users / 3).Select(n => new Interaction { User = (uint)(3 * n), Item = (uint)((8 * n + n % 8) % items) });

    public static IDataView View(MLContext ml, IEnumerable<Interaction> rows, int users, int items)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Interaction));
        schema["User"].ColumnType = new KeyDataViewType(typeof(uint), users);
        schema["Item"].ColumnType = new KeyDataViewType(typeof(uint), items);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>Every item's taste, as an attribute.</summary>
    public static IDataView Genres(MLContext ml, int items)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Genre));
        schema["Item"].ColumnType = new KeyDataViewType(typeof(uint), items);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, items).Select(item => new Genre { Item = (uint)item, Name = $"genre {item % 8}" }), schema);
    }

    /// <summary>SHA-256 of all that was trained.</summary>
    public static string Hash(LightGcnModelParameters model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(model.UserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.ItemEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseUserEmbeddings));
        hash.AppendData(MemoryMarshal.AsBytes(model.BaseItemEmbeddings));
        float[] scores = new float[model.ItemCount];
        for (int user = 0; user < Math.Min(50, model.UserCount); user++)
        {
            // The weights from item to item are in the scores.
            model.ScoreItems([user], scores);
            hash.AppendData(MemoryMarshal.AsBytes(scores.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The greatest amount of memory that the process has had, by the operating system's account.</summary>
    public static long PeakBytes() => !OperatingSystem.IsLinux() ? 0 : 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private static IEnumerable<int> ItemsOf(int user, int items, int count)
    {
        Random random = new(user);
        int taste = user % 8;
        for (int n = 0; n < count; n++)
        {
            int item = (int)(items * Math.Pow(random.NextDouble(), 2));
            yield return random.Next(4) == 0 ? item : Math.Min(items - 1, item / 8 * 8 + taste);
        }
    }
}

internal sealed class Interaction
{
    public uint User { get; set; }

    public uint Item { get; set; }
}

internal sealed class Genre
{
    public uint Item { get; set; }

    public string Name { get; set; } = "";
}
