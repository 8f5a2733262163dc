namespace Microsoft.ML.LightGcn;

/// <summary>What an ONNX model recommends to.</summary>
public enum OnnxInput
{
    /// <summary>A new user, given by the items that the user chose.</summary>
    Items,

    /// <summary>A user of the training data, given by index.</summary>
    User,
}
