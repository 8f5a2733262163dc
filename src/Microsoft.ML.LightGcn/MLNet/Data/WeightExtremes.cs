using System.Globalization;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>The least and the greatest of a column's weights and their rows, for the error when they are too far apart.</summary>
internal struct WeightExtremes
{
    private (float Weight, long Row)? _least, _greatest;

    /// <summary>Takes note of a row's weight.</summary>
    public void Add(float weight, long row)
    {
        if (!(_least?.Weight <= weight))
            _least = (weight, row);
        if (!(_greatest?.Weight >= weight))
            _greatest = (weight, row);
    }

    /// <summary>The error of weights that are too far apart.</summary>
    /// <param name="column">The column, in words.</param>
    /// <param name="tooFarApart">What was expected.</param>
    public readonly ArgumentException Error(string column, ArgumentException tooFarApart)
    {
        string found = string.Create(CultureInfo.InvariantCulture,
            $"weights from {_least?.Weight} in row {_least?.Row} to {_greatest?.Weight} in row {_greatest?.Row} (counted from 0)");
        return new ArgumentException(
            $"Weight column {column}: {tooFarApart.Message}, found {found}. Lower the greatest weights or raise the least.", tooFarApart);
    }
}
