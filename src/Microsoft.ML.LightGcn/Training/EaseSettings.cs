namespace Microsoft.ML.LightGcn.Training;

/// <summary>The settings of <see cref="EaseWeights"/>; with all exponents and the rate at 0 it is plain EASE.</summary>
/// <param name="Regularization">Lambda, positive, in units of interactions.</param>
/// <param name="UserDegreeExponent">Beta: a user of d items weighs d^-beta.</param>
/// <param name="PopularityExponent">Alpha: a weight from item j to item i is multiplied by (d_j / d_i)^alpha.</param>
/// <param name="DropoutRate">P, less than 1: the share of interactions that is dropped.</param>
internal readonly record struct EaseSettings(float Regularization, float UserDegreeExponent = 0, float PopularityExponent = 0, float DropoutRate = 0);
