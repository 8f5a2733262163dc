using WebRecommender;

return await CommandLine.Create().Parse(args).InvokeAsync();
