using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>
/// Writes a model in the Open Neural Network Exchange format: inputs, constants, nodes and outputs of one graph, as protocol buffers. The numbers of fields
/// are those of onnx.proto (IR version 8).
/// </summary>
/// <remarks>Constants are written from where they lie, without a copy.</remarks>
internal sealed class OnnxFile
{
    /// <summary>The version of the standard operators.</summary>
    public const int OperatorSet = 18;

    private const int IrVersion = 8;
    private const int Float = 1, Int64 = 7;

    // What protocol buffers allow a message to be.
    private const long LargestFile = int.MaxValue;

    private readonly List<(byte[] Head, Action<Stream> WriteData, long Length)> _constants = [];
    private readonly List<byte[]> _nodes = [], _inputs = [], _outputs = [], _metadata = [];

    /// <summary>Declares an input of whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its length, a number, or a name for one that varies.</param>
    public void Input(string name, string length) => _inputs.Add(Value(name, Int64, length));

    /// <summary>Declares an output of whole numbers or of floats, of a length that varies.</summary>
    public void Output(string name, bool isFloat, string length) => _outputs.Add(Value(name, isFloat ? Float : Int64, length));

    /// <summary>Adds a constant tensor of floats or of 64-bit integers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its values, row-major.</param>
    /// <param name="shape">Its shape.</param>
    public void Constant<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged => Constant<T>(name, values.Length, stream =>
        {
            const int PartLength = 1 << 20;
            for (int start = 0; start < values.Length; start += PartLength)
                stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(start, Math.Min(PartLength, values.Length - start))));
        }, shape);

    /// <summary>Adds a constant tensor whose values are made as they are written.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="write">Writes them, little-endian.</param>
    /// <param name="shape">Its shape.</param>
    public void Constant<T>(string name, long count, Action<Stream> write, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long length = count * Marshal.SizeOf<T>();
        Message head = new();
        foreach (long size in shape)
            head.Number(1, size);
        head.Number(2, typeof(T) == typeof(float) ? Float : Int64).Text(8, name).Start(9, length);
        _constants.Add((head.ToArray(), write, length));
    }

    /// <summary>Adds a node.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="outputs">Names of its outputs.</param>
    /// <param name="attributes">Its attributes that are whole numbers.</param>
    public void Node(string operation, string[] inputs, string[] outputs, params ReadOnlySpan<(string Name, long Value)> attributes)
    {
        const int IntegerAttribute = 2;
        Message node = new();
        foreach (string input in inputs)
            node.Text(1, input);
        foreach (string output in outputs)
            node.Text(2, output);
        node.Text(4, operation);
        foreach ((string name, long value) in attributes)
            node.Nested(5, new Message().Text(1, name).Number(3, value).Number(20, IntegerAttribute));
        _nodes.Add(node.ToArray());
    }

    /// <summary>Adds a text that readers of the model may ask for.</summary>
    public void Metadata(string key, string value) => _metadata.Add(new Message().Text(1, key).Text(2, value).ToArray());

    /// <summary>Writes it all.</summary>
    /// <exception cref="NotSupportedException">The file would be of 2 GiB or more.</exception>
    public void Write(Stream stream)
    {
        Message front = new();
        foreach (byte[] node in _nodes)
            front.Bytes(1, node);
        front.Text(2, "recommender");
        Message back = new();
        foreach (byte[] input in _inputs)
            back.Bytes(11, input);
        foreach (byte[] output in _outputs)
            back.Bytes(12, output);
        byte[][] heads = [.. _constants.Select(constant => new Message().Start(5, constant.Head.Length + constant.Length).ToArray())];
        long graph = front.Length + back.Length;
        for (int c = 0; c < heads.Length; c++)
            graph += heads[c].Length + _constants[c].Head.Length + _constants[c].Length;
        Message model = new Message().Number(1, IrVersion).Text(2, "Microsoft.ML.LightGcn").Nested(8, new Message().Text(1, "").Number(2, OperatorSet));
        foreach (byte[] entry in _metadata)
            model.Bytes(14, entry);
        if (graph + model.Length > LargestFile)
            throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                $"An ONNX file is less than {LargestFile:N0} bytes long, and this model takes {graph + model.Length:N0}."));
        model.Start(7, graph);
        stream.Write(model.ToArray());
        stream.Write(front.ToArray());
        for (int c = 0; c < heads.Length; c++)
        {
            stream.Write(heads[c]);
            stream.Write(_constants[c].Head);
            _constants[c].WriteData(stream);
        }
        stream.Write(back.ToArray());
    }

    private static byte[] Value(string name, int elementType, string length)
    {
        Message dimension = long.TryParse(length, CultureInfo.InvariantCulture, out long fixedLength)
            ? new Message().Number(1, fixedLength)
            : new Message().Text(2, length);
        Message tensor = new Message().Number(1, elementType).Nested(2, new Message().Nested(1, dimension));
        return new Message().Text(1, name).Nested(2, new Message().Nested(1, tensor)).ToArray();
    }

    /// <summary>A message of protocol buffers, field by field.</summary>
    private sealed class Message
    {
        private const int Varint = 0, LengthDelimited = 2;

        private readonly ArrayBufferWriter<byte> _bytes = new();

        public long Length => _bytes.WrittenCount;

        public Message Number(int field, long value)
        {
            Tag(field, Varint);
            Write((ulong)value);
            return this;
        }

        public Message Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Message Nested(int field, Message message) => Bytes(field, message.ToArray());

        public Message Bytes(int field, byte[] value)
        {
            Start(field, value.Length);
            _bytes.Write(value);
            return this;
        }

        /// <summary>Starts a field whose bytes are written by others.</summary>
        public Message Start(int field, long length)
        {
            Tag(field, LengthDelimited);
            Write((ulong)length);
            return this;
        }

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

        private void Tag(int field, int type) => Write((ulong)(field << 3 | type));

        private void Write(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                _bytes.Write([(byte)(value | 0x80)]);
            _bytes.Write([(byte)value]);
        }
    }
}
