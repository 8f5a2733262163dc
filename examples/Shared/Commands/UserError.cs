using System.Data.Common;
using System.Security.Cryptography;

namespace LightGcn.Examples;

/// <summary>Tells errors of the user's input and surroundings from faults of the program, and puts them into a line.</summary>
public static class UserError
{
    /// <summary>
    /// Whether an error comes from what the program was given or found: files, networks, databases, settings that the library refuses, or more
    /// than fits into memory. Any other is a fault of the program, whose stack trace is wanted.
    /// </summary>
    /// <param name="error">The error.</param>
    public static bool Is(Exception error) => error switch
    {
        AggregateException several => several.InnerExceptions.All(Is),
        _ => error is UserErrorException or InvalidDataException or IOException or UnauthorizedAccessException or HttpRequestException
            or ArgumentException or InvalidOperationException or NotSupportedException or FormatException
            or CryptographicException or DbException or OutOfMemoryException,
    };

    /// <summary>The error and the reasons behind it in one line.</summary>
    /// <param name="error">The error.</param>
    public static string Line(Exception error)
    {
        string line = "";
        for (Exception? part = error is AggregateException several ? several.InnerExceptions[0] : error; part is not null; part = part.InnerException)
        {
            string message = string.Join(' ', Message(part).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (!line.Contains(message, StringComparison.Ordinal))
                line = line.Length == 0 ? message : $"{line.TrimEnd('.')}. {message}";
        }
        return line;
    }

    /// <summary>Does what an option asks for. Where that fails by the user's input or surroundings, the error names the option.</summary>
    /// <typeparam name="T">What is made.</typeparam>
    /// <param name="option">The option's name, such as --data.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="UserErrorException">The work failed.</exception>
    public static T For<T>(string option, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (Is(error))
        {
            throw Of(option, error);
        }
    }

    /// <inheritdoc cref="For{T}(string, Func{T})"/>
    public static void For(string option, Action work) => For(option, () =>
    {
        work();
        return 0;
    });

    /// <inheritdoc cref="For{T}(string, Func{T})"/>
    public static async Task<T> ForAsync<T>(string option, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception error) when (Is(error))
        {
            throw Of(option, error);
        }
    }

    private static UserErrorException Of(string option, Exception error) => new($"{option}: {Line(error)}", error);

    /// <summary>The message without the name of a parameter, which says nothing to whoever calls a program.</summary>
    private static string Message(Exception error) =>
        error is ArgumentException { ParamName: { } name } ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : error.Message;
}
