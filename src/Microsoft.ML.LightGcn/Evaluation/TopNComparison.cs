using Microsoft.ML.LightGcn.Evaluation;

namespace Microsoft.ML.LightGcn;

/// <summary>A confidence interval.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
public readonly record struct ConfidenceInterval(double Lower, double Upper);

/// <summary>How a metric of one model differs from that of another over the same users.</summary>
/// <param name="Difference">Mean of the first minus mean of the second.</param>
/// <param name="Interval">Bootstrap interval of the difference.</param>
/// <param name="PValue">
/// Two-sided p-value of a paired randomisation test: how often a difference at least as great in magnitude arises when each user's two values are
/// exchanged at random.
/// </param>
public sealed record TopNComparison(double Difference, ConfidenceInterval Interval, double PValue);
