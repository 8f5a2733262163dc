using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Checks of options and arguments. Every message names which one, what was expected and what was found, in one wording.</summary>
internal static class Expect
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether UTF-8 can carry a text: whether it has no half of a surrogate pair.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>A whole number of at least a minimum; null is for the caller to say.</summary>
    public static void AtLeast(int minimum, int? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < minimum)
            throw Option(option, $"at least {minimum}", value);
    }

    /// <summary>A positive finite number.</summary>
    public static void Positive(float value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!(value > 0 && float.IsFinite(value)))
            throw Option(option, "a positive finite number", value);
    }

    /// <summary>0 or a positive finite number.</summary>
    public static void NotNegative(float value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!(value >= 0 && float.IsFinite(value)))
            throw Option(option, "0 or a positive finite number", value);
    }

    /// <summary>Something.</summary>
    public static void NotNull(object? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value is null)
            throw Option(option, "a value", "null");
    }

    /// <summary>A value of an enumeration.</summary>
    public static void Defined<T>(T value, [CallerArgumentExpression(nameof(value))] string option = "")
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw Option(option, $"a value of {typeof(T).Name}", value);
    }

    /// <summary>The name of a column.</summary>
    public static void ColumnName(string? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (string.IsNullOrEmpty(value))
            throw Option(option, "the name of a column", value is null ? "null" : "an empty string");
        if (!IsWellFormed(value))
            throw Option(option, "the name of a column", "text with half a surrogate pair");
    }

    /// <summary>Two names of columns that differ.</summary>
    public static void UserAndItemColumn(string? userColumnName, string? itemColumnName)
    {
        ColumnName(userColumnName, "UserColumnName");
        ColumnName(itemColumnName, "ItemColumnName");
        if (userColumnName == itemColumnName)
            throw Option("ItemColumnName", "a column other than the user column", $"'{itemColumnName}' for both");
    }

    /// <summary>The error of an option.</summary>
    public static ArgumentOutOfRangeException Option(string option, string expected, object? found) =>
        Error("Option", option, expected, found);

    /// <summary>The error of an argument.</summary>
    public static ArgumentOutOfRangeException Argument(string argument, string expected, object? found) =>
        Error("Argument", argument, expected, found);

    private static ArgumentOutOfRangeException Error(string what, string name, string expected, object? found) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{what} {name}: expected {expected}, found {found}."));
}
