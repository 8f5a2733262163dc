using System.Globalization;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The folders of the library are layers: each uses only those before it, and only the last use ML.NET.</summary>
public sealed class LayerTests
{
    /// <summary>A small library without a fault, to plant one in.</summary>
    private static readonly (string Path, string Text)[] Clean =
    [
        ("Numerics/Sum.cs", """
            using System.Runtime.InteropServices;
            using Microsoft.ML.LightGcn.Training;
            namespace Microsoft.ML.LightGcn.Numerics;
            /// <summary>Only a mention, which is no use: <see cref="Session"/>, <see cref="IDataView"/>.</summary>
            internal static unsafe partial class Sum
            {
                public static float First(float[] values)
                {
                    fixed (float* first = values)
                        return *first;
                }
                public static int OfAll(this int[] values) => values.Sum();
                [LibraryImport("libc")]
                private static partial int getpid();
            }
            """),
        ("Files/CsvFile.cs", """
            namespace Microsoft.ML.LightGcn.Files;
            internal sealed class CsvFile
            {
                public string Path { get; set; } = "";
            }
            """),
        ("Graphs/Graph.cs", """
            using Microsoft.ML.LightGcn.Numerics;
            namespace Microsoft.ML.LightGcn.Graphs;
            internal sealed class Graph(int[] nodes)
            {
                public int Sum => nodes.OfAll();
                public Files.CsvFile? File { get; set; }
            }
            """),
        ("Models/Model.cs", """
            namespace Microsoft.ML.LightGcn;
            public sealed class Model
            {
                internal Graphs.Graph? Graph { get; set; }
            }
            """),
        ("Evaluation/Metric.cs", """
            namespace Microsoft.ML.LightGcn;
            public enum Metric { Ndcg, Recall }
            """),
        ("Training/Session.cs", """
            namespace Microsoft.ML.LightGcn.Training;
            internal partial class Session
            {
                public sealed class Settings;
                public const int Epochs = 3;
                public static int Count { get; set; }
                public Model? Model { get; set; }
            }
            """),
        ("Training/Session.Run.cs", """
            namespace Microsoft.ML.LightGcn.Training;
            internal partial class Session
            {
                public static T Run<T>(T value) => value;
            }
            internal static class SessionExtensions
            {
                extension(int[] values)
                {
                    public int Twice => 2 * values.Length;
                }
                public static int Epochs(this int[] values) => values.Length;
            }
            [AttributeUsage(AttributeTargets.All)]
            internal sealed class TrainedAttribute : Attribute;
            """),
        ("Training/Engines/Engine.cs", """
            namespace Microsoft.ML.LightGcn.Training.Engines;
            internal delegate Session Engine();
            """),
        ("Training/Engines/EngineName.cs", """
            namespace Microsoft.ML.LightGcn.Training;
            internal interface IEngineName;
            """),
        ("Recommending/Recommender.cs", """
            namespace Microsoft.ML.LightGcn;
            public class Recommender
            {
                internal object? Session { get; } = Training.Session.Run(new Training.Session());
            }
            """),
        ("MLNet/Trainer.cs", """
            namespace Microsoft.ML.LightGcn;
            public sealed class Trainer : Recommender
            {
                public int Fit(IDataView view) => view.Schema.Count;
            }
            """),
        ("TrainerCatalog.cs", """
            using Microsoft.ML.LightGcn;
            namespace Microsoft.ML;
            public static class TrainerCatalog
            {
                public static object Shared { get; } = new();
                public static Trainer Trainer(this RankingCatalog.RankingTrainers catalog) => Inner.Create(catalog);
            }
            internal sealed class Inner
            {
                public static Trainer Create(object catalog) => catalog is IDataView ? new() : new Trainer();
            }
            """),
    ];

    [Fact]
    public void Every_folder_uses_only_the_layers_before_it()
    {
        SourceLayers layers = SourceLayers.Read(ShownCode.Root());
        string[] faults = layers.Faults();
        Assert.True(faults.Length == 0, string.Join('\n', faults));
        // It has not looked in the wrong place.
        Assert.True(layers.FileCount >= 100 && layers.LayerCount >= 7, $"{layers.FileCount} files in {layers.LayerCount} layers");
    }

    [Fact]
    public void A_clean_library_has_no_fault()
    {
        SourceLayers layers = new(Clean.Select(file => (SourceLayers.Project + file.Path, file.Text)));
        Assert.Equal([], layers.Faults());
        Assert.Equal((Clean.Length, 9), (layers.FileCount, layers.LayerCount));
    }

