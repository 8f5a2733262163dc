using System.Globalization;
using LightGcn.Examples;

namespace GoodBooks;

/// <summary>A relation that the command line asks for.</summary>
/// <param name="Name">Name of the content.</param>
/// <param name="Strength">How many interactions an edge of mean weight counts for, a positive number.</param>
internal sealed record ContentChoice(string Name, float Strength)
{
    /// <summary>What was best for each by itself on validation interactions (docs/hybrid.md): few authors and genres say much, many tags little each.</summary>
    public static float DefaultStrength(string name) => name switch
    {
        "authors" => 20,
        "genres" => 30,
        _ => 1,
    };

    /// <summary>Reads a list such as "tags,authors=0.5": names, each with a strength where it is not the default one.</summary>
    /// <param name="list">The list; empty for no content.</param>
    /// <param name="known">The names that there are.</param>
    /// <param name="strength">The strength of names without one; null for <see cref="DefaultStrength"/>.</param>
    /// <exception cref="UserErrorException">A name is unknown, or a strength is not a positive number.</exception>
    public static ContentChoice[] Parse(string list, IReadOnlyList<string> known, float? strength = null)
    {
        return [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Choice)];

        ContentChoice Choice(string text)
        {
            string[] parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (!known.Contains(parts[0]))
                throw OptionReading.Unexpected($"some of {string.Join(", ", known)}", parts[0]);
            float own = strength ?? DefaultStrength(parts[0]);
            if (parts.Length == 2 && !(float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out own) && own > 0 && float.IsFinite(own)))
                throw OptionReading.Unexpected($"a positive number as the strength of '{parts[0]}'", parts[1]);
            return new ContentChoice(parts[0], own);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={Strength}");
}
