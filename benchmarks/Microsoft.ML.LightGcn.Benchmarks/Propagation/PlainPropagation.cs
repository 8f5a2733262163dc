namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>The baseline: the formula as three loops over nodes, neighbours and components, on one thread.</summary>
internal sealed class PlainPropagation : IPropagationPeer
{
    private readonly PropagationInput _input;
    private readonly float[] _inverseRootDegrees;
    private readonly float[] _output, _gradient;
    private float[] _layer, _next;

    public PlainPropagation(PropagationInput input)
    {
        _input = input;
        int length = input.Embeddings.Length;
        (_output, _gradient, _layer, _next) = (new float[length], new float[length], new float[length], new float[length]);
        _inverseRootDegrees = new float[input.NodeCount];
        for (int node = 0; node < input.NodeCount; node++)
            _inverseRootDegrees[node] = 1 / MathF.Sqrt(Neighbours(node).Length);
    }

    public void Forward() => Propagate(_input.Embeddings, _output);

    public void ForwardAndBackward()
    {
        Propagate(_input.Embeddings, _output);
        // The operator is symmetric.
        Propagate(_input.OutputGradient, _gradient);
    }

    public float[] Output() => _output;

    public float[] Gradient() => _gradient;

    public void Dispose()
    {
    }

    private ReadOnlySpan<int> Neighbours(int node) =>
        node < _input.Graph.UserCount ? _input.Graph.ItemsOf(node) : _input.Graph.UsersOf(node - _input.Graph.UserCount);

    private void Propagate(float[] embeddings, float[] output)
    {
        float weight = 1f / (_input.LayerCount + 1);
        embeddings.CopyTo(_layer, 0);
        for (int k = 0; k < output.Length; k++)
            output[k] = weight * embeddings[k];
        for (int l = 0; l < _input.LayerCount; l++)
        {
            Multiply(_layer, _next);
            (_layer, _next) = (_next, _layer);
            for (int k = 0; k < output.Length; k++)
                output[k] += weight * _layer[k];
        }
    }

    private void Multiply(float[] table, float[] product)
    {
        int dimension = _input.Dimension, users = _input.Graph.UserCount;
        for (int node = 0; node < _input.NodeCount; node++)
        {
            Span<float> row = product.AsSpan(node * dimension, dimension);
            row.Clear();
            foreach (int neighbour in Neighbours(node))
            {
                int other = node < users ? users + neighbour : neighbour;
                float edge = _inverseRootDegrees[node] * _inverseRootDegrees[other];
                ReadOnlySpan<float> otherRow = table.AsSpan(other * dimension, dimension);
                for (int k = 0; k < row.Length; k++)
                    row[k] += edge * otherRow[k];
            }
        }
    }
}
