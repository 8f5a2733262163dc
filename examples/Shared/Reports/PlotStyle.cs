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
}
