using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Data;

public sealed class IdReaderTests
{
    [Fact]
    public void Every_scalar_type_gives_ordinals_by_first_appearance()
    {
        Check<sbyte>(NumberDataViewType.SByte, [-3, 5, -3, 0], [0, 1, 0, 2]);
        Check<byte>(NumberDataViewType.Byte, [0, 255, 0], [0, 1, 0]);
        Check<short>(NumberDataViewType.Int16, [-1, 7, 7], [0, 1, 1]);
        Check<ushort>(NumberDataViewType.UInt16, [9, 8, 9], [0, 1, 0]);
        Check(NumberDataViewType.Int32, [int.MinValue, int.MaxValue, int.MinValue], [0, 1, 0]);
        Check(NumberDataViewType.UInt32, [uint.MaxValue, 0u, uint.MaxValue], [0, 1, 0]);
        Check(NumberDataViewType.Int64, [long.MinValue, long.MaxValue, long.MinValue], [0, 1, 0]);
        Check(NumberDataViewType.UInt64, [ulong.MaxValue, 0ul, ulong.MaxValue], [0, 1, 0]);
        Check(NumberDataViewType.Single, [1.5f, float.NaN, 0f, -0f, 1.5f], [0, -1, 1, 1, 0]);
        Check(NumberDataViewType.Double, [1.5, double.NaN, 0.0, -0.0, 1.5], [0, -1, 1, 1, 0]);
        Check(BooleanDataViewType.Instance, [true, false, true], [0, 1, 0]);
        Check(DateTimeDataViewType.Instance, [DateTime.UnixEpoch, DateTime.MinValue, DateTime.UnixEpoch], [0, 1, 0]);
        Check(DateTimeOffsetDataViewType.Instance, [DateTimeOffset.UnixEpoch, DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch], [0, 1, 0]);
        Check(TimeSpanDataViewType.Instance, [TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.Zero], [0, 1, 0]);
        Check(RowIdDataViewType.Instance, [new DataViewRowId(1, 0), new DataViewRowId(0, 1), new DataViewRowId(1, 0)], [0, 1, 0]);
        Check(TextDataViewType.Instance, ["b".AsMemory(), "a".AsMemory(), default, "B".AsMemory(), "cb".AsMemory()[1..]], [0, 1, -1, 2, 0]);
    }

    [Fact]
    public void Every_key_type_gives_ordinals_and_missing_for_0_and_above_the_count()
    {
        Check<byte>(new KeyDataViewType(typeof(byte), 5), [4, 1, 6, 0, 4, 5], [0, 1, -1, -1, 0, 2]);
        Check<byte>(new KeyDataViewType(typeof(byte), 255), [255, 1, 0, 255], [0, 1, -1, 0]);
        Check<ushort>(new KeyDataViewType(typeof(ushort), 5), [4, 1, 6, 0, 4, 5], [0, 1, -1, -1, 0, 2]);
        Check<uint>(new KeyDataViewType(typeof(uint), 5), [4, 1, 6, 0, 4, 5, uint.MaxValue], [0, 1, -1, -1, 0, 2, -1]);
        Check<ulong>(new KeyDataViewType(typeof(ulong), 5ul), [4, 1, 6, 0, 4, 5, ulong.MaxValue], [0, 1, -1, -1, 0, 2, -1]);
        // The table grows from small to large keys, up to the last one.
        Check<uint>(new KeyDataViewType(typeof(uint), 1 << 24), [1, 1023, 1024, 99_999, 1_000_000, 1 << 24, 1024, 1, (1 << 24) + 1], [0, 1, 2, 3, 4, 5, 2, 0, -1]);
        // Keys of a wide range have no table.
        Check<uint>(new KeyDataViewType(typeof(uint), uint.MaxValue), [uint.MaxValue, 7, uint.MaxValue, 0], [0, 1, 0, -1]);
        Check<uint>(new KeyDataViewType(typeof(uint), (1 << 24) + 1), [(1 << 24) + 1, (1 << 24) + 2, 1], [0, -1, 1]);
        Check<ulong>(new KeyDataViewType(typeof(ulong), ulong.MaxValue), [ulong.MaxValue, 7, ulong.MaxValue, 0], [0, 1, 0, -1]);
    }

    [Fact]
    public void Text_that_was_seen_makes_no_string()
    {
        ReadOnlyMemory<char>[] names = [.. Enumerable.Range(0, 100).Select(n => $"a user with a rather long name {n}".AsMemory())];
        DataViewSchema schema = SchemaOf(TextDataViewType.Instance);
        OneColumn<ReadOnlyMemory<char>> row = new(schema);
        IdReader reader = IdReader.OpenerFor(TextDataViewType.Instance)!(row, schema[0]);
        long before = 0;
        for (int n = 0; n < 10_000; n++)
        {
            if (n == 5_000)
                before = GC.GetAllocatedBytesForCurrentThread();
            row.Value = names[n % 100];
            if (reader.Read() != n % 100)
                Assert.Fail($"Row {n} got another ordinal.");
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(100, reader.Count);
    }

    [Fact]
    public void A_vector_is_no_id() => Assert.Null(IdReader.OpenerFor(new VectorDataViewType(NumberDataViewType.Int32, 2)));

    private static void Check<T>(DataViewType type, T[] values, int[] expected)
    {
        DataViewSchema schema = SchemaOf(type);
        OneColumn<T> row = new(schema);
        IdReader reader = IdReader.OpenerFor(type)!(row, schema[0]);
        List<int> found = [];
        foreach (T value in values)
        {
            row.Value = value;
            found.Add(reader.Read());
        }
        Assert.Equal(expected, found);
        Assert.Equal(expected.Max() + 1, reader.Count);
    }

    private static DataViewSchema SchemaOf(DataViewType type)
    {
        DataViewSchema.Builder builder = new();
        builder.AddColumn("Id", type);
        return builder.ToSchema();
    }

    private sealed class OneColumn<T>(DataViewSchema schema) : DataViewRow
    {
        public T? Value { get; set; }

        public override long Position => 0;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)(Delegate)(ValueGetter<T>)((ref T value) => value = Value!);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = default;
    }
}
