using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class EmbeddingExportTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("embeddings").FullName;
    private readonly LightGcnTransformer _model;

    public EmbeddingExportTests()
    {
        // Ids that JSON and CSV must quote, and in other scripts.
        IDataView rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(n => new Row { UserId = $"né \"{n % 5}\", \\", ItemId = $"本{n % 7}\n" }).ToArray());
        LightGcnTrainer.Options options = Taste.QuickOptions();
        (options.EmbeddingDimension, options.EpochCount) = (3, 1);
        _model = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(_ml.Ranking.Trainers.LightGcn(options)).Fit(rows).LastTransformer;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FilePath => Path.Combine(_folder, "embeddings.safetensors");

    [Fact]
    public void A_safetensors_file_has_the_tables_and_the_ids()
    {
        _ml.Model.SaveEmbeddingsAsSafetensors(_model, FilePath);
        byte[] bytes = File.ReadAllBytes(FilePath);
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, headerLength % 8);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + headerLength));
        Check("user.weight", 5, _model.Model.UserEmbeddings, values);
        Check("item.weight", 7, _model.Model.ItemEmbeddings, values);
        Assert.Equal(12 * 3, values.Length);
        Assert.Equal(3, header.RootElement.EnumerateObject().Count());
        JsonElement metadata = header.RootElement.GetProperty("__metadata__");
        Assert.Equal(_model.Model.Users.Names!.Select(id => id.ToString()), JsonSerializer.Deserialize<string[]>(metadata.GetProperty("user_ids").GetString()!));
        Assert.Equal(_model.Model.Items.Names!.Select(id => id.ToString()), JsonSerializer.Deserialize<string[]>(metadata.GetProperty("item_ids").GetString()!));
        Assert.Equal([FilePath], Directory.GetFiles(_folder));

        void Check(string name, int rows, ReadOnlySpan<float> expected, ReadOnlySpan<float> all)
        {
            JsonElement tensor = header.RootElement.GetProperty(name);
            Assert.Equal("F32", tensor.GetProperty("dtype").GetString());
            Assert.Equal([rows, 3], tensor.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()));
            int[] offsets = [.. tensor.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt32())];
            Assert.Equal(expected.ToArray(), all[(offsets[0] / 4)..(offsets[1] / 4)].ToArray());
        }
    }

    [Fact]
    public void Python_reads_the_file()
    {
        _ml.Model.SaveEmbeddingsAsSafetensors(_model, FilePath);
        // Without the safetensors package: the format as its description has it.
        const string Script = """
            import json, struct, sys
            data = open(sys.argv[1], 'rb').read()
            size, = struct.unpack('<Q', data[:8])
            header = json.loads(data[8:8 + size])
            for name in ('user.weight', 'item.weight'):
                tensor = header[name]
                start, end = tensor['data_offsets']
                values = struct.unpack('<%df' % ((end - start) // 4), data[8 + size + start:8 + size + end])
                print(name, tensor['dtype'], tensor['shape'], ' '.join('%.9g' % value for value in values[:6]))
            print(ascii(json.loads(header['__metadata__']['item_ids'])[0]), ascii(json.loads(header['__metadata__']['user_ids'])[1]))
            """;
        LightGcnModelParameters model = _model.Model;
        Assert.Equal(
            $"""
            user.weight F32 [5, 3] {Six(model.UserEmbeddings)}
            item.weight F32 [7, 3] {Six(model.ItemEmbeddings)}
            '\u672c0\n' 'n\xe9 "1", \\'
            """,
            Numbers(PythonScript.Run(Script, FilePath)));

        // The numbers in .NET's notation: Python's differs in zeros and exponents.
        static string Numbers(string text) => string.Join('\n', text.Split('\n').Select(line => !line.Contains("weight", StringComparison.Ordinal) ? line
            : line[..(line.IndexOf(']') + 2)] + string.Join(' ', line[(line.IndexOf(']') + 2)..].Split(' ').Select(n => float.Parse(n, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)))));

        static string Six(ReadOnlySpan<float> values) => string.Join(' ', values[..6].ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Csv_files_have_every_id_and_every_number_to_the_last_bit()
    {
        _ml.Model.SaveEmbeddingsAsCsv(_model, _folder);
        AssertTable("users.csv", _model.Model.UserEmbeddings, id => $"\"né \"\"{id}\"\", \\\"");
        AssertTable("items.csv", _model.Model.ItemEmbeddings, id => $"\"本{id}\n\"");
        Assert.Equal(2, Directory.GetFiles(_folder).Length);

        void AssertTable(string name, ReadOnlySpan<float> expected, Func<int, string> id)
        {
            string text = File.ReadAllText(Path.Combine(_folder, name));
            Assert.StartsWith("id,e0,e1,e2\n", text, StringComparison.Ordinal);
            string rest = text["id,e0,e1,e2\n".Length..];
            for (int row = 0; row * 3 < expected.Length; row++)
            {
                Assert.StartsWith(id(row) + ",", rest, StringComparison.Ordinal);
                rest = rest[(id(row).Length + 1)..];
                int end = rest.IndexOf('\n', StringComparison.Ordinal);
                Assert.Equal(expected.Slice(row * 3, 3).ToArray(), rest[..end].Split(',').Select(n => float.Parse(n, CultureInfo.InvariantCulture)));
                rest = rest[(end + 1)..];
            }
            Assert.Equal("", rest);
        }
    }

    [Fact]
    public void What_cannot_be_written_leaves_the_old_file()
    {
        File.WriteAllText(FilePath, "old");
        ITransformer other = _ml.Transforms.CopyColumns("B", "A").Fit(_ml.Data.LoadFromEnumerable([new { A = 1 }]));
        Assert.Throws<ArgumentException>(() => _ml.Model.SaveEmbeddingsAsSafetensors(other, FilePath));
        Assert.Equal("old", File.ReadAllText(FilePath));
        Assert.Throws<ArgumentException>(() => _ml.Model.SaveEmbeddingsAsCsv(_model, ""));
    }

    private sealed class Row
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";
    }
}
