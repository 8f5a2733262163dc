namespace Microsoft.ML.LightGcn;

/// <summary>
/// Interactions in three parts with the same columns: one to learn from, one to choose the best epoch and the settings by, and one to report on once.
/// </summary>
/// <remarks>
/// The split methods of <see cref="InteractionDataCatalog"/> make one; you can also make one from three data views, such as a published split. The parts
/// that these methods make are lazy views of the input. They read it again on every pass, so the input must give the same rows in the same order each
/// time. Cache or save a slow source first.
/// </remarks>
/// <param name="Train">Rows to train on.</param>
/// <param name="Validation">Rows to choose by; may have no rows.</param>
/// <param name="Test">Rows to report on; may have no rows.</param>
public sealed record InteractionSplit(IDataView Train, IDataView Validation, IDataView Test);
