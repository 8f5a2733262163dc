namespace LightGcn.Examples;

/// <summary>Draws values with probabilities proportional to integer weights.</summary>
internal sealed class WeightedChoice
{
    private readonly List<int> _values = [];
    private readonly List<long> _cumulative = [];

    public int Count => _values.Count;

    public void Add(int value, long weight)
    {
        if (weight <= 0)
            return;
        _values.Add(value);
        _cumulative.Add((_cumulative.Count == 0 ? 0 : _cumulative[^1]) + weight);
    }

    public int Draw(SyntheticRandom random)
    {
        // The first value whose cumulative weight lies above the ticket: an equal one is already used up.
        int index = _cumulative.BinarySearch(random.Next(_cumulative[^1]) + 1);
        return _values[index < 0 ? ~index : index];
    }
}
