using LightGcn.Examples;
using Scale;

return await CommandProgram.RunAsync(ScaleCommands.Create(Console.Out), args);
