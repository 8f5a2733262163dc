using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Propagation as the notebook does it: sparse COO products by libtorch, gradients by autograd.</summary>
internal sealed class LibtorchPropagation : IPropagationPeer
{
    private readonly int _layerCount;
    private readonly Tensor _adjacency, _embeddings, _outputGradient;
    private Tensor? _output;

    public LibtorchPropagation(PropagationInput input, int threadCount)
    {
        set_num_threads(threadCount);
        _layerCount = input.LayerCount;
        _adjacency = LibtorchAdjacency.Create(input.Graph);
        _embeddings = tensor(input.Embeddings, [input.NodeCount, input.Dimension], requires_grad: true);
        _outputGradient = tensor(input.OutputGradient, [input.NodeCount, input.Dimension]);
    }

    public void Forward()
    {
        using IDisposable noGradient = no_grad();
        Propagate(backward: false);
    }

    public void ForwardAndBackward()
    {
        _embeddings.grad = null;
        Propagate(backward: true);
    }

    public float[] Output() => [.. _output!.data<float>()];

    public float[] Gradient() => [.. _embeddings.grad!.data<float>()];

    public void Dispose()
    {
        _output?.Dispose();
        _outputGradient.Dispose();
        _embeddings.Dispose();
        _adjacency.Dispose();
    }

    private void Propagate(bool backward)
    {
        _output?.Dispose();
        using DisposeScope scope = NewDisposeScope();
        Tensor output = LibtorchAdjacency.Propagate(_adjacency, _embeddings, _layerCount);
        if (backward)
            output.backward([_outputGradient]);
        _output = output.detach().MoveToOuterDisposeScope();
    }
}
