using System.Xml.Linq;
using LightGcn.Examples;
using SkiaSharp;

namespace GoodBooks.Tests.Reports;

public sealed class PlotTests
{
    internal static readonly EpochResult[] Epochs =
    [
        .. Enumerable.Range(1, 20).Select(epoch => new EpochResult(epoch, 0.2 + 0.5 / epoch,
            epoch % 2 == 1 && epoch > 1 ? [] : new() { ["ndcg@10"] = 0.045 - 0.03 / epoch - (epoch > 14 ? 0.0005 * (epoch - 14) : 0), ["hit@10"] = 0.084 - 0.05 / epoch }, 1, 1)),
    ];

    [Fact]
    public void A_learning_curve_shows_loss_metrics_baseline_and_best_epoch()
    {
        using TempFolder folder = new();
        string full = folder.File("run/full.png"), bare = folder.File("run/bare.png");
        LearningCurvePlot.Save(full, "LightGCN on synthetic GoodBooks", Epochs, bestEpoch: 14, baseline: 0.0259);
        LearningCurvePlot.Save(bare, "LightGCN on synthetic GoodBooks", [.. Epochs.Select(epoch => epoch with { Validation = [] })]);
        using SKBitmap fullPicture = Decode(full), barePicture = Decode(bare);
        // The colours of loss, first and second metric; the curve of a metric is there only with validation.
        Assert.True(Count(fullPicture, 0x0072B2) > 500);
        Assert.True(Count(fullPicture, 0xD55E00) > 500);
        Assert.True(Count(fullPicture, 0x009E73) > 500);
        Assert.True(Count(barePicture, 0x0072B2) > 500);
        Assert.Equal(0, Count(barePicture, 0xD55E00));

        using SKBitmap withoutBaseline = DecodeOf(path => LearningCurvePlot.Save(path, "t", Epochs, bestEpoch: 14));
        using SKBitmap withoutBest = DecodeOf(path => LearningCurvePlot.Save(path, "t", Epochs, baseline: 0.0259));
        Assert.True(Count(fullPicture, 0xD55E00) > Count(withoutBaseline, 0xD55E00) + 300);
        Assert.True(Count(fullPicture, 0x808080) > Count(withoutBest, 0x808080) + 100);

        SKBitmap DecodeOf(Action<string> save)
        {
            string path = folder.File("other.png");
            save(path);
            return Decode(path);
        }
    }

    [Fact]
    public void One_epoch_is_enough_for_a_curve_and_none_is_refused()
    {
        using TempFolder folder = new();
        LearningCurvePlot.Save(folder.File("one.png"), "one", [Epochs[0]], bestEpoch: 1);
        using SKBitmap picture = Decode(folder.File("one.png"));
        Assert.True(Count(picture, 0x0072B2) > 10);
        Assert.Throws<ArgumentException>(() => LearningCurvePlot.Save(folder.File("none.png"), "none", []));
        Assert.False(File.Exists(folder.File("none.png")));
    }

    [Fact]
    public void Quality_against_time_has_a_point_and_a_label_for_each_model()
    {
        using TempFolder folder = new();
        ModelResult[] models = [.. new[] { ("popularity", 0.0061, 0.0), ("item-kNN", 0.0904, 3.2), ("LightGCN", 0.095, 340.0), ("EASE", 0.114, 53.0) }
            .Select(model => new ModelResult(model.Item1, new() { ["ndcg@10"] = model.Item2 }, model.Item3, 1, 1))];
        QualityTimePlot.Save(folder.File("quality.png"), "GoodBooks, leave-one-out", "ndcg@10", models);
        using SKBitmap picture = Decode(folder.File("quality.png"));
        QualityTimePlot.Save(folder.File("unnamed.png"), "GoodBooks, leave-one-out", "ndcg@10", [.. models.Select(model => model with { Name = " " })]);
        using SKBitmap unnamed = Decode(folder.File("unnamed.png"));
        foreach (int color in new[] { 0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7 })
            Assert.True(Count(unnamed, color) > 60, $"marker {color:X6}: {Count(unnamed, color)}");
        // Letters are smoothed into shades of their colour, so that labels are counted as what differs without them.
        int labels = picture.Pixels.Zip(unnamed.Pixels).Count(pair => pair.First != pair.Second);
        Assert.InRange(labels, 500, 20_000);
        Assert.Equal(0, Count(picture, 0xE69F00));

        ArgumentException error = Assert.Throws<ArgumentException>(() => QualityTimePlot.Save(folder.File("x.png"), "x", "hit@10", models));
        Assert.Contains("popularity", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => QualityTimePlot.Save(folder.File("x.png"), "x", "ndcg@10", []));
    }

    [Fact]
    public void Budgets_have_points_and_a_line_of_each_kind_in_an_svg()
    {
        using TempFolder folder = new();
        TimedQuality[] trainings = [new("popularity", 0, 0.006), new("LightGCN", 3, 0.08), new("LightGCN", 30, 0.095), new("LightGCN", 60, 0.094), new("EASE", 6, 0.11)];
        BudgetPlot.Save(folder.File("budgets.svg"), "GoodBooks", "validation ndcg@10", trainings, [3, 10, 100]);
        XElement svg = XDocument.Load(folder.File("budgets.svg")).Root!;
        Assert.Equal("svg", svg.Name.LocalName);
        Assert.Equal(("1000", "600"), (svg.Attribute("width")!.Value, svg.Attribute("height")!.Value));
        string text = svg.ToString();
        foreach (string color in new[] { "#0072B2", "#D55E00", "#009E73" })
            Assert.Contains(color, text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("#CC79A7", text, StringComparison.OrdinalIgnoreCase);
        foreach (string label in new[] { "GoodBooks", "validation", "LightGCN", "popularity", "EASE" })
            Assert.Contains(label, string.Concat(svg.Descendants().Where(part => !part.HasElements).Select(part => part.Value)), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BudgetPlot.Save(folder.File("none.svg"), "none", "x", [], []));
        Assert.False(File.Exists(folder.File("none.svg")));
    }

    private static SKBitmap Decode(string path)
    {
        SKBitmap picture = SKBitmap.Decode(path);
        Assert.NotNull(picture);
        Assert.Equal((1000, 600), (picture.Width, picture.Height));
        return picture;
    }

    private static int Count(SKBitmap picture, int rgb) => picture.Pixels.Count(pixel => ((uint)pixel & 0xFFFFFF) == (uint)rgb);
}
