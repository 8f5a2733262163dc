using System.Diagnostics;
using System.Globalization;
using GoodBooks;
using LightGcn.Examples;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn;
using Spectre.Console;

namespace Leaderboard;

/// <summary>What content in the graph is worth: LightGCN without, with each relation alone and with all together, for all users, for users with few interactions and for new items.</summary>
internal sealed class Hybrid(IAnsiConsole console, HybridSettings settings)
{
    /// <summary>The split is the same for every seed of training, so that strengths chosen on its validation part have never met its test part.</summary>
    private const int SplitSeed = 7;

    private const double NewItemShare = 0.1;

    private readonly HybridScenario[] _scenarios = [.. HybridScenario.All.Where(scenario => settings.HoldOut == HoldOut.Both || scenario.HoldsOutItems == (settings.HoldOut == HoldOut.Items))];

    private delegate IItemScorer Fit(IDataView train, int seed);

    public void Run(CancellationToken cancellationToken)
    {
        // A file has no width, and Spectre.Console's guess of 80 would break lines.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 1_000;
        MLContext ml = new(SplitSeed);
        bool isMovieLens = MovieLensFiles.AreIn(settings.Folder);
        IReadOnlyList<string> known = isMovieLens ? MovieLensContent.Names : GoodBooksContent.Names;
        ContentChoice[] choices = UserError.For("--content", () => ContentChoice.Parse(settings.Content ?? string.Join(',', known), known, settings.Strength));
        LeaderboardData data = UserError.For("--data", () => LeaderboardData.Read(ml, console, settings.Folder, SplitSeed));
        if (data.Interactions is null)
            throw new UserErrorException("--data: expected a folder of GoodBooks or MovieLens, whose items have content, found split files.");
        Dictionary<bool, InteractionSplit> splits = _scenarios.Select(scenario => scenario.HoldsOutItems).Distinct().ToDictionary(
            holdsOutItems => holdsOutItems,
            holdsOutItems => LeaderboardData.Thin(ml, holdsOutItems ? ml.Data.ColdItemSplit(data.Interactions, "Item", NewItemShare, NewItemShare, SplitSeed) : data.Split, settings.TrainShare, SplitSeed));
        foreach ((bool holdsOutItems, InteractionSplit split) in splits)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(holdsOutItems ? "items held out" : "interactions held out")}: train {KeyedInteractions.Count(split.Train)}, validation {KeyedInteractions.Count(split.Validation)}, test {KeyedInteractions.Count(split.Test)}"));

        Dictionary<string, ItemContent> contents = choices.Select(choice => choice.Name).Distinct().ToDictionary(name => name, name => UserError.For("--data", () => Read(name, isMovieLens)));
        GraphRelation[] relations = [.. choices.Select(choice => ContentRelation.Create(ml, contents[choice.Name], choice.Strength))];
        int epochs = settings.Epochs ?? new LightGcnTrainer.Options().EpochCount;
        HybridRun reference = Measure(ml, splits, "lightgcn", LightGcn([], epochs), cancellationToken);
        List<HybridRun> runs =
        [
            Measure(ml, splits, "popularity", (train, _) => ml.Ranking.Trainers.Popularity().Fit(train).Model, cancellationToken, isSeeded: false),
            Measure(ml, splits, "random", (train, seed) => new RandomScorer(data.Sizes.Users, data.Sizes.Items, seed), cancellationToken),
            Measure(ml, splits, "content neighbours", (train, _) => new ContentNeighbours(ml, contents.Values, train), cancellationToken, isSeeded: false),
            reference,
        ];
        foreach ((ContentChoice choice, GraphRelation relation) in choices.Zip(relations))
        {
            runs.Add(Measure(ml, splits, $"lightgcn, {choice}", LightGcn([relation], epochs), cancellationToken));
            if (settings.Shuffled)
                runs.Add(Measure(ml, splits, $"lightgcn, {choice}, shuffled", LightGcn([ContentRelation.Create(ml, Shuffle(contents[choice.Name]), choice.Strength)], epochs), cancellationToken));
        }
        // The same content at several strengths is a search for one, and makes no graph.
        if (choices.Length > 1 && choices.DistinctBy(choice => choice.Name).Count() == choices.Length)
            runs.Add(Measure(ml, splits, "lightgcn, all of these", LightGcn(relations, epochs), cancellationToken));
        if (settings.EqualTime)
        {
            bool timed = _scenarios[0].HoldsOutItems;
            int equal = Math.Max(epochs, (int)Math.Round(epochs * runs.Max(run => run.Seconds(timed)) / reference.Seconds(timed)));
            runs.Add(Measure(ml, splits, string.Create(CultureInfo.InvariantCulture, $"lightgcn, {equal} epochs"), LightGcn([], equal), cancellationToken));
        }

