using GoodBooks.Tests.Results;
using LightGcn.Examples;
using Spectre.Console;

namespace GoodBooks.Tests.Reports;

public sealed class ResultsTableTests
{
    [Fact]
    public void Redirected_it_is_plain_markdown_with_the_ratio_to_the_baseline()
    {
        string[] lines = Lines(console => ResultsTable.Write(console, ResultsFileTests.Example, baseline: "popularity", ratioMetric: "ndcg@10"));
        Assert.Equal(["model", "hit@10", "recall@10", "ndcg@10", "ndcg@10 / popularity", "train s", "evaluation s", "peak MB"], Cells(lines[0]));
        Assert.Equal(["popularity", "0.0129", "0.0129", "0.0061", "1.00x", "0.0", "1.5", "300"], Cells(lines[2]));
        Assert.Equal(["LightGCN [64]", "0.1200", "0.1200", "0.0700", "11.48x", "312.3", "2.5", "5120"], Cells(lines[3]));
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public void Many_metrics_do_not_break_rows_when_redirected()
    {
        OrderedDictionary<string, double> metrics = [];
        for (int m = 0; m < 40; m++)
            metrics[$"metric@{m}"] = m / 100d;
        ResultsFile results = ResultsFileTests.Example with { Models = [new("a", metrics, 1, 1, 1), new("b", new() { ["metric@0"] = 0.5 }, 1, 1, 1)] };
        string[] lines = Lines(console => ResultsTable.Write(console, results, baseline: "a"));
        Assert.Equal(4, lines.Length);
        Assert.Equal(45, Cells(lines[3]).Length);
        // A metric that a model lacks, and a ratio to a baseline of zero, have no number.
        Assert.Equal(["b", "0.5000", "-"], Cells(lines[3])[..3]);
        Assert.Equal("-", Cells(lines[3])[41]);
    }

    [Fact]
    public void Without_a_baseline_there_is_no_ratio()
    {
        string[] lines = Lines(console => ResultsTable.Write(console, ResultsFileTests.Example));
        Assert.Equal(["model", "hit@10", "recall@10", "ndcg@10", "train s", "evaluation s", "peak MB"], Cells(lines[0]));
    }

    [Fact]
    public void Unknown_baselines_and_metrics_are_named()
    {
        Assert.Contains("'ease'", Assert.Throws<ArgumentException>(() => Lines(console => ResultsTable.Write(console, ResultsFileTests.Example, baseline: "ease"))).Message, StringComparison.Ordinal);
        Assert.Contains("'mrr@5'", Assert.Throws<ArgumentException>(
            () => Lines(console => ResultsTable.Write(console, ResultsFileTests.Example, "popularity", "mrr@5"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_console_keeps_its_width()
    {
        using StringWriter output = new();
        IAnsiConsole console = Redirected(output);
        console.Profile.Width = 77;
        ResultsTable.Write(console, ResultsFileTests.Example);
        Assert.Equal(77, console.Profile.Width);
    }

    private static string[] Lines(Action<IAnsiConsole> write)
    {
        using StringWriter output = new();
        write(Redirected(output));
        Assert.DoesNotContain('\u001b', output.ToString());
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    private static IAnsiConsole Redirected(StringWriter output) => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
}
