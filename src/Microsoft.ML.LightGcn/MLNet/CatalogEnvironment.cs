using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet;

/// <summary>
/// The way from one of ML.NET's catalogs to its environment. ML.NET keeps that property on an internal interface, so
/// this is the one place where we read it by reflection; a test fails as soon as a new ML.NET moves it.
/// </summary>
internal static class CatalogEnvironment
{
    private const string InterfaceName = "Microsoft.ML.Data.IInternalCatalog";
    private const string PropertyName = "Environment";

    // The property is found once: every catalog of one ML.NET implements the same interface. By its name in full, so that trimming keeps it.
    private static readonly PropertyInfo? EnvironmentProperty = Type.GetType($"{InterfaceName}, Microsoft.ML.Data")?.GetProperty(PropertyName);

    /// <summary>The environment inside the <see cref="MLContext"/> that a catalog belongs to: the same seed and log.</summary>
    /// <param name="catalog">
    /// A catalog of ML.NET, such as <see cref="RankingCatalog"/>, <see cref="RankingCatalog.RankingTrainers"/>,
    /// <see cref="DataOperationsCatalog"/> or <see cref="ModelOperationsCatalog"/>.
    /// </param>
    /// <exception cref="NotSupportedException">The object does not offer its environment the way ML.NET 5 does.</exception>
    internal static IHostEnvironment GetEnvironment(object catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        if (EnvironmentProperty is { } property && property.DeclaringType!.IsInstanceOfType(catalog)
            && property.GetValue(catalog) is IHostEnvironment environment)
        {
            return environment;
        }

        AssemblyName mlNet = typeof(DataOperationsCatalog).Assembly.GetName();
        string version = typeof(DataOperationsCatalog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? mlNet.Version?.ToString() ?? "unknown";
        throw new NotSupportedException(
            $"Could not read the environment of a {catalog.GetType()}: expected {InterfaceName}.{PropertyName} of type {typeof(IHostEnvironment)}, " +
            $"which {mlNet.Name} {version} does not offer on it. Microsoft.ML.LightGcn is tested with ML.NET 5.0.");
    }
}
