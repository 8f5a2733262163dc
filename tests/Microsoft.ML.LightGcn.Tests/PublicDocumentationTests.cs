using System.Xml.Linq;
using LightGcn.Build;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>What packages say of their members: packing runs the tool that is tested here.</summary>
public sealed class PublicDocumentationTests : IDisposable
{
    private static readonly string[] Platform = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path) != "Microsoft.ML.LightGcn.dll")];

    private readonly string _folder = Directory.CreateTempSubdirectory("publicdocs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_public_or_protected_stays()
    {
        string[] kept = Keep(
            """
            using System;
            /// <summary>1</summary>
            public class Shown<T> : IComparable<T>
            {
                /// <summary>3</summary>
                public void Do(int n) { }
                /// <summary>not</summary>
                internal void Do(long n) { }
                /// <summary>4</summary>
                protected void Do<U>(ref U n, T[] m) { }
                /// <summary>5</summary>
                protected internal int this[int n] => n;
                /// <summary>not</summary>
                private protected int field;
                /// <summary>not</summary>
                int IComparable<T>.CompareTo(T? other) => 0;
                /// <inheritdoc/>
                public override string ToString() => "";
                /// <inheritdoc cref="Do(int)"/>
                public static explicit operator int(Shown<T> shown) => 0;
                /// <summary>not</summary>
                private class Hidden
                {
                    /// <summary>not</summary>
                    public int Value;
                }
                /// <summary>6</summary>
                protected enum Kind
                {
                    /// <summary>7</summary>
                    One,
                }
            }
            /// <summary>2</summary>
            public class Other
            {
                /// <summary>8</summary>
                public int Item { get; set; }
            }
            /// <summary>not</summary>
            internal class Inside
            {
                /// <summary>not</summary>
                public Inside() { }
            }
            """,
            out string[] faults);
        Assert.Empty(faults);
        Assert.Equal(
            [
                "F:Shown`1.Kind.One", "M:Shown`1.Do(System.Int32)", "M:Shown`1.Do``1(``0@,`0[])", "M:Shown`1.ToString",
                "M:Shown`1.op_Explicit(Shown{`0})~System.Int32", "P:Other.Item", "P:Shown`1.Item(System.Int32)", "T:Other", "T:Shown`1", "T:Shown`1.Kind",
            ],
            kept.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("public class Shown { /** <inheritdoc cref='Inside'/> */ public void Do() { } } internal class Inside { }")]
    [InlineData("public class Shown { /** <inheritdoc cref='Hidden(int)'/> */ public void Do() { } /** <summary>x</summary> */ internal void Hidden(int n) { } }")]
    [InlineData("public class Shown : Inside { /** <inheritdoc/> */ public void Do() { } } internal interface Inside { /** <summary>x</summary> */ void Do(); }")]
    public void Documentation_that_a_user_could_not_see_is_not_inherited(string source)
    {
        Assert.NotEmpty(Keep(source, out string[] faults));
        Assert.Equal(["M:Shown.Do inherits documentation that is not public"], faults);
    }

    [Fact]
    public void The_library_s_own_has_every_public_type_and_no_other()
    {
        System.Reflection.Assembly library = typeof(LightGcnTrainer).Assembly;
        string path = Path.Combine(_folder, "library.xml");
        File.Copy(Path.ChangeExtension(library.Location, ".xml"), path);
        Assert.Empty(PublicDocumentation.Keep(path, library.Location, Platform));
        string[] types = [.. Ids(path).Where(id => id.StartsWith("T:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(library.GetExportedTypes().Select(type => $"T:{type.FullName!.Replace('+', '.')}").Order(StringComparer.Ordinal), types);
    }

    private string[] Keep(string source, out string[] faults)
    {
        string assembly = Path.Combine(_folder, "sample.dll"), documentation = Path.Combine(_folder, "sample.xml");
        CSharpCompilation compilation = CSharpCompilation.Create(
            "sample", [CSharpSyntaxTree.ParseText(source, new(documentationMode: DocumentationMode.Diagnose), cancellationToken: TestContext.Current.CancellationToken)],
            Platform.Select(path => MetadataReference.CreateFromFile(path)), new(OutputKind.DynamicallyLinkedLibrary));
        using (FileStream dll = File.Create(assembly), xml = File.Create(documentation))
            Assert.True(compilation.Emit(dll, xmlDocumentationStream: xml, cancellationToken: TestContext.Current.CancellationToken).Success);
        faults = PublicDocumentation.Keep(documentation, assembly, Platform);
        return Ids(documentation);
    }

    private static string[] Ids(string path) => [.. XDocument.Load(path).Descendants("member").Select(member => member.Attribute("name")!.Value)];
}
