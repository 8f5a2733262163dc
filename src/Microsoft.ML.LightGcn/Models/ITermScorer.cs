namespace Microsoft.ML.LightGcn.Models;

/// <summary>A scorer that may say what its scores are made of, so that they can be computed some items at a time (<see cref="ItemParts"/>).</summary>
internal interface ITermScorer : IItemScorer
{
    /// <summary>What a score is made of; null where it is made of something else.</summary>
    ScoreTerms? Terms { get; }
}

/// <summary>An inner product, and what is added to it.</summary>
/// <param name="Products">Computes inner products for blocks of users.</param>
/// <param name="Neighbourhood">What is added; null where the product is the score.</param>
/// <param name="Known">Users and items that have a score.</param>
internal sealed record ScoreTerms(FactorScorer Products, Neighbourhood? Neighbourhood, KnownNodes Known);
