using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// How a recommender is served; set with <see cref="RecommenderBuilder.Configure"/>. The options are read once, when the host starts or the
/// <see cref="RecommenderPool"/> is first asked for.
/// </summary>
public sealed class RecommenderOptions
{
    /// <summary>The model file. It must be set; <see cref="RecommenderBuilder.FromFile"/> sets it.</summary>
    public string? Path { get; set; }

    /// <summary>
    /// Whether the file is looked at every <see cref="PollInterval"/>, and a changed file takes the model's place. That needs a running host: without
    /// one, the first model serves for ever. The default is false.
    /// </summary>
    public bool WatchForChanges { get; set; }

    /// <summary>
    /// How often the file is looked at, 1 millisecond to 1 day. A changed file is loaded once it has stayed the same for this long. The default is 1
    /// second.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a file in the library's own format is copied to a temporary file, which is mapped in its place. Changes to the original then do no harm.
    /// The copy takes as much room as the file in the system's temporary folder, until the model is collected. Without a copy, the file itself is mapped:
    /// it opens in milliseconds and processes share its pages, but it may only be replaced by moving another file over it (on Linux and macOS, writing to
    /// it in place can end the process; Windows refuses both). ML.NET's files are read whole into memory either way. The default is true.
    /// </summary>
    public bool CopyBeforeUse { get; set; } = true;

    /// <summary>
    /// When the content of a file in the library's own format is compared with its checksums. The default is <see cref="ModelVerification.BeforeUse"/>,
    /// so that a damaged file is refused before it serves.
    /// </summary>
    public ModelVerification Verification { get; set; } = ModelVerification.BeforeUse;

    /// <summary>The score column, which chooses the model where a pipeline has several; not empty. The default is "Score".</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// What calls of the recommender without options use; null, the default, for the defaults of <see cref="RecommendationOptions"/>. They can't have
    /// sets of items, which only a recommender can make.
    /// </summary>
    public RecommendationOptions? Defaults { get; set; }

    /// <summary>
    /// Changes a loaded model before a recommender is made of it, for example to put the steps in front that the application's pipeline starts with.
    /// Null, the default, for no change. If it throws, the model is refused, with the error's message as the reason.
    /// </summary>
    public Func<MLContext, ITransformer, ITransformer>? Prepare { get; set; }

    /// <summary>
    /// Tries a model before it serves. If it throws, the model is refused, with the error's message as the reason. Make one call here of each kind that
    /// requests make: this also makes the tables that the first request would otherwise wait for. Null, the default, for none.
    /// </summary>
    public Action<ServedRecommender>? Try { get; set; }

    internal List<ModelState> States { get; } = [];
}
