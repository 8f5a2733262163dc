namespace WebRecommender.Models;

/// <summary>A reader chose a book: the columns that a model starts from.</summary>
internal sealed class Interaction
{
    public int UserId { get; set; }

    public int BookId { get; set; }
}