    [Theory]
    [InlineData("Models", "public Training.Session? Session;", "Training.Session of layer Training")]
    [InlineData("Models", "public List<Training.Session[]> Sessions = [];", "Training.Session of layer Training")]
    [InlineData("Models", "public string Name = nameof(Training.Session);", "Training.Session of layer Training")]
    [InlineData("Models", "public int Epochs(int[] values) => values.Epochs();", "Training.SessionExtensions of layer Training")]
    [InlineData("Models", "public int Twice(int[] values) => values.Twice;", "Training.SessionExtensions of layer Training")]
    [InlineData("Models", "[Trained] public int Value;", "Training.TrainedAttribute of layer Training")]
    [InlineData("Models", "public Training.Engines.Engine? Engine;", "Training.Engines.Engine of layer Training")]
    [InlineData("Models", "public class Inner : Recommender;", "Recommender of layer Recommending")]
    [InlineData("Numerics", "public Files.CsvFile? File;", "Files.CsvFile of layer Files")]
    [InlineData("Files", "public int Sum(int[] values) => values.OfAll();", "Numerics.Sum of layer Numerics")]
    [InlineData("Graphs", "public object Value = Metric.Ndcg;", "Metric of layer Evaluation")]
    [InlineData("Evaluation", "public int Epochs = Training.Session.Epochs;", "Training.Session of layer Training")]
    [InlineData("Training/Engines", "public Recommender? Recommender;", "Recommender of layer Recommending")]
    [InlineData("Recommending", "public Trainer? Trainer;", "Trainer of layer MLNet")]
    [InlineData("MLNet", "public object Create() => TrainerCatalog.Shared;", "Microsoft.ML.TrainerCatalog of layer (root)")]
    [InlineData("Models", "public IDataView? View;", "Microsoft.ML.IDataView of ML.NET")]
    [InlineData("Training", "public int Length(Microsoft.ML.Data.VBuffer<int> values) => values.Length;", "Microsoft.ML.Data.VBuffer of ML.NET")]
    [InlineData("Recommending", "public object Create() => new MLContext(1);", "Microsoft.ML.MLContext of ML.NET")]
    public void A_use_of_a_later_layer_or_of_ML_NET_is_named(string folder, string member, string used) =>
        Assert.Equal([$"{SourceLayers.Project}{folder}/Planted.cs(6): Layer {folder.Split('/')[0]} must not use {used}"], Faults($"{folder}/Planted.cs", $$"""
            using Microsoft.ML.LightGcn.Numerics;
            using Microsoft.ML.LightGcn.Training;
            namespace Microsoft.ML.LightGcn.{{folder.Replace('/', '.')}};
            internal class Planted
            {
                {{member}}
            }
            """));

    [Fact]
    public void A_member_of_an_inferred_type_is_a_use_and_so_is_a_directive_that_names_a_type()
    {
        string[] faults = Faults("Models/Planted.cs", """
            using static Microsoft.ML.LightGcn.Training.Session;
            using Later = Microsoft.ML.LightGcn.Recommender;
            namespace Microsoft.ML.LightGcn.Models;
            internal class Planted
            {
                public object? Value()
                {
                    var later = new Later();
                    return later.Session;
                }
                public int Value(int value) => Count + value;
            }
            """);
        const string Training = "Layer Models must not use Training.Session of layer Training";
        const string Recommending = "Layer Models must not use Recommender of layer Recommending";
        Assert.Equal(((int, string)[])[(1, Training), (2, Recommending), (8, Recommending), (9, Recommending), (11, Training)],
            faults.Select(fault => (int.Parse(fault.Split('(', ')')[1], CultureInfo.InvariantCulture), fault.Split(": ")[1])));
    }

    [Theory]
    [InlineData("unsafe void Run() { }")]
    [InlineData("void Run() { unsafe { } }")]
    [InlineData("unsafe struct Buffer;")]
    public void Unsafe_code_outside_of_Numerics_is_named(string member)
    {
        string text = $$"""
            namespace Microsoft.ML.LightGcn;
            public class Planted
            {
                {{member}}
            }
            """;
        foreach (string folder in (string[])["Files/", "Training/Engines/", "MLNet/", ""])
            Assert.Equal([$"{SourceLayers.Project}{folder}Planted.cs(4): Unsafe code must not be outside of layer Numerics"], Faults($"{folder}Planted.cs", text));
        Assert.Equal([], Faults("Numerics/Planted.cs", text));
    }

    [Fact]
    public void Pointers_and_fixed_are_unsafe_code_of_their_own()
    {
        string[] faults = Faults("Models/Planted.cs", """
            namespace Microsoft.ML.LightGcn.Models;
            internal unsafe class Planted
            {
                public int Run(int[] values, int* pointer,
                    delegate*<int, int> function)
                {
                    fixed (void* all = values)
                        return 1;
                }
                public struct Buffer
                {
                    public fixed byte Bytes[8];
                }
            }
            """);
        Assert.Equal(((int[])[2, 4, 5, 7, 12]).Select(line => $"{SourceLayers.Project}Models/Planted.cs({line}): Unsafe code must not be outside of layer Numerics"), faults);
    }

