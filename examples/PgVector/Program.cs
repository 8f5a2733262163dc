using LightGcn.Examples;
using PgVectorExample;

return await CommandProgram.RunAsync(CommandLine.Create(), args);
