using Microsoft.ML.LightGcn.Hosting;

namespace Microsoft.ML.LightGcn;

/// <summary>
/// How a recommender is served, set with <see cref="RecommenderBuilder.Configure"/>. Read once, when the host starts or the
/// <see cref="RecommenderPool"/> is first asked for.
/// </summary>
public sealed class RecommenderOptions
{
    /// <summary>The model file; it has to be set, as <see cref="RecommenderBuilder.FromFile"/> does.</summary>
    public string? Path { get; set; }

    /// <summary>
    /// Whether the file is looked at every <see cref="PollInterval"/>, and a changed one takes the model's place. It takes a host that runs: without one
    /// the first model serves for ever. The default is false.
    /// </summary>
    public bool WatchForChanges { get; set; }

    /// <summary>
    /// How often the file is looked at, 1 millisecond to 1 day; a changed one is loaded once it has rested this long. The default is 1 second.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a file of the library's own is copied to a temporary file, which is mapped in its place: whatever becomes of the original does not matter
    /// then. The copy takes the room of the model in the system's temporary folder until the model is collected. Without a copy the file itself is mapped:
    /// it opens in milliseconds and processes share its pages, but it may only be replaced by moving another over it (on Linux and macOS, writing to it in
    /// place ends the process; Windows refuses both). ML.NET's files are read into memory whole either way. The default is true.
    /// </summary>
    public bool CopyBeforeUse { get; set; } = true;

    /// <summary>
    /// When the content of a file of the library's own is compared with its checksums. The default is <see cref="ModelVerification.BeforeUse"/>, so that a
    /// damaged file is refused before it serves.
    /// </summary>
    public ModelVerification Verification { get; set; } = ModelVerification.BeforeUse;

    /// <summary>The score column, which chooses the model where a pipeline has several; not empty. The default is "Score".</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// What calls of the recommender without options use; null, the default, for the defaults of <see cref="RecommendationOptions"/>. Without sets of
    /// items, which only a recommender can make.
    /// </summary>
    public RecommendationOptions? Defaults { get; set; }

    /// <summary>
    /// Changes a loaded model before a recommender is made of it: puts the steps in front that a pipeline of the application starts with, say. Null, the
    /// default, for none. A model of which it throws is refused with the error's message as the reason.
    /// </summary>
    public Func<MLContext, ITransformer, ITransformer>? Prepare { get; set; }

    /// <summary>
    /// Tries a model before it serves: one of which it throws is refused with the error's message as the reason. A call of each kind that requests will
    /// make also makes the tables that the first call would wait for. Null, the default, for none.
    /// </summary>
    public Action<ServedRecommender>? Try { get; set; }

    internal List<ModelState> States { get; } = [];
}
