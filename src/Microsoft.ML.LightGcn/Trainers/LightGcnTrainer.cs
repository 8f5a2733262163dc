namespace Microsoft.ML.LightGcn;

/// <summary>The LightGCN trainer.</summary>
public sealed partial class LightGcnTrainer
{
}
