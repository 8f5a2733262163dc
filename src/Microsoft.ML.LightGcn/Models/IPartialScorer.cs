namespace Microsoft.ML.LightGcn.Models;

/// <summary>A scorer that writes NaN where it knows nothing of the user or the item. Such a pair ranks last; a NaN of any other scorer is an error.</summary>
internal interface IPartialScorer : IItemScorer;
