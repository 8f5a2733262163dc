using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Models;

/// <summary>What kind of values ids are.</summary>
internal enum IdKind
{
    Text,
    Boolean,
    Integer,
    Real,
    DateTime,
    DateTimeOffset,
    TimeSpan,
}

/// <summary>How ids of one type are written: the same text for the same value whatever its type, by which keys of one table are found in another.</summary>
internal abstract class IdFormat
{
    /// <summary>Room for any id that is not text.</summary>
    public const int MaximumLength = 64;

    // Equal values are written alike: ML.NET compares dates without their kind, and times of two offsets by the instant.
    private static readonly IdFormat[] Others =
    [
        new IdFormat<ReadOnlyMemory<char>>(IdKind.Text, "Text", value => value.ToString(), (text, out value) =>
        {
            value = text.ToString().AsMemory();
            return true;
        }),
        new IdFormat<bool>(
            IdKind.Boolean, nameof(Boolean), value => value ? bool.TrueString : bool.FalseString, (text, out value) => bool.TryParse(text, out value)),
        new IdFormat<DateTime>(
            IdKind.DateTime,
            nameof(System.DateTime),
            value => new DateTime(value.Ticks).ToString("O", CultureInfo.InvariantCulture),
            (text, out value) => DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out value)),
        new IdFormat<DateTimeOffset>(
            IdKind.DateTimeOffset,
            nameof(System.DateTimeOffset),
            value => value.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
            (text, out value) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value)),
        new IdFormat<TimeSpan>(
            IdKind.TimeSpan,
            nameof(System.TimeSpan),
            value => value.ToString(null, CultureInfo.InvariantCulture),
            (text, out value) => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value)),
    ];

    /// <summary>What the ids are.</summary>
    public abstract IdKind Kind { get; }

    /// <summary>The type's name, as model files and errors have it.</summary>
    public abstract string Name { get; }

    /// <summary>The format of a type; null for a type that is no id.</summary>
    public static IdFormat? Of(Type type) => Array.Find(Others, format => format.Type == type) ?? NumberTypes.Visit(type, NumberFormats.Instance);

    /// <summary>The format of a name; null for a name that is none.</summary>
    public static IdFormat? Named(string name) =>
        Array.Find(Others, format => format.Name == name)
            ?? (name.All(char.IsAsciiLetterOrDigit) && Type.GetType("System." + name) is { } type ? NumberTypes.Visit(type, NumberFormats.Instance) : null);

    /// <summary>An id as this format writes it; null for text that is no id of this format.</summary>
    public abstract string? Canonical(ReadOnlySpan<char> text);

    /// <summary>Writes an id other than text.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="id">The id.</param>
    /// <param name="text">Room for <see cref="MaximumLength"/> characters.</param>
    /// <param name="length">Number of characters written.</param>
    /// <returns>What the id is; null for a type that is no id.</returns>
    public static IdKind? Write<T>(T id, Span<char> text, out int length)
    {
        length = 0;
        // The JIT decides these comparisons for each type, and nothing is boxed.
        if (typeof(T) == typeof(sbyte)) return Write((sbyte)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(byte)) return Write((byte)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(short)) return Write((short)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(ushort)) return Write((ushort)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(int)) return Write((int)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(uint)) return Write((uint)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(long)) return Write((long)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(ulong)) return Write((ulong)(object)id!, IdKind.Integer, text, out length);
        if (typeof(T) == typeof(float)) return Write((float)(object)id! + 0f, IdKind.Real, text, out length);
        if (typeof(T) == typeof(double)) return Write((double)(object)id! + 0d, IdKind.Real, text, out length);
        if (Of(typeof(T)) is not IdFormat<T> format || format.Kind == IdKind.Text)
            return null;
        string written = format.ToText(id);
        written.CopyTo(text);
        length = written.Length;
        return format.Kind;
    }

    /// <summary>The type of the ids.</summary>
    public abstract Type Type { get; }

    /// <summary>Does something with the type of the ids.</summary>
    public abstract TResult Accept<TResult>(IIdVisitor<TResult> visitor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static IdKind Write<T>(T id, IdKind kind, Span<char> text, out int length)
        where T : ISpanFormattable
    {
        id.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
        return kind;
    }

    private sealed class NumberFormats : INumberVisitor<IdFormat>
    {
        public static NumberFormats Instance { get; } = new();

        public IdFormat Visit<T>()
            where T : unmanaged, INumber<T> =>
            new IdFormat<T>(
                typeof(T) == typeof(float) || typeof(T) == typeof(double) ? IdKind.Real : IdKind.Integer,
                typeof(T).Name,
                value => Text(value),
                (text, out value) => T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value));

        // -0 and 0 are one value.
        private static string Text<T>(T value)
            where T : INumber<T> => (value + T.Zero).ToString(null, CultureInfo.InvariantCulture);
    }
}

/// <summary>Does something with ids of a type.</summary>
internal interface IIdVisitor<out TResult>
{
    TResult Visit<T>(IdFormat<T> format);
}

/// <summary>How ids of a type are written.</summary>
/// <typeparam name="T">The type, as ML.NET has it: text is <see cref="ReadOnlyMemory{T}"/> of characters.</typeparam>
internal sealed class IdFormat<T>(IdKind kind, string name, Func<T, string> toText, IdFormat<T>.Parser parse) : IdFormat
{
    /// <summary>Reads an id; false for text that is no id of the type.</summary>
    public delegate bool Parser(ReadOnlySpan<char> text, out T id);

    public override IdKind Kind => kind;

    public override string Name => name;

    public override Type Type => typeof(T);

    public override TResult Accept<TResult>(IIdVisitor<TResult> visitor) => visitor.Visit(this);

    /// <summary>An id as text.</summary>
    public string ToText(T id) => toText(id);

    /// <summary>Reads an id; false for text that is no id of the type.</summary>
    public bool TryParse(ReadOnlySpan<char> text, out T id) => parse(text, out id);

    public override string? Canonical(ReadOnlySpan<char> text) => parse(text, out T id) ? toText(id) : null;
}
