using System.CommandLine;
using DeviceSteps;

Option<string> device = new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu" };
Option<int> users = new("--users") { Description = "Users of the random graph; by default about GoodBooks' sizes.", DefaultValueFactory = _ => 50_000 };
Option<int> items = new("--items") { Description = "Items of the random graph.", DefaultValueFactory = _ => 10_000 };
Option<int> interactions = new("--interactions") { Description = "Interactions to draw; duplicates count once.", DefaultValueFactory = _ => 1_500_000 };
Option<int> dimension = new("--dimension") { Description = "Components of an embedding.", DefaultValueFactory = _ => 64 };
device.AcceptOnlyFromAmong("cpu", "cuda");
RootCommand command = new("Times the parts of a training step of the TorchSharp engine beside their alternatives.") { device, users, items, interactions, dimension };
command.SetAction(arguments => StepTimes.Run(arguments.GetValue(device) == "cuda", arguments.GetValue(users), arguments.GetValue(items), arguments.GetValue(interactions), arguments.GetValue(dimension)));
return command.Parse(args).Invoke();