    [Theory]
    [InlineData("Models", "Microsoft.ML.LightGcn", "internal class", "Microsoft.ML.LightGcn.Models")]
    [InlineData("Models", "Microsoft.ML.LightGcn", "file class", "Microsoft.ML.LightGcn.Models")]
    [InlineData("Models", "Microsoft.ML.LightGcn", "enum", "Microsoft.ML.LightGcn.Models")]
    [InlineData("Models", "Microsoft.ML.LightGcn.Graphs", "internal class", "Microsoft.ML.LightGcn.Models")]
    [InlineData("Models", "Microsoft.ML.LightGcn.Models.Deeper", "internal class", "Microsoft.ML.LightGcn.Models")]
    [InlineData("Models", "Microsoft.ML.LightGcn.Graphs", "public class", "Microsoft.ML.LightGcn.Models or Microsoft.ML.LightGcn")]
    [InlineData("MLNet", "Microsoft.ML", "public static class", "Microsoft.ML.LightGcn.MLNet or Microsoft.ML.LightGcn")]
    [InlineData("MLNet", "Microsoft.ML", "internal static class", "Microsoft.ML.LightGcn.MLNet")]
    [InlineData("Training/Engines", "Microsoft.ML.LightGcn.Engines", "internal class", "Microsoft.ML.LightGcn.Training.Engines")]
    [InlineData("Training/Engines", "Microsoft.ML.LightGcn", "internal class", "Microsoft.ML.LightGcn.Training.Engines")]
    [InlineData("", "Microsoft.ML", "public class", "Microsoft.ML.LightGcn")]
    [InlineData("", "Microsoft.ML.LightGcn.Models", "internal class", "Microsoft.ML.LightGcn")]
    public void A_namespace_that_is_not_the_folder_s_is_named(string folder, string found, string kind, string expected)
    {
        string path = Path.Join(folder, "Planted.cs").Replace('\\', '/');
        string type = kind.StartsWith("public", StringComparison.Ordinal) ? "Public type" : "Internal type";
        Assert.Equal([$"{SourceLayers.Project}{path}(2): {type} Planted must be in namespace {expected}, not {found}"], Faults(path, $$"""
            namespace {{found}};
            {{kind}} Planted
            {
            }
            """));
    }

    [Fact]
    public void A_type_in_several_layers_is_named_in_each()
    {
        string[] faults = Faults("Recommending/Planted.cs", """
            namespace Microsoft.ML.LightGcn.Recommending
            {
                internal class Other;
            }
            namespace Microsoft.ML.LightGcn
            {
                public sealed partial class Divided;
            }
            """,
            ("Training/Divided.cs", "namespace Microsoft.ML.LightGcn;\npublic partial class Divided;"));
        const string Message = "Partial type Divided must not be in several layers: Recommending, Training";
        Assert.Equal([$"{SourceLayers.Project}Recommending/Planted.cs(7): {Message}", $"{SourceLayers.Project}Training/Divided.cs(2): {Message}"], faults);
    }

    [Fact]
    public void A_folder_that_is_no_layer_is_named() =>
        Assert.Equal([$"{SourceLayers.Project}Kernels/Planted.cs(1): Folder Kernels is none of the layers Numerics, Files, Graphs, Models, Evaluation, Training, Recommending, MLNet, (root)"],
            Faults("Kernels/Planted.cs", "namespace Microsoft.ML.LightGcn.Kernels;\ninternal class Planted;",
                ("Kernels/Simd/Second.cs", "namespace Microsoft.ML.LightGcn.Kernels;\ninternal class Second;")));

    /// <summary>It could be of any layer.</summary>
    [Theory]
    [InlineData("public Missing? Value;", "CS0246")]
    [InlineData("public int Value = Missing;", "CS0103")]
    [InlineData("public int Value = new Graphs.Graph([]).Missing;", "CS1061")]
    [InlineData("public Graphs.Missing? Value;", "CS0234")]
    public void A_name_that_does_not_resolve_is_named(string member, string error)
    {
        string fault = Assert.Single(Faults("Models/Planted.cs", $"namespace Microsoft.ML.LightGcn.Models;\ninternal class Planted\n{{\n{member}\n}}"));
        Assert.StartsWith($"{SourceLayers.Project}Models/Planted.cs(4): {error}: ", fault, StringComparison.Ordinal);
    }

    /// <summary>The faults of the clean library with these files added.</summary>
    private static string[] Faults(string path, string text, params (string Path, string Text)[] more) =>
        new SourceLayers(((IEnumerable<(string Path, string Text)>)[.. Clean, (path, text), .. more]).Select(file => (SourceLayers.Project + file.Path, file.Text))).Faults();
}
