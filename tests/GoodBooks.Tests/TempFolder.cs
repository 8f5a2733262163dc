namespace GoodBooks.Tests;

/// <summary>A folder of a test's own, gone afterwards.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("goodbooks-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public TempFolder With(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
