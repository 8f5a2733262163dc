namespace Leaderboard;

/// <summary>What the hybrid comparison is asked for.</summary>
/// <param name="Folder">Folder of GoodBooks or MovieLens.</param>
/// <param name="Content">A list of content and strengths; null for all there is.</param>
/// <param name="Strength">Strength of content that the list gives none; null for the default of each.</param>
/// <param name="HoldOut">What is held out.</param>
/// <param name="TrainShare">Share of every user's training interactions that are trained on and seen, in (0, 1]; the others are dropped.</param>
/// <param name="Seeds">Seeds of training.</param>
/// <param name="Epochs">Epochs of every run; null for the default number.</param>
/// <param name="Shuffled">Whether to train with the content of each relation given to other items too.</param>
/// <param name="EqualTime">Whether to train without content once more, for as many epochs as take the time of the slowest run with content.</param>
/// <param name="OnTest">Whether to report test interactions; else validation interactions.</param>
/// <param name="Json">File for the results; null for none.</param>
internal sealed record HybridSettings(string Folder, string? Content, float? Strength, HoldOut HoldOut, double TrainShare, int[] Seeds, int? Epochs, bool Shuffled, bool EqualTime, bool OnTest, string? Json);

/// <summary>What a split holds out.</summary>
internal enum HoldOut
{
    /// <summary>The one, and in another training the other.</summary>
    Both,

    /// <summary>One interaction of each user.</summary>
    Interactions,

    /// <summary>Whole items.</summary>
    Items,
}
