namespace Microsoft.ML.LightGcn;

/// <summary>
/// Interactions in three parts of the same columns: to learn from, to choose the best epoch and the settings by, and to
/// report on once.
/// </summary>
/// <remarks>
/// The splits of <see cref="InteractionDataCatalog"/> make it; one may also be made of three data views, such as a published
/// split. The parts that a split makes are lazy views of its input: they read it again on every pass, so it must give the
/// same rows in the same order each time, and a slow source is best cached or saved first.
/// </remarks>
/// <param name="Train">Rows to train on.</param>
/// <param name="Validation">Rows to choose by; may have no rows.</param>
/// <param name="Test">Rows to report on; may have no rows.</param>
public sealed record InteractionSplit(IDataView Train, IDataView Validation, IDataView Test);
