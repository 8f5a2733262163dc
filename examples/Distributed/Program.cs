using Distributed;
using LightGcn.Examples;

return await CommandProgram.RunAsync(CommandLine.Create(), args);
