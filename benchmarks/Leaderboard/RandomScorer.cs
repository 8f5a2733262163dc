using Microsoft.ML.LightGcn;

namespace Leaderboard;

/// <summary>Scores that say nothing, the same for a seed, a user and an item whoever asks: what chance alone reaches.</summary>
internal sealed class RandomScorer(int userCount, int itemCount, int seed) : IItemScorer
{
    public int UserCount => userCount;

    public int ItemCount => itemCount;

    public void ScoreItems(ReadOnlySpan<int> users, Span<float> scores)
    {
        for (int row = 0; row < users.Length; row++)
        {
            Random random = new(HashCode(users[row]));
            foreach (ref float score in scores.Slice(row * itemCount, itemCount))
                score = random.NextSingle();
        }
    }

    /// <summary>Neighbouring users and seeds get unrelated numbers; System.HashCode is another one in each process.</summary>
    private int HashCode(int user)
    {
        ulong mixed = ((ulong)(uint)seed << 32 | (uint)user) * 0x9E3779B97F4A7C15;
        mixed ^= mixed >> 29;
        return (int)((mixed * 0xBF58476D1CE4E5B9) >> 32);
    }
}
