using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace LightGcn.Examples;

/// <summary>Options that read their values by themselves, and whose errors name the option, what was expected and what was found.</summary>
public static class OptionReading
{
    /// <summary>Reads the value.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="read">Gives the value of a text, or throws a <see cref="UserErrorException"/> "expected ..., found ...".</param>
    /// <returns>The option.</returns>
    public static Option<T> Reads<T>(this Option<T> option, Func<string, T> read)
    {
        option.CustomParser = result => Read(result, option.Name, read);
        return option;
    }

    /// <inheritdoc cref="Reads{T}(Option{T}, Func{string, T})"/>
    public static Argument<T> Reads<T>(this Argument<T> argument, Func<string, T> read)
    {
        argument.CustomParser = result => Read(result, argument.Name, read);
        return argument;
    }

    /// <summary>Reads a number of a range.</summary>
    /// <typeparam name="T">Type of the number.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="minimum">The least number.</param>
    /// <param name="maximum">The greatest number.</param>
    public static Option<T> Number<T>(this Option<T> option, T minimum, T maximum)
        where T : struct, INumber<T> => option.Reads(text => Number(text, minimum, maximum));

    /// <inheritdoc cref="Number{T}(Option{T}, T, T)"/>
    public static Option<T?> Number<T>(this Option<T?> option, T minimum, T maximum)
        where T : struct, INumber<T> => option.Reads<T?>(text => Number(text, minimum, maximum));

    /// <summary>Reads one or more numbers of a range, separated by commas.</summary>
    /// <param name="option">The option.</param>
    /// <param name="minimum">The least number.</param>
    /// <param name="maximum">The greatest number.</param>
    public static Option<int[]> Numbers(this Option<int[]> option, int minimum, int maximum) =>
        option.Reads(text => List(text, "numbers", part => Number(part, minimum, maximum)));

    /// <summary>Reads one or more of some names, separated by commas.</summary>
    /// <param name="option">The option.</param>
    /// <param name="known">The names that there are.</param>
    public static Option<string[]> Names(this Option<string[]> option, IEnumerable<string> known) =>
        option.Reads(text => List(text, "names", part => known.Contains(part) ? part : throw Unexpected($"some of {string.Join(", ", known)}", part)));

    /// <summary>Reads the name of a value of an enumeration, in any case.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="option">The option.</param>
    public static Option<T> Choice<T>(this Option<T> option)
        where T : struct, Enum
    {
        Dictionary<string, T> values = Enum.GetValues<T>().ToDictionary(value => value.ToString(), StringComparer.OrdinalIgnoreCase);
        string names = string.Join(", ", values.Keys.Select(name => name.ToLowerInvariant()));
        return option.Reads(text => values.TryGetValue(text, out T value) ? value : throw Unexpected($"one of {names}", text));
    }

    /// <summary>Reads the path of a folder that is there, and gives it in full.</summary>
    /// <param name="option">The option.</param>
    public static Option<string?> ExistingFolder(this Option<string?> option) => option.Reads<string?>(OptionPaths.ReadableFolder);

    /// <summary>Reads the path of a file that is there, and gives it in full.</summary>
    /// <param name="option">The option.</param>
    public static Option<string?> ExistingFile(this Option<string?> option) => option.Reads<string?>(OptionPaths.ReadableFile);

    /// <inheritdoc cref="ExistingFile(Option{string})"/>
    public static Argument<string?> ExistingFile(this Argument<string?> argument) => argument.Reads<string?>(OptionPaths.ReadableFile);

    /// <summary>Reads the path of a folder in which files can be written, there or still to be made, and gives it in full.</summary>
    /// <param name="option">The option.</param>
    public static Option<string?> OutputFolder(this Option<string?> option) => option.Reads<string?>(OptionPaths.WritableFolder);

    /// <summary>Reads the path of a file that can be written, and gives it in full.</summary>
    /// <param name="option">The option.</param>
    public static Option<string?> OutputFile(this Option<string?> option) => option.Reads<string?>(OptionPaths.WritableFile);

    /// <summary>Whether the command line has the option.</summary>
    /// <param name="command">A command with the option.</param>
    /// <param name="option">The option.</param>
    public static bool Has(this SymbolResult command, Option option) => command.GetResult(option) is { Implicit: false };

    /// <summary>The error of a value.</summary>
    /// <param name="expected">What was expected.</param>
    /// <param name="found">What was found.</param>
    public static UserErrorException Unexpected(string expected, string found) => new($"expected {expected}, found '{found}'.");

    /// <summary>Reads a number of a range.</summary>
    private static T Number<T>(string text, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        bool isWhole = T.IsInteger(T.One / (T.One + T.One));
        if (T.TryParse(text, isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= minimum && value <= maximum)
            return value;
        throw Unexpected(string.Create(CultureInfo.InvariantCulture, $"a {(isWhole ? "whole " : "")}number from {minimum} to {maximum}"), text);
    }

    private static T[] List<T>(string text, string of, Func<string, T> read)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0 ? Array.ConvertAll(parts, part => read(part)) : throw Unexpected($"{of} separated by commas", text);
    }

    private static T Read<T>(ArgumentResult result, string name, Func<string, T> read)
    {
        try
        {
            return read(result.Tokens[0].Value);
        }
        catch (UserErrorException error)
        {
            result.AddError($"{name}: {error.Message}");
            return default!;
        }
    }
}
