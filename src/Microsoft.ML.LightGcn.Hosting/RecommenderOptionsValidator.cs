using Microsoft.Extensions.Options;

namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>Checks options before any model is loaded.</summary>
internal sealed class RecommenderOptionsValidator : IValidateOptions<RecommenderOptions>
{
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(1), LongestPoll = TimeSpan.FromDays(1);

    private static readonly string BeforeUse = $"{nameof(ModelVerification)}.{nameof(ModelVerification.BeforeUse)}";

    public ValidateOptionsResult Validate(string? name, RecommenderOptions options)
    {
        name ??= "";
        List<string> faults = [];
        if (string.IsNullOrEmpty(options.Path))
            faults.Add($"{nameof(options.Path)}: expected a model file, found none. Set it with {RecommenderName.Call(name)}.FromFile(path).");
        if (options.PollInterval < ShortestPoll || options.PollInterval > LongestPoll)
            Expected(nameof(options.PollInterval), "1 millisecond to 1 day", options.PollInterval, "TimeSpan.FromSeconds(1)");
        if (!Enum.IsDefined(options.Verification))
            Expected(nameof(options.Verification), string.Join(" or ", Enum.GetNames<ModelVerification>()), options.Verification, BeforeUse);
        if (string.IsNullOrEmpty(options.ScoreColumnName))
            Expected(nameof(options.ScoreColumnName), "the name of a column", "none", "\"Score\"");
        foreach (Type twice in options.States.GroupBy(state => state.Type).Where(group => group.Count() > 1).Select(group => group.Key))
            faults.Add($"WithState: expected one state of a type, found several of {twice.Name}. Put them into a type of their own.");
        return faults.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(faults.Select(fault => $"{RecommenderName.Describe(name)}: {fault}"));

        void Expected(string option, string expected, object found, string such) => faults.Add(
            $"{option}: expected {expected}, found {found}. Set it with {RecommenderName.Call(name)}.Configure(options => options.{option} = {such}).");
    }
}
