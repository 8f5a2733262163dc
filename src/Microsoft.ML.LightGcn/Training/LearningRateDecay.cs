namespace Microsoft.ML.LightGcn;

/// <summary>How the learning rate falls over the planned steps of training, those of all epochs.</summary>
public enum LearningRateDecay
{
    /// <summary>It stays as it is.</summary>
    None,

    /// <summary>In a straight line, to 0 after the last step.</summary>
    Linear,

    /// <summary>Along half a cosine, to 0 after the last step (Loshchilov and Hutter, 2017).</summary>
    Cosine,
}
