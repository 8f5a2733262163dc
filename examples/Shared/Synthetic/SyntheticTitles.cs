namespace LightGcn.Examples;

/// <summary>Invents titles, series and author names; no title and no author comes twice.</summary>
internal sealed class SyntheticTitles(SyntheticRandom random)
{
    private static readonly string[] FirstNames = ("Ada Anselm Bea Bertil Carys Cosmo Dalia Declan Edda Emeka Fiona Florian Greta Gideon Hana Hugo Ines Ivo Jada Jonas Kira Kofi " +
        "Lena Leopold Maren Milo Nadia Nils Odette Oskar Petra Quentin Rosa Rafiq Saskia Soren Talia Tomas Una Ulrich Vera Viktor Wanda Wim Xenia Yusuf Zora Zeno").Split(' ');

    private static readonly string[] LastNames = ("Abernethy Ashdown Bellweather Brandvold Castellane Cobham Dunmore Drexel Eastlake Ekwueme Fairbourne Falk Galloway Grimsby Harrowgate Holm " +
        "Illingworth Ivarsen Jessup Kestrel Kovarik Larkspur Lindqvist Marchetti Merriweather Nakagawa Northcote Oduya Ostrander Pemberly Pryce Quillfeather Ravenscroft Rosewater " +
        "Sandoval Silversmith Thackery Tolland Underhill Vance Verhoeven Wetherby Winslade Yarrow Yilmaz Zabriskie Zelenko").Split(' ');

    private static readonly string[] SeriesKinds = ["Saga", "Chronicles", "Cycle", "Trilogy", "Mysteries", "Files", "Quartet", "Tales"];

    private readonly HashSet<string> _titles = [];
    private readonly HashSet<string> _authors = [];

    public string Title(SyntheticGenre genre) => Unique(_titles, () => genre.IsFiction ? FictionTitle(genre) : NonFictionTitle(genre), static (title, n) => $"{title}, Volume {n}");

    public string Series(SyntheticGenre genre) => $"{random.Pick<string>(genre.Adjectives)} {random.Pick<string>(genre.Nouns)} {random.Pick<string>(SeriesKinds)}";

    public string Author() => Unique(_authors, () => $"{random.Pick<string>(FirstNames)} {random.Pick<string>(LastNames)}",
        (name, n) => name.Replace(" ", $" {(char)('A' + n % 26)}{(n < 26 ? "." : $"{n / 26}.")} ", StringComparison.Ordinal));

    private string FictionTitle(SyntheticGenre genre)
    {
        string adjective = random.Pick<string>(genre.Adjectives);
        (string first, string second) = TwoNouns(genre);
        return random.Next(7) switch
        {
            0 or 1 => $"The {adjective} {first}",
            2 => $"The {first} and the {second}",
            3 => $"Beyond the {adjective} {first}",
            4 => $"The {first} Beneath the {second}",
            5 => $"Every {adjective} {first}",
            _ => $"The {adjective} {first} and the {second}",
        };
    }

    private string NonFictionTitle(SyntheticGenre genre)
    {
        string adjective = random.Pick<string>(genre.Adjectives);
        (string first, string second) = TwoNouns(genre);
        return random.Next(7) switch
        {
            0 => $"On {first}",
            1 => $"A Short Book of {first}",
            2 => $"{first} and {second}",
            3 => $"{adjective} {first}",
            4 => $"Why {first} Comes Before {second}",
            5 => $"{adjective} {first}: Notes on {second}",
            _ => $"From {first} to {second}",
        };
    }

    private (string First, string Second) TwoNouns(SyntheticGenre genre)
    {
        int first = random.Next(genre.Nouns.Length), second = random.Next(genre.Nouns.Length - 1);
        return (genre.Nouns[first], genre.Nouns[second < first ? second : second + 1]);
    }

    /// <summary>Draws until something new comes; a library too large for its words numbers what it repeats.</summary>
    private static string Unique(HashSet<string> taken, Func<string> draw, Func<string, int, string> number)
    {
        string text = draw();
        for (int attempt = 0; attempt < 20 && taken.Contains(text); attempt++)
            text = draw();
        string candidate = text;
        for (int n = 2; !taken.Add(candidate); n++)
            candidate = number(text, n);
        return candidate;
    }
}
