using System.IO.Compression;
using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The Gowalla split of the LightGCN paper: each line is a user and the user's items.</summary>
internal static class Gowalla
{
    public const int Users = 29_858, Items = 40_981;

    public static (BipartiteGraph Train, BipartiteGraph Test) Read(string folder) =>
        (ReadFile(Path.Combine(folder, "train.txt.gz")), ReadFile(Path.Combine(folder, "test.txt.gz")));

    private static BipartiteGraph ReadFile(string path)
    {
        BipartiteGraphBuilder builder = new(Users, Items);
        using StreamReader reader = new(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            int[] numbers = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            foreach (int item in numbers[1..])
                builder.Add(numbers[0], item);
        }
        return builder.Build();
    }
}
