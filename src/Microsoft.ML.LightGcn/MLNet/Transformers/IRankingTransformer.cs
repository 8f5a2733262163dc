using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Transformers;

/// <summary>A transformer of this library, whatever its model.</summary>
internal interface IRankingTransformer : ITransformer
{
    /// <summary>The model.</summary>
    IRankingModel Model { get; }

    /// <summary>Name of the user column.</summary>
    string UserColumnName { get; }

    /// <summary>Name of the item column.</summary>
    string ItemColumnName { get; }
}
