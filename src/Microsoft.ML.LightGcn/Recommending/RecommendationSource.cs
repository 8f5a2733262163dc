using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn;

/// <summary>What recommendations were made from.</summary>
public enum RecommendationSource
{
    /// <summary>The learned embedding of a user whom the model knows.</summary>
    KnownUser,

    /// <summary>The embedding that the model's graph gives to a list of chosen items, without training.</summary>
    FoldIn,

    /// <summary>The number of users of each item: nothing is known of this user.</summary>
    Popularity,
}
