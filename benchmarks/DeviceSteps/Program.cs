using System.CommandLine;
using DeviceSteps;
using LightGcn.Examples;
using Microsoft.ML.LightGcn.Torch;

// What still fits the tables of one step on a large machine.
const int MaximumNodes = 100_000_000, MaximumInteractions = 1_000_000_000, MaximumDimension = 4096;
Option<StepDevice> device = new Option<StepDevice>("--device") { Description = "Where TorchSharp runs.", DefaultValueFactory = _ => StepDevice.Cpu }.Choice();
Option<int> users = new Option<int>("--users") { Description = "Users of the random graph; by default about GoodBooks' sizes.", DefaultValueFactory = _ => 50_000 }.Number(1, MaximumNodes);
Option<int> items = new Option<int>("--items") { Description = "Items of the random graph.", DefaultValueFactory = _ => 10_000 }.Number(2, MaximumNodes);
Option<int> interactions = new Option<int>("--interactions") { Description = "Interactions to draw; duplicates count once.", DefaultValueFactory = _ => 1_500_000 }.Number(1, MaximumInteractions);
Option<int> dimension = new Option<int>("--dimension") { Description = "Components of an embedding.", DefaultValueFactory = _ => 64 }.Number(1, MaximumDimension);
RootCommand command = new("Times the parts of a training step of the TorchSharp engine beside their alternatives.") { device, users, items, interactions, dimension };
command.SetAction(arguments =>
{
    bool isCuda = arguments.GetValue(device) == StepDevice.Cuda;
    if ((TorchBackend.Problem ?? (isCuda ? TorchBackend.CudaProblem(0) : null)) is { } problem)
        throw new UserErrorException($"--device: {problem}");
    StepTimes.Run(isCuda, arguments.GetValue(users), arguments.GetValue(items), arguments.GetValue(interactions), arguments.GetValue(dimension));
});
return await CommandProgram.RunAsync(command, args);
