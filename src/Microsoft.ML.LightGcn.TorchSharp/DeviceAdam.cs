using Microsoft.ML.LightGcn.Numerics;
using static Microsoft.ML.LightGcn.Torch.Scalars;
using static TorchSharp.torch;

namespace Microsoft.ML.LightGcn.Torch;

/// <summary><see cref="Adam"/> on the device: moments and update of one table.</summary>
internal sealed class DeviceAdam(DeviceTensors tensors, long rowCount, int dimension)
{
    public Tensor FirstMoment { get; } = tensors.Zeros(ScalarType.Float32, rowCount, dimension);

    public Tensor SecondMoment { get; } = tensors.Zeros(ScalarType.Float32, rowCount, dimension);

    /// <summary>Updates the parameters in place; overwrites the gradient.</summary>
    public void Update(Tensor parameters, Tensor gradient, in Adam.Step step)
    {
        if (step.WeightDecay > 0)
            gradient.add_(parameters, Held(step.WeightDecay));
        FirstMoment.mul_(Held((float)Adam.FirstDecay)).add_(gradient, Held((float)(1 - Adam.FirstDecay)));
        SecondMoment.mul_(Held((float)Adam.SecondDecay)).addcmul_(gradient, gradient, Held((float)(1 - Adam.SecondDecay)));
        // The gradient's own room takes the root.
        gradient.copy_(SecondMoment).sqrt_().mul_(Held(step.InverseRootCorrection)).add_(Held((float)Adam.Epsilon), One);
        parameters.addcdiv_(FirstMoment, gradient, Held(-step.Rate));
    }
}
