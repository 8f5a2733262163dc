using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>
/// The samples of a batch of <see cref="SampledSoftmaxObjective"/>: a user and a positive item for each, and the negatives that they share. Samples are
/// cut into groups, whose number follows from theirs alone.
/// </summary>
internal sealed class SoftmaxSamples
{
    /// <summary>The maximum number of groups.</summary>
    public const int MaximumGroupCount = 16;

    /// <summary>Samples that are compared at once. A group has as many or more, unless there are fewer in the batch.</summary>
    public const int SamplesPerTile = 32;

    private const int RowsPerChunk = 64;

    private readonly SampleSource _source;
    private readonly BipartiteGraph _graph;
    private readonly NodeLayout _layout;
    private readonly ThreadTeam _team;
    private readonly Action<int> _draw;
    // A user and a positive for each sample, then the negatives.
    private readonly int[] _nodes;
    // For each item and for each negative, what is taken off its logit.
    private readonly float[] _corrections;
    private readonly Matrix _negativeCorrections;
    // For each item, the first place among the negatives that it was drawn to, and for each place the next one of the same item.
    private readonly int[] _firstPlace, _nextPlace, _drawn;
    private long _firstSample;

    /// <param name="source">Draws the samples.</param>
    /// <param name="plan">Graph, batch size and objective.</param>
    /// <param name="team">The threads.</param>
    public SoftmaxSamples(SampleSource source, TrainingPlan plan, ThreadTeam team)
    {
        _source = source;
        _graph = plan.Interactions;
        _layout = plan.Layout;
        _team = team;
        NegativeCount = plan.NegativeCount;
        _nodes = new int[2 * plan.BatchCapacity + NegativeCount];
        _corrections = Corrections(_graph, (SampledSoftmaxObjective)plan.Settings.Objective);
        _negativeCorrections = new Matrix(1, NegativeCount);
        _firstPlace = new int[_graph.ItemCount];
        Array.Fill(_firstPlace, -1);
        _nextPlace = new int[NegativeCount];
        _drawn = new int[NegativeCount];
        _draw = Draw;
    }

    /// <summary>Number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>Number of negatives.</summary>
    public int NegativeCount { get; }

    /// <summary>The nodes of the batch's entries: the users of all samples, their positives, the negatives.</summary>
    public ReadOnlySpan<int> Nodes => _nodes.AsSpan(0, 2 * Count + NegativeCount);

    /// <summary>What is taken off each negative's logit, and zeros up to a whole cache line.</summary>
    public ReadOnlySpan<float> NegativeCorrections => _negativeCorrections.Padded;

    /// <summary>
    /// As many groups as there are tiles, up to a limit: each group fills a table of all negatives. None is empty, as a tile has more samples than
    /// there are groups.
    /// </summary>
    public int GroupCount => GroupCountOf(Count);

    /// <summary>The node of a sample's user.</summary>
    public int User(int sample) => _nodes[sample];

    /// <summary>The node of a sample's positive.</summary>
    public int Positive(int sample) => _nodes[Count + sample];

    /// <summary>The node of a negative.</summary>
    public int Negative(int place) => _nodes[2 * Count + place];

    /// <summary>What is taken off the logit of an item's node.</summary>
    public float Correction(int node) => _corrections[_layout.ItemOf(node)];

    /// <summary>The number of groups of so many samples.</summary>
    public static int GroupCountOf(int count) => Math.Clamp((count + SamplesPerTile - 1) / SamplesPerTile, 1, MaximumGroupCount);

    /// <summary>The first sample of a group; the number of groups stands for the end.</summary>
    public int FirstOf(int group) => (int)Math.Min(Count, (long)group * ((Count + GroupCount - 1) / GroupCount));

    /// <summary>What is taken off each item's logit: the frequency correction times the logarithm of how often it was chosen.</summary>
    public static float[] Corrections(BipartiteGraph graph, SampledSoftmaxObjective objective)
    {
        float[] corrections = new float[graph.ItemCount];
        // An item that was never chosen is neither a positive nor a negative.
        for (int item = 0; item < corrections.Length; item++)
            corrections[item] = objective.FrequencyCorrection!.Value * MathF.Log(Math.Max(1, graph.UsersOf(item).Length));
        return corrections;
    }

    /// <summary>Draws samples firstSample to firstSample + count - 1, and their negatives.</summary>
    public void Draw(long firstSample, int count)
    {
        (_firstSample, Count) = (firstSample, count);
        _team.Run((count + RowsPerChunk - 1) / RowsPerChunk, _draw);
        DrawNegatives();
    }

    /// <summary>Makes the logits of negatives that are the user's own items negative infinity.</summary>
    public void MaskOwn(int user, Span<float> logits)
    {
        foreach (int item in _graph.ItemsOf(user))
        {
            for (int place = _firstPlace[item]; place >= 0; place = _nextPlace[place])
                logits[place] = float.NegativeInfinity;
        }
    }

    private void Draw(int chunk)
    {
        int end = Math.Min(Count, (chunk + 1) * RowsPerChunk);
        for (int s = chunk * RowsPerChunk; s < end; s++)
        {
            (_nodes[s], int positive) = _source.DrawPositive(_firstSample + s);
            _nodes[Count + s] = _layout.ItemNode(positive);
        }
    }

    /// <summary>Draws the items of random interactions: each item in proportion to how often it was chosen.</summary>
    private void DrawNegatives()
    {
        foreach (int item in _drawn)
            _firstPlace[item] = -1;
        RandomStream random = _source.NegativesStream(_firstSample);
        Span<int> nodes = _nodes.AsSpan(2 * Count, NegativeCount);
        Span<float> corrections = _negativeCorrections.Padded;
        for (int place = 0; place < nodes.Length; place++)
        {
            int item = _graph.ByUser.Indices.Span[random.Next(_graph.InteractionCount)];
            nodes[place] = _layout.ItemNode(item);
            _nextPlace[place] = _firstPlace[item];
            _firstPlace[item] = place;
            _drawn[place] = item;
            corrections[place] = _corrections[item];
        }
    }
}
