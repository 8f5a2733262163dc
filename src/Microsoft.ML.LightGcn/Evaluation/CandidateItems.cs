namespace Microsoft.ML.LightGcn;

/// <summary>Which items an evaluation ranks.</summary>
public enum CandidateItems
{
    /// <summary>All items; each user's seen items are left out.</summary>
    All,

    /// <summary>Only items without interactions in the seen data, for every user: how well are new items recommended?</summary>
    New,
}
