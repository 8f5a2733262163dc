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

    [Theory]
    [InlineData(60, 2)]
    [InlineData(80, 1)]
    [InlineData(200, 1)]
    public void A_narrow_terminal_gets_a_column_for_each_model(int width, int tables)
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new Terminal(output, width), Ansi = AnsiSupport.No });
        OrderedDictionary<string, double> metrics = [];
        foreach (string metric in (string[])["hit@10", "recall@10", "ndcg@10", "hit@20", "recall@20", "ndcg@20"])
            metrics[metric] = 0.1234;
        string[] names = ["popularity", "lightgcn", "a model of a long name"];
        ResultsTable.Write(console, ResultsFileTests.Example with { Models = [.. names.Select(name => new ModelResult(name, metrics, 1, 1, 1))] }, baseline: "popularity");
        string[] lines = output.ToString().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
        // No word is broken, and nothing is left out.
        Assert.Equal(tables, lines.Count(line => line.Contains("recall@20", StringComparison.Ordinal)));
        Assert.All(names, name => Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.Equal(names.Length * metrics.Count, output.ToString().Split("0.1234").Length - 1);
    }

    private sealed class Terminal(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
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
