using System.Globalization;
using LightGcn.Examples;
using Spectre.Console;

namespace GoodBooks;

/// <summary>Prints what every step of reading content left.</summary>
internal static class ContentSteps
{
    /// <param name="console">The console.</param>
    /// <param name="content">The content.</param>
    /// <param name="items">What the items are: books or movies.</param>
    public static void Print(IAnsiConsole console, ItemContent content, string items)
    {
        foreach (ContentStep step in content.Steps)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{content.Name}, {step.Name}: {step.Rows} rows | {step.Attributes} distinct, {step.Items} {items}"));
    }
}
