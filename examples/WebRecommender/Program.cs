using LightGcn.Examples;
using WebRecommender;

return await CommandProgram.RunAsync(CommandLine.Create(), args);
