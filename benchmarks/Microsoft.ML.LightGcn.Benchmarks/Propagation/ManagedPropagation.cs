using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Propagation as the CPU engine does it, except that here the gradient of every node is given, not of a batch's nodes only.</summary>
internal sealed class ManagedPropagation : IPropagationPeer
{
    private readonly ThreadTeam _team;
    private readonly LightGcn.Graphs.Propagation _propagation;
    private readonly Matrix _embeddings, _output, _outputGradient, _gradient;

    public ManagedPropagation(PropagationInput input, int threadCount, PropagationPrecision precision = PropagationPrecision.Float32)
    {
        _team = new ThreadTeam(threadCount);
        _embeddings = ToTable(input.Embeddings, input);
        _outputGradient = ToTable(input.OutputGradient, input);
        _output = new Matrix(input.NodeCount, input.Dimension);
        _gradient = new Matrix(input.NodeCount, input.Dimension);
        float[] weights = [.. Enumerable.Repeat(1f / (input.LayerCount + 1), input.LayerCount + 1)];
        _propagation = new LightGcn.Graphs.Propagation(new HeterogeneousGraph(input.Graph), weights, new Matrix(input.NodeCount, input.Dimension), _team, precision);
    }

    public void Forward() => _propagation.Forward(_embeddings, _output);

    public void ForwardAndBackward()
    {
        _propagation.Forward(_embeddings, _output);
        // The operator is symmetric.
        _propagation.Forward(_outputGradient, _gradient);
    }

    public float[] Output() => _output.ToArray(0, _output.RowCount);

    public float[] Gradient() => _gradient.ToArray(0, _gradient.RowCount);

    public void Dispose() => _team.Dispose();

    private static Matrix ToTable(float[] dense, PropagationInput input)
    {
        Matrix table = new(input.NodeCount, input.Dimension);
        for (int node = 0; node < input.NodeCount; node++)
            dense.AsSpan(node * input.Dimension, input.Dimension).CopyTo(table.Row(node));
        return table;
    }
}
