namespace WebRecommender.Models;

/// <summary>The column that a prediction engine gives back.</summary>
internal sealed class Prediction
{
    /// <summary>NaN where the model does not know the reader or the book.</summary>
    public float Score { get; set; }
}
