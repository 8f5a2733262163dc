using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class PairScoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(75)]
    [InlineData(500)]
    public void Rows_given_by_their_components_have_the_bits_of_whole_rows(int length)
    {
        Random random = new(length);
        foreach (double density in (double[])[0, 0.05, 0.5, 1])
        {
            float[] left = Row(density), right = Row(random.NextDouble());
            (int[] leftIndices, float[] leftValues) = Components(left);
            (int[] rightIndices, float[] rightValues) = Components(right);
            float expected = PairScore.Compute(left, right);
            Assert.Equal(expected, PairScore.Compute(leftIndices, leftValues, right));
            Assert.Equal(expected, PairScore.Compute(rightIndices, rightValues, left));
            Assert.Equal(expected, PairScore.Compute(leftIndices, leftValues, rightIndices, rightValues));
            Assert.Equal(expected, PairScore.Compute(rightIndices, rightValues, leftIndices, leftValues));
        }

        float[] Row(double density) =>
            [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < density ? random.NextSingle() - 0.5f : 0)];

        static (int[] Indices, float[] Values) Components(float[] row)
        {
            int[] indices = [.. Enumerable.Range(0, row.Length).Where(k => row[k] != 0)];
            return (indices, [.. indices.Select(k => row[k])]);
        }
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 40)]
    [InlineData(15, 15)]
    [InlineData(16, 16)]
    [InlineData(17, 300)]
    [InlineData(300, 17)]
    [InlineData(90, 50)]
    [InlineData(500, 500)]
    public void Sums_at_places_have_the_bits_of_whole_rows_with_ones(int places, int components)
    {
        Random random = new(places + components);
        for (int trial = 0; trial < 50; trial++)
        {
            const int Length = 600;
            int[] ones = Draw(places), indices = Draw(components);
            float[] values = [.. indices.Select(_ => random.NextSingle() - 0.5f)], left = new float[Length], right = new float[Length];
            foreach (int one in ones)
                left[one] = 1;
            for (int k = 0; k < indices.Length; k++)
                right[indices[k]] = values[k];
            Assert.Equal(PairScore.Compute(left, right), PairScore.SumAt(ones, indices, values));

            int[] Draw(int count)
            {
                int[] all = [.. Enumerable.Range(0, Length)];
                random.Shuffle(all);
                return [.. all[..count].Order()];
            }
        }
    }
}
