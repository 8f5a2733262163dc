using System.Globalization;
using System.Text;
using ScottPlot;

namespace LightGcn.Examples;

/// <summary>What the plots have in common.</summary>
internal static class PlotStyle
{
    public const int Width = 1000;
    public const int Height = 600;

    /// <summary>Colours that readers with any colour vision tell apart (Okabe and Ito, 2008).</summary>
    public static readonly Color[] Colors = [.. new[] { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000" }.Select(hex => Color.FromHex(hex))];

    public static Color ColorOf(int index) => Colors[index % Colors.Length];

    /// <summary>Writes the picture in one step.</summary>
    public static void SavePng(Plot plot, string path)
    {
        byte[] png = plot.GetImageBytes(Width, Height, ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    /// <inheritdoc cref="SavePng"/>
    public static void SaveSvg(Plot plot, string path)
    {
        byte[] svg = Encoding.UTF8.GetBytes(plot.GetSvgXml(Width, Height));
        AtomicFile.Write(path, stream => stream.Write(svg));
    }

    /// <summary>Labels an axis of logarithms to base 10 with the numbers themselves.</summary>
    public static ITickGenerator LogarithmicTicks() => new ScottPlot.TickGenerators.NumericAutomatic
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = exponent => Math.Pow(10, exponent).ToString("0.######", CultureInfo.InvariantCulture),
    };
}
