using GoodBooks;
using LightGcn.Examples;
using Spectre.Console;

return await CommandProgram.RunAsync(CommandLine.Create(AnsiConsole.Console), args);
