using System.Reflection;

namespace Microsoft.ML.LightGcn.Files;

/// <summary>The version of this library. The assembly's own number says nothing: it is the same in every release.</summary>
internal static class LibraryVersion
{
    /// <summary>With the commit, where it was built from git: 0.2.0-alpha.0.250+a98536e.</summary>
    public static string Build { get; } =
        typeof(LibraryVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The release, or the one that the build leads to: 0.2.0. It stays the same between releases, so that the bytes of saved models do.</summary>
    public static string Release { get; } = Build.Split('-', '+')[0];
}
