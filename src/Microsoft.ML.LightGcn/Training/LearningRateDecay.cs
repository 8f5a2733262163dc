namespace Microsoft.ML.LightGcn;

/// <summary>How the learning rate falls over the planned steps of training, which are those of all epochs.</summary>
public enum LearningRateDecay
{
    /// <summary>The learning rate is constant.</summary>
    None,

    /// <summary>It falls in a straight line, to 0 after the last step.</summary>
    Linear,

    /// <summary>
    /// It falls along half a cosine, to 0 after the last step (Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017).
    /// </summary>
    Cosine,
}
