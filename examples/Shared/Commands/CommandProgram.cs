using System.CommandLine;

namespace LightGcn.Examples;

/// <summary>Runs a program by its command line. A mistake of the user's is one line on the error stream and exit code 1.</summary>
public static class CommandProgram
{
    private const int Failed = 1, Cancelled = 130;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="command">The program's command, whose actions throw what goes wrong.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="streams">Where output and errors go; null for the console.</param>
    /// <param name="cancellationToken">Ends the command, as Ctrl+C does.</param>
    /// <returns>The exit code: the action's own, 1 after a mistake, 130 after an end from outside.</returns>
    public static async Task<int> RunAsync(RootCommand command, IReadOnlyList<string> arguments, InvocationConfiguration? streams = null, CancellationToken cancellationToken = default)
    {
        streams ??= new InvocationConfiguration();
        streams.EnableDefaultExceptionHandler = false;
        // The name of a file may start with "@", which would stand for a file of arguments.
        ParseResult parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (CommandMistake.Find(parsed) is { } mistake)
                throw new UserErrorException(mistake);
            return await parsed.InvokeAsync(streams, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await streams.Error.WriteLineAsync("Cancelled.").ConfigureAwait(false);
            return Cancelled;
        }
        catch (Exception error) when (UserError.Is(error))
        {
            await streams.Error.WriteLineAsync(UserError.Line(error)).ConfigureAwait(false);
            return Failed;
        }
    }
}
