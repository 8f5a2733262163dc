using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.LightGcn.Files;

namespace Microsoft.ML.LightGcn.Tests.Files;

public sealed class NpyFileTests
{
    [Fact]
    public void Bytes_are_those_of_the_documented_format()
    {
        byte[] bytes = Write([1, -2, 3, 0x01020304], 2, 2);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0], bytes[..8]);
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + headerLength) % 64);
        string header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        Assert.EndsWith("\n", header, StringComparison.Ordinal);
        Assert.Equal("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2), }", header.TrimEnd());
        Assert.Equal([1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 4, 3, 2, 1], bytes[(10 + headerLength)..]);
    }

    [Theory]
    [InlineData("()")]
    [InlineData("(7,)", 7)]
    [InlineData("(0,)", 0)]
    [InlineData("(0, 2)", 0, 2)]
    [InlineData("(1000003, 2)", 1_000_003, 2)]
    public void Every_shape_comes_back(string text, params int[] shape)
    {
        int[] values = [.. Enumerable.Range(-3, shape.Aggregate(1, (a, b) => a * b))];
        byte[] bytes = Write(values, shape);
        Assert.Contains($"'shape': {text}, }}", Encoding.ASCII.GetString(bytes, 0, 128), StringComparison.Ordinal);
        NpyArray array = NpyFile.Read(bytes, "file");
        Assert.Equal(shape, array.Shape);
        Assert.Equal(values, array.Values);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_version_type_and_order_is_read(byte version)
    {
        byte[] small = [1, 2, 3, 4, 5, 250];
        Assert.Equal([1, 2, 3, 4, 5, -6], NpyFile.Read(Make(version, "|i1", false, "(3, 2)", small), "f").Values);
        Assert.Equal([1, 2, 3, 4, 5, 250], NpyFile.Read(Make(version, "|u1", false, "(3, 2)", small), "f").Values);
        // In column-major order the first column comes first.
        Assert.Equal([1, 4, 2, 5, 3, 250], NpyFile.Read(Make(version, "|u1", true, "(3, 2)", small), "f").Values);
        Assert.Equal([1, 2, 3, 4, 5, 250], NpyFile.Read(Make(version, "|u1", true, "(6,)", small), "f").Values);
        byte[] bits = [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        Assert.Equal([-2, -1, -1, -1], NpyFile.Read(Make(version, "<i2", false, "(4,)", bits), "f").Values);
        Assert.Equal([65534, 65535, 65535, 65535], NpyFile.Read(Make(version, "<u2", false, "(4,)", bits), "f").Values);
        Assert.Equal([-2, -1], NpyFile.Read(Make(version, "<i4", false, "(2,)", bits), "f").Values);
        Assert.Equal([-2], NpyFile.Read(Make(version, "<i8", false, "()", bits), "f").Values);
        Assert.Equal([7], NpyFile.Read(Make(version, "<u4", false, "(1,)", [7, 0, 0, 0]), "f").Values);
    }

    [Fact]
    public void The_header_may_be_written_in_other_ways()
    {
        foreach (string header in (string[])[
            "{'shape':(1,),'fortran_order':False,'descr':'<i4'}",
            " { 'fortran_order' : False , 'descr' : '<i4' , 'shape' : ( 1 , ) , } \n",
        ])
        {
            Assert.Equal([9], NpyFile.Read(Make(1, header, [9, 0, 0, 0]), "f").Values);
        }
    }

    [Theory]
    [InlineData("{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }", "one of |i1, |u1, <i2, <u2, <i4, <u4, <i8, found '>i4'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "found '<f4'")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1, 1), }", "at most 2 dimensions, found shape (1, 1, 1)")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "expected 2 values of 4 bytes, found 4 bytes")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (), }, 1", "expected a header")]
    [InlineData("{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }", "expected 1 values of 2 bytes, found 4 bytes")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }", "expected a shape")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999,), }", "expected a shape")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }", "at most 2,147,483,591 values")]
    [InlineData("{'descr': '<i4', 'fortran_order': 0, 'shape': (1,), }", "expected a header")]
    [InlineData("{'descr': '<i4', 'shape': (1,), }", "expected a header")]
    [InlineData("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "expected a header")]
    [InlineData("{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", "expected a header")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'more': True}", "expected a header")]
    [InlineData("", "expected a header")]
    public void A_foreign_header_is_an_error(string header, string expected)
    {
        string message = Assert.Throws<InvalidDataException>(() => NpyFile.Read(Make(1, header, [9, 0, 0, 0]), "the file")).Message;
        Assert.StartsWith("the file: expected", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_do_not_fit_are_an_error()
    {
        byte[] big = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(big, 1L << 31);
        string message = Assert.Throws<InvalidDataException>(() => NpyFile.Read(Make(1, "<i8", false, "()", big), "f")).Message;
        Assert.Contains("found 2147483648", message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => NpyFile.Read(Make(1, "<u4", false, "()", [0, 0, 0, 128]), "f"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Cut_off_or_longer_files_are_errors(byte version)
    {
        byte[] bytes = Make(version, "<i4", false, "(2,)", [1, 0, 0, 0, 2, 0, 0, 0]);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => NpyFile.Read(bytes.AsSpan(0, length), "f"));
        Assert.Throws<InvalidDataException>(() => NpyFile.Read([.. bytes, 0], "f"));
        bytes[6] = 4;
        Assert.Contains("found 4.0", Assert.Throws<InvalidDataException>(() => NpyFile.Read(bytes, "f")).Message, StringComparison.Ordinal);
    }

    private static byte[] Write(int[] values, params int[] shape)
    {
        MemoryStream stream = new();
        NpyFile.Write(stream, values, shape);
        return stream.ToArray();
    }

    private static byte[] Make(byte version, string type, bool columnMajor, string shape, byte[] data) =>
        Make(version, $"{{'descr': '{type}', 'fortran_order': {columnMajor}, 'shape': {shape}, }}\n", data);

    private static byte[] Make(byte version, string header, byte[] data)
    {
        byte[] length = new byte[version == 1 ? 2 : 4];
        length[0] = (byte)header.Length;
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. data];
    }
}
