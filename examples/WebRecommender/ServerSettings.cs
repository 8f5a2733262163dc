using System.Net;
using LightGcn.Examples;
using Microsoft.ML.LightGcn;

namespace WebRecommender;

/// <summary>What a server is started with.</summary>
internal sealed record ServerSettings
{
    /// <summary>Addresses to listen on, separated by semicolons.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:0";

    /// <summary>Host names that requests may ask for; empty for all.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Proxies whose word on whom they ask for counts; empty for none.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>The model file; null for one that is trained on the sample.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Folder with books.csv; null for books without titles. The sample brings its own.</summary>
    public string? BooksFolder { get; init; }

    /// <summary>Folder that the sample and its model are written to.</summary>
    public string SampleFolder { get; init; } = Path.Combine("artifacts", "web-recommender");

    /// <summary>Sizes of the sample.</summary>
    public SyntheticGoodBooksOptions Sample { get; init; } = new();

    /// <summary>How the sample's model is trained.</summary>
    public LightGcnTrainer.Options SampleTraining { get; init; } = new() { Seed = 1 };

    /// <summary>How often the model file is looked at; a changed one is loaded once it has rested this long.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests that one address may make in a second, at least 1.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>The largest request body, in bytes: more than the longest valid list takes.</summary>
    public int MaximumBodySize { get; init; } = 16 * 1024;
}
