using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.RegularExpressions;
using LightGcn.Testing;

namespace Leaderboard.Tests;

/// <summary>Every program of the repository says what it takes, and the pages ask for nothing else.</summary>
public sealed partial class HelpTests(HelpTests.Helps helps) : IClassFixture<HelpTests.Helps>
{
    // Other programs' options that pages name.
    private static readonly string[] OfMpirunAndDotnet = ["--allow-run-as-root", "--bind-to", "--mca", "--oversubscribe", "--prerelease"];

    [Fact]
    public void Every_command_has_a_help_and_every_option_a_description()
    {
        Assert.InRange(helps.Programs.Count, 8, 100);
        List<string> faults = [];
        foreach ((string program, Dictionary<string, Help> commands) in helps.Programs)
        {
            foreach ((string command, Help help) in commands)
            {
                Assert.Contains("--help", help.Options.Keys);
                faults.AddRange(help.Options.Concat(help.Commands).Where(told => told.Value.Length == 0)
                    .Select(told => $"{program} {command}: {told.Key} has no description"));
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Command_lines_in_the_pages_take_what_the_programs_take()
    {
        (string Page, string Program, string[] Arguments)[] lines = [.. Pages().SelectMany(CommandLines)];
        Assert.InRange(lines.Length, 40, 1000);
        string[] faults = [.. lines.SelectMany(line => Faults(line.Program, line.Arguments).Select(fault => $"{line.Page}: {fault}"))];
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    /// <summary>In its text a page says in words which program it means, so any program will do.</summary>
    [Fact]
    public void Options_in_the_text_of_the_pages_are_some_program_s()
    {
        HashSet<string> known = [.. helps.Programs.Values.SelectMany(commands => commands.Values).SelectMany(help => help.Options.Keys), .. OfMpirunAndDotnet];
        (string Page, string Option)[] named = [.. Pages().SelectMany(OptionsInText)];
        Assert.InRange(named.Length, 30, 1000);
        string[] faults = [.. named.Where(one => !known.Contains(one.Option)).Select(one => $"{one.Page}: no program has {one.Option}")];
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    private IEnumerable<string> Faults(string program, string[] arguments)
    {
        if (!helps.Programs.TryGetValue(program, out Dictionary<string, Help>? commands))
            return [$"{program} is no program"];
        bool namesCommand = commands[""].Commands.Count > 0 && arguments.Length > 0 && !IsOption(arguments[0]);
        if (!commands.TryGetValue(namesCommand ? arguments[0] : "", out Help? help))
            return [$"{program}: no command '{arguments[0]}'"];
        return arguments.Where(IsOption).Select(NameOf).Where(option => !help.Options.ContainsKey(option))
            .Select(option => $"{program}: no {option} in '{string.Join(' ', arguments)}'");
    }

    private static bool IsOption(string argument) => argument.StartsWith("--", StringComparison.Ordinal);

    private static string NameOf(string option) => option.Split('=')[0];

    // What has changed may name what is gone.
    private static IEnumerable<string> Pages() => Directory.GetFiles(Repository.Root(), "*.md").Where(page => Path.GetFileName(page) != "CHANGELOG.md")
        .Concat(Directory.GetFiles(Path.Combine(Repository.Root(), "docs"), "*.md"));

    private static string Name(string page) => Path.GetRelativePath(Repository.Root(), page).Replace('\\', '/');

    /// <summary>The folders of programs that a page starts, with their arguments; tests have the command line of their runner.</summary>
    private static IEnumerable<(string Page, string Program, string[] Arguments)> CommandLines(string page)
    {
        foreach (Match match in StartsOfPrograms().Matches(File.ReadAllText(page)))
        {
            string[] words = [.. CommandLineParser.SplitCommandLine(match.Groups["words"].Value)];
            if (match.Groups["built"] is { Success: true } built)
            {
                yield return (Name(page), built.Value, words);
                continue;
            }
            int project = Array.IndexOf(words, "--project") + 1, separator = Array.IndexOf(words, "--");
            if (project > 0 && !words[project].StartsWith("tests/", StringComparison.Ordinal))
                yield return (Name(page), words[project], separator < 0 ? [] : words[(separator + 1)..]);
        }
    }

    /// <summary>The options between backticks.</summary>
    private static IEnumerable<(string Page, string Option)> OptionsInText(string page) => SpansOfOptions().Matches(File.ReadAllText(page))
        .SelectMany(span => span.Value.Trim('`').Split(' ')).Where(IsOption).Select(option => (Name(page), NameOf(option)));

    [GeneratedRegex(@"dotnet (?:run|(?<built>(?:examples|benchmarks)/\w+)/bin/\S+\.dll)(?<words> [^`\n]*|$)", RegexOptions.Multiline)]
    private static partial Regex StartsOfPrograms();

    [GeneratedRegex("`--[a-z][^`\n]*`")]
    private static partial Regex SpansOfOptions();

    /// <summary>What a command's help tells: options and commands, with their descriptions.</summary>
    internal sealed partial record Help(Dictionary<string, string> Options, Dictionary<string, string> Commands)
    {
        public static Help Read(string text)
        {
            Help help = new([], []);
            bool isOfCommands = false;
            foreach (string line in text.Split('\n').Select(line => line.TrimEnd()))
            {
                if (line.Length > 0 && line[0] != ' ')
                    isOfCommands = line == "Commands:";
                else if (isOfCommands && CommandLine().Match(line) is { Success: true } command)
                    help.Commands.Add(command.Groups["name"].Value, command.Groups["description"].Value);
                else if (OptionLine().Match(line) is { Success: true } option)
                    help.Options.Add(option.Groups["name"].Value, option.Groups["description"].Value);
            }
            return help;
        }

        [GeneratedRegex(@"^  (?<name>[a-z]\S*)(?: <[^>]+>)*(?:  +(?<description>.*))?$")]
        private static partial Regex CommandLine();

        [GeneratedRegex(@"^  (?:-\S+, )*(?<name>--[\w-]+)(?: <[^>]+>)?(?: \(REQUIRED\))?(?:  +(?<description>.*))?$")]
        private static partial Regex OptionLine();
    }

    /// <summary>The helps of all programs, by folder and command; "" is the program's own.</summary>
    public sealed class Helps : IAsyncLifetime
    {
        internal SortedDictionary<string, Dictionary<string, Help>> Programs { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            string root = Repository.Root();
            IEnumerable<string> folders = ((string[])["benchmarks", "examples"]).SelectMany(folder => Directory.GetDirectories(Path.Combine(root, folder)));
            foreach (string folder in folders.Where(folder => File.Exists(Path.Combine(folder, "Program.cs"))))
            {
                Dictionary<string, Help> commands = new() { [""] = await AskAsync(folder) };
                foreach (string command in commands[""].Commands.Keys)
                    commands.Add(command, await AskAsync(folder, command));
                Programs.Add(Name(folder), commands);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static async Task<Help> AskAsync(string folder, params string[] command)
        {
            // Built as these tests are: bin/Release/net10.0.
            string built = Path.GetRelativePath(Path.Combine(Repository.Root(), "tests", "Leaderboard.Tests"), AppContext.BaseDirectory);
            string assembly = Path.ChangeExtension(Path.GetFileName(Assert.Single(Directory.GetFiles(folder, "*.csproj"))), ".dll");
            ProcessStartInfo start = new("dotnet", [Path.Combine(folder, built, assembly), .. command, "--help"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            CancellationToken token = TestContext.Current.CancellationToken;
            Task<string> output = process.StandardOutput.ReadToEndAsync(token), error = process.StandardError.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            Assert.True(process.ExitCode == 0, $"{assembly} {string.Join(' ', command)}: {await error}");
            return Help.Read(await output);
        }
    }
}
