namespace Microsoft.ML.LightGcn;

/// <summary>When the content of a model file is compared with its checksums. Its header and its length are checked whenever it is opened.</summary>
public enum ModelVerification
{
    /// <summary>
    /// On another thread, while the model is already in use. Once damage is found, every use of the model throws an <see cref="InvalidDataException"/>
    /// that says what is damaged; until then scores may be wrong.
    /// </summary>
    InBackground,

    /// <summary>
    /// Before the model is returned: the whole file is read, which takes about a second for each gigabyte. Rows of indices are checked too.
    /// </summary>
    BeforeUse,

    /// <summary>Never: for a file that was verified before.</summary>
    Never,
}
