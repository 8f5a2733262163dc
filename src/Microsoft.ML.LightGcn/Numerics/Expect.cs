using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.ML.LightGcn.Numerics;

/// <summary>Checks of options and arguments. Every message names which one, what was expected and what was found, in one wording.</summary>
internal static class Expect
{
    // More than any machine of today has processors.
    private const int MaximumThreads = 1024;

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

    /// <summary>A whole number from a minimum to a maximum; null is for the caller to say.</summary>
    public static void Between(int minimum, int maximum, int? value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (value < minimum || value > maximum)
            throw Option(option, Range(minimum, maximum), value);
    }

    /// <summary>A number from a minimum to a maximum.</summary>
    public static void Between(float minimum, float maximum, float value, [CallerArgumentExpression(nameof(value))] string option = "")
    {
        if (!(value >= minimum && value <= maximum))
            throw Option(option, Range(minimum, maximum), value);
    }

    /// <summary>An argument from a minimum to a maximum.</summary>
    public static void ArgumentBetween(int minimum, int maximum, int value, [CallerArgumentExpression(nameof(value))] string argument = "")
    {
        if (value < minimum || value > maximum)
            throw Argument(argument, maximum == int.MaxValue ? $"at least {minimum}" : Range(minimum, maximum), value);
    }

    /// <summary>An argument from a minimum to a maximum.</summary>
    public static void ArgumentBetween(double minimum, double maximum, double value, [CallerArgumentExpression(nameof(value))] string argument = "")
    {
        if (!(value >= minimum && value <= maximum))
            throw Argument(argument, Range(minimum, maximum), value);
    }

    /// <summary>An argument from a minimum to a maximum.</summary>
    public static void ArgumentBetween(float minimum, float maximum, float value, [CallerArgumentExpression(nameof(value))] string argument = "")
    {
        if (!(value >= minimum && value <= maximum))
            throw Argument(argument, Range(minimum, maximum), value);
    }

    /// <summary>A number of threads; null is for the caller to say.</summary>
    public static void Threads(int? value, [CallerArgumentExpression(nameof(value))] string option = "") => Between(1, MaximumThreads, value, option);

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

    /// <summary>A number as messages write it: whole numbers with commas, the same in every culture.</summary>
    public static string Text(object? number) => number switch
    {
        float value when float.IsInteger(value) && Math.Abs(value) < 1e7f => value.ToString("N0", CultureInfo.InvariantCulture),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{number:N0}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number}"),
    };

    private static string Range(object minimum, object maximum) => $"{Text(minimum)} to {Text(maximum)}";

    private static ArgumentOutOfRangeException Error(string what, string name, string expected, object? found) =>
        new(name, $"{what} {name}: expected {expected}, found {Text(found)}.");
}
