using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// Compares samples with their negatives, whole rows at a time: the losses of <see cref="SampledSoftmaxBatch"/>, and their gradients with respect to the
/// users' rows and the negatives' unit rows. It works on some neighbouring groups of a batch's samples, or on all.
/// </summary>
/// <remarks>
/// The batch shares its negatives, so that scores and both halves of the gradient are dense products. A group sums its part of the negatives'
/// gradient in order. Call <see cref="Begin"/>, give every sample and negative its row, and compare the groups; in each of the two last steps
/// calls may run side by side.
/// </remarks>
internal sealed class SoftmaxComparer
{
    private const int PanelWidth = 32;

    private readonly SoftmaxSamples _samples;
    private readonly int _negativeCount, _stride;
    private readonly float _inverseTemperature;
    // By sample, from the first on: the positive's cosine, its slope, which is the derivative of the loss in that cosine, and the loss.
    private readonly float[] _positiveCosines, _positiveSlopes;
    private readonly double[] _losses;
    // 1 / |e| for each sample's user and positive and for each negative; 0 for the zero embedding, which has no direction: its
    // cosines are 0 and nothing moves it.
    private readonly float[] _userInverseNorms, _positiveInverseNorms, _negativeInverseNorms;
    // Unit rows of each sample's user and positive; of the negatives by place, and over the temperature in panels of neighbouring
    // places, component by component, for products with users.
    private readonly Matrix _users, _positives, _negatives, _negativePanels;
    // The gradient with respect to each sample's user row, and each group's part for the negatives' unit rows.
    private readonly Matrix _userGradients, _negativeGradients;
    // Scores of a tile of samples, one for each thread at work. A cache line more than a row takes: rows that a power of two lies between
    // share few lines of the cache.
    private readonly ConcurrentBag<Matrix> _scores = [];
    private int _firstSample, _firstGroup;

    /// <param name="samples">The samples.</param>
    /// <param name="objective">The temperature.</param>
    /// <param name="dimension">Components of an embedding.</param>
    /// <param name="sampleCapacity">The maximum number of samples to compare.</param>
    /// <param name="groupCapacity">The maximum number of groups.</param>
    /// <param name="room">Where its matrices lie; null for memory of their own.</param>
    public SoftmaxComparer(
        SoftmaxSamples samples, SampledSoftmaxObjective objective, int dimension, int sampleCapacity, int groupCapacity, MatrixRoom? room = null)
    {
        _samples = samples;
        _negativeCount = samples.NegativeCount;
        _stride = Matrix.StrideOf(dimension);
        _inverseTemperature = 1 / objective.Temperature!.Value;
        _positiveCosines = new float[sampleCapacity];
        _positiveSlopes = new float[sampleCapacity];
        _userInverseNorms = new float[sampleCapacity];
        _positiveInverseNorms = new float[sampleCapacity];
        _losses = new double[sampleCapacity];
        _negativeInverseNorms = new float[_negativeCount];
        _users = Matrix.In(room, sampleCapacity, dimension);
        _positives = Matrix.In(room, sampleCapacity, dimension);
        _userGradients = Matrix.In(room, sampleCapacity, dimension);
        _negatives = Matrix.In(room, _negativeCount, dimension);
        _negativePanels = Matrix.In(room, (_negativeCount + PanelWidth - 1) / PanelWidth, PanelWidth * _stride);
        _negativeGradients = Matrix.In(room, groupCapacity * _negativeCount, dimension);
    }

    /// <summary>As many negatives as the tables of their gradient have room for: one table for each group of samples, in one array.</summary>
    public static int MaximumNegativeCount(int dimension) =>
        (int)(Matrix.MaxLength / Matrix.StrideOf(dimension) / SoftmaxSamples.MaximumGroupCount / Matrix.ComponentBlock * Matrix.ComponentBlock);

