using Leaderboard;
using Spectre.Console;

return await CommandLine.Create(AnsiConsole.Console).Parse(args).InvokeAsync();
