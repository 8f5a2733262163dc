using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace LightGcn.Examples;

/// <summary>The first mistake of a command line, in the wording of all our errors.</summary>
internal static class CommandMistake
{
    /// <summary>What is wrong; null where nothing is, or where help is asked for.</summary>
    public static string? Find(ParseResult parsed)
    {
        if (parsed.Action is { ClearsParseErrors: true })
            return null;
        CommandResult command = parsed.CommandResult;
        if (command.Parent is CommandResult parent && Given(parent).FirstOrDefault() is { } misplaced)
            return $"{misplaced.Option.Name}: expected only options of '{command.Command.Name}', found one of the whole program.";
        foreach (OptionResult option in Given(command))
        {
            if (option.IdentifierTokenCount > 1)
                return $"{option.Option.Name}: expected once, found {option.IdentifierTokenCount} times.";
            if (option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues)
                return $"{option.Option.Name}: expected a value, found none.";
            // The parser takes the next word for the value, whatever it is.
            if (option.Tokens is [{ Value: string next }, ..] && Options(command.Command).Any(known => known.Name == next))
                return $"{option.Option.Name}: expected a value, found the option {next}.";
        }
        if (parsed.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult { Implicit: false }) is { } value)
            return value.Message;
        if (parsed.UnmatchedTokens is [string unknown, ..])
            return $"Expected {Known(command.Command)}, found '{unknown}'.";
        Symbol? missing = command.Command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && command.GetResult(argument) is not { Tokens.Count: > 0 });
        missing ??= command.Command.Options.FirstOrDefault(option => option.Required && !command.Has(option));
        if (missing is not null)
            return $"{missing.Name}: expected a value, found none. {missing.Description}";
        return parsed.Errors is [ParseError error, ..] ? error.Message : null;
    }

    private static IEnumerable<OptionResult> Given(CommandResult command) => command.Children.OfType<OptionResult>().Where(option => !option.Implicit);

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive)));

    private static string Known(Command command) =>
        $"one of {string.Join(", ", command.Subcommands.Select(subcommand => subcommand.Name).Concat(Options(command).Select(option => option.Name)))}";
}