    /// <summary>Rows kept: three a sample, two a negative, one of them in whole panels, and a gradient of every negative for each group.</summary>
    public static long RowCount(long sampleCapacity, long negativeCount, int groupCapacity) =>
        3 * sampleCapacity + (1 + groupCapacity) * negativeCount + (negativeCount + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>1 / |e| of each sample's user, from the first on; 0 for the zero embedding.</summary>
    public ReadOnlySpan<float> UserInverseNorms => _userInverseNorms;

    /// <summary>1 / |e| of each sample's positive, from the first on; 0 for the zero embedding.</summary>
    public ReadOnlySpan<float> PositiveInverseNorms => _positiveInverseNorms;

    /// <summary>The cosine of each sample's user and positive, from the first on.</summary>
    public ReadOnlySpan<float> PositiveCosines => _positiveCosines;

    /// <summary>The derivative of the loss in each of <see cref="PositiveCosines"/>.</summary>
    public ReadOnlySpan<float> PositiveSlopes => _positiveSlopes;

    /// <summary>The loss of each sample, from the first on.</summary>
    public ReadOnlySpan<double> Losses => _losses;

    /// <summary>Starts with the samples of the groups from one on.</summary>
    public void Begin(int firstGroup) => (_firstGroup, _firstSample) = (firstGroup, _samples.FirstOf(firstGroup));

    /// <summary>Takes the rows of a sample, padding included.</summary>
    /// <param name="sample">The sample, by its place in the batch.</param>
    /// <param name="user">Its user's embedding.</param>
    /// <param name="positive">Its positive's embedding.</param>
    /// <param name="penalty">What is added to its loss.</param>
    public void TakeSample(int sample, ReadOnlySpan<float> user, ReadOnlySpan<float> positive, double penalty)
    {
        int s = sample - _firstSample;
        _userInverseNorms[s] = Normalize(user, _users.PaddedRow(s));
        _positiveInverseNorms[s] = Normalize(positive, _positives.PaddedRow(s));
        _losses[s] = penalty;
    }

    /// <summary>Takes the row of a negative, padding included.</summary>
    public void TakeNegative(int place, ReadOnlySpan<float> embedding)
    {
        Span<float> unit = _negatives.PaddedRow(place);
        _negativeInverseNorms[place] = Normalize(embedding, unit);
        (int panel, int column) = Math.DivRem(place, PanelWidth);
        Span<float> packed = _negativePanels.PaddedRow(panel);
        for (int k = 0; k < unit.Length; k++)
            packed[k * PanelWidth + column] = unit[k] * _inverseTemperature;
    }

    /// <summary>Scores, losses and gradients with respect to users' rows and negatives' unit rows, for one group of samples.</summary>
    public void Compare(int group)
    {
        int start = _samples.FirstOf(group) - _firstSample, end = _samples.FirstOf(group + 1) - _firstSample;
        Span<float> negativeGradients = _negativeGradients.PaddedRows((group - _firstGroup) * _negativeCount, _negativeCount);
        if (!_scores.TryTake(out Matrix? tile))
            tile = new Matrix(SoftmaxSamples.SamplesPerTile, _negativeCount + Matrix.ComponentBlock);
        int scoreStride = tile.Stride;
        Span<float> z = tile.Padded;
        for (int first = start; first < end; first += SoftmaxSamples.SamplesPerTile)
        {
            int count = Math.Min(SoftmaxSamples.SamplesPerTile, end - first);
            Span<float> u = _users.PaddedRows(first, count);
            for (int place = 0; place < _negativeCount; place += PanelWidth)
                MatrixProduct.Multiply(
                    u, _stride, 1, _negativePanels.PaddedRow(place / PanelWidth), PanelWidth, z[place..], scoreStride,
                    count, Math.Min(PanelWidth, _negativeCount - place), _stride, accumulate: false);
            for (int s = 0; s < count; s++)
                ToSlopes(first + s, z.Slice(s * scoreStride, _negativeCount));
            MatrixProduct.Multiply(
                z, scoreStride, 1, _negatives.Padded, _stride, _userGradients.PaddedRows(first, count), _stride,
                count, _stride, _negativeCount, accumulate: false);
            for (int s = first; s < first + count; s++)
            {
                Span<float> gradient = _userGradients.PaddedRow(s);
                TensorPrimitives.MultiplyAdd(_positives.PaddedRow(s), _positiveSlopes[s], gradient, gradient);
                ToEmbedding(gradient, _users.PaddedRow(s), _userInverseNorms[s]);
            }
            MatrixProduct.Multiply(z, 1, scoreStride, u, _stride, negativeGradients, _stride, _negativeCount, _stride, count, accumulate: first > start);
        }
        _scores.Add(tile);
    }

    /// <summary>The gradient with respect to the row of a sample's user.</summary>
    public Span<float> UserGradient(int sample) => _userGradients.PaddedRow(sample - _firstSample);

    /// <summary>A group's part of the gradient with respect to a negative's unit row.</summary>
    public Span<float> NegativeGradient(int group, int place) => _negativeGradients.PaddedRow((group - _firstGroup) * _negativeCount + place);

    /// <summary>Takes a gradient with respect to a negative's unit row back to its embedding.</summary>
    public void NegativeToEmbedding(int place, Span<float> gradient) => ToEmbedding(gradient, _negatives.PaddedRow(place), _negativeInverseNorms[place]);

    /// <summary>
    /// row += slope * (x - c y) / |e|: the gradient with respect to a positive's row, x the user's unit row, y the positive's, c their cosine.
    /// </summary>
    public void AddPositive(int sample, Span<float> row)
    {
        int s = sample - _firstSample;
        AddPositive(_users.PaddedRow(s), _positives.PaddedRow(s), _positiveSlopes[s], _positiveCosines[s], _positiveInverseNorms[s], row);
    }

    /// <inheritdoc cref="AddPositive(int, Span{float})"/>
    public static void AddPositive(
        ReadOnlySpan<float> user, ReadOnlySpan<float> positive, float positiveSlope, float cosine, float inverseNorm, Span<float> row)
    {
        float slope = positiveSlope * inverseNorm;
        TensorPrimitives.MultiplyAdd(user, slope, row, row);
        TensorPrimitives.MultiplyAdd(positive, -slope * cosine, row, row);
    }

    /// <summary>unit = the direction of an embedding; returns one over its length.</summary>
    private static float Normalize(ReadOnlySpan<float> row, Span<float> unit)
    {
        float norm = TensorPrimitives.Norm(row);
        float inverse = norm > 0 ? 1 / norm : 0;
        TensorPrimitives.Multiply(row, inverse, unit);
        return inverse;
    }

    /// <summary>
    /// Turns a sample's logits (cosines over the temperature) of the negatives into the slopes of the loss in their cosines, and keeps the positive's
    /// slope and the loss.
    /// </summary>
    private void ToSlopes(int s, Span<float> logits)
    {
        int sample = s + _firstSample;
        _samples.MaskOwn(_samples.User(sample), logits);
        float cosine = _positiveCosines[s] = TensorPrimitives.Dot<float>(_users.PaddedRow(s), _positives.PaddedRow(s));
        double positiveLogit = cosine * (double)_inverseTemperature - _samples.Correction(_samples.Positive(sample));
        ReadOnlySpan<float> corrections = _samples.NegativeCorrections;
        // Taking the maximum off, nothing overflows and not everything underflows.
        float maximum = Math.Max((float)positiveLogit, SoftmaxTerms.Maximum(logits, corrections));
        positiveLogit -= maximum;
        double positiveTerm = Math.Exp(positiveLogit), total = positiveTerm + SoftmaxTerms.Exponentials(logits, corrections, maximum);
        _losses[s] += Math.Log(total) - positiveLogit;
        double scale = _inverseTemperature / (total * _samples.Count);
        _positiveSlopes[s] = (float)((positiveTerm - total) * scale);
        TensorPrimitives.Multiply(logits, (float)scale, logits);
    }

    /// <summary>Takes a gradient with respect to a unit row back to the embedding: (g - x (x . g)) / |e|.</summary>
    private static void ToEmbedding(Span<float> gradient, ReadOnlySpan<float> unit, float inverseNorm)
    {
        TensorPrimitives.MultiplyAdd(unit, -TensorPrimitives.Dot(unit, gradient), gradient, gradient);
        TensorPrimitives.Multiply(gradient, inverseNorm, gradient);
    }
}