        HybridTables.Write(console, _scenarios, runs, reference);
        if (settings.Json is not null)
            UserError.For("--json", () => HybridTables.ToResults(data.Sizes, _scenarios, runs, reference).Write(settings.Json));

        // Without validation in training: every run is taken as it is after its last epoch.
        Fit LightGcn(GraphRelation[] content, int epochCount) => (train, seed) =>
            ml.Ranking.Trainers.LightGcn(new LightGcnTrainer.Options { Seed = seed, EpochCount = epochCount, Relations = content, CancellationToken = cancellationToken }).Fit(train).Model;
    }

    private ItemContent Read(string name, bool isMovieLens)
    {
        ItemContent content = isMovieLens ? MovieLensContent.Read(settings.Folder, name) : GoodBooksContent.Read(settings.Folder, name);
        ContentSteps.Print(console, content, isMovieLens ? "movies" : "books");
        return content;
    }

    /// <summary>The same content, each item's given to another one: edges of the same number and weights that say nothing.</summary>
    private static ItemContent Shuffle(ItemContent content)
    {
        int[] items = [.. content.Rows.Select(row => row.ItemId).Distinct()], others = [.. items];
        new Random(SplitSeed).Shuffle(others);
        Dictionary<int, int> exchange = items.Zip(others).ToDictionary(pair => pair.First, pair => pair.Second);
        return content with { Rows = [.. content.Rows.Select(row => new ContentRow { ItemId = exchange[row.ItemId], Attribute = row.Attribute, Count = row.Count })] };
    }

    /// <param name="ml">The context.</param>
    /// <param name="splits">The split of interactions and that of items.</param>
    /// <param name="name">The row's name.</param>
    /// <param name="fit">Trains.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="isSeeded">Whether a seed changes anything; where not, one training stands for all.</param>
    private HybridRun Measure(MLContext ml, Dictionary<bool, InteractionSplit> splits, string name, Fit fit, CancellationToken cancellationToken, bool isSeeded = true)
    {
        HybridRun run = new(name);
        foreach ((bool holdsOutItems, InteractionSplit split) in splits)
        {
            foreach (int seed in isSeeded ? settings.Seeds : settings.Seeds[..1])
            {
                cancellationToken.ThrowIfCancellationRequested();
                Stopwatch clock = Stopwatch.StartNew();
                IItemScorer model = fit(split.Train, seed);
                run.AddTraining(holdsOutItems, clock.Elapsed.TotalSeconds);
                foreach (HybridScenario scenario in _scenarios.Where(scenario => scenario.HoldsOutItems == holdsOutItems))
                {
                    TopNMetrics metrics = scenario.Evaluate(ml, model, settings.OnTest ? split.Test : split.Validation, split.Train, cancellationToken);
                    for (int copy = 0; copy < (isSeeded ? 1 : settings.Seeds.Length); copy++)
                        run.Add(scenario, metrics);
                }
            }
        }
        IEnumerable<string> values = _scenarios.Select(scenario => string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} {run.Mean(scenario, RankingMetric.Ndcg, HybridScenario.Cutoff):F4}"));
        console.WriteLine($"{name}: ndcg@{HybridScenario.Cutoff} {string.Join(", ", values)}");
        return run;
    }
}
