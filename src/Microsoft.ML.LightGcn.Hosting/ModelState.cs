namespace Microsoft.ML.LightGcn.Hosting;

/// <summary>What is made once for each model.</summary>
/// <param name="Type">The type that it is asked for by.</param>
/// <param name="Create">Makes it.</param>
internal sealed record ModelState(Type Type, Func<ServedRecommender, IServiceProvider, object> Create);
