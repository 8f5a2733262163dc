using Microsoft.ML.LightGcn.MLNet.Persistence;

namespace Microsoft.ML.LightGcn.Tests.MLNet.Persistence;

/// <summary>The sizes at which ML.NET's own file fails, as it was seen to, and what is said of them.</summary>
public sealed class ZipLimitsTests
{
    [Theory]
    [InlineData(2_050_000, 300_000, 256, 50_000_000)]
    [InlineData(1_000_000, 200_000, 112, 500_000_000)]
    [InlineData(5, 8_000_000, 64, 0)]
    public void What_fits_is_not_mentioned(int users, int items, int dimension, int interactions) =>
        Assert.Null(ZipLimits.Exceeded(users, items, dimension, interactions));

    [Theory]
    [InlineData(2_100_000, 300_000, 256, 0, "2,100,000 users of 256 components take more; EmbeddingDimension of 253 fits.")]
    [InlineData(300_000, 2_400_000, 256, 0, "2,400,000 items of 256 components take more; EmbeddingDimension of 221 fits.")]
    [InlineData(2_000_000_000, 5, 16, 0, "2,000,000,000 users of 16 components take more.")]
    [InlineData(1_000, 1_000, 16, 600_000_000, "600,000,000 interactions take more; KeepHistory = false, with null for Neighbourhood, leaves them out.")]
    public void What_does_not_fit_is_named_with_what_would(int users, int items, int dimension, int interactions, string expected)
    {
        string? problem = ZipLimits.Exceeded(users, items, dimension, interactions);
        Assert.Equal($"A model file of ML.NET holds tables of at most 2 GiB, and {expected} ml.Model.SaveRecommendationModel saves models of any size.", problem);
        // The dimension that is said to fit does.
        if (problem!.Split("EmbeddingDimension of ") is [_, var rest])
            Assert.Null(ZipLimits.Exceeded(users, items, int.Parse(rest.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), interactions));
    }
}
