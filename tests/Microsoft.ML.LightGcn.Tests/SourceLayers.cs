using System.Globalization;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Microsoft.ML.LightGcn.Tests;

/// <summary>The layers of the library's sources: its folders, each of which may use only those before it.</summary>
internal sealed class SourceLayers
{
    /// <summary>The library's folder, from the repository's root.</summary>
    public const string Project = "src/Microsoft.ML.LightGcn/";

    private const string Library = "Microsoft.ML.LightGcn";
    private const string MLNetName = "Microsoft.ML";
    private const string Root = "(root)";

    /// <summary>In this order, with their sub-folders; the last are the files of the project's folder itself.</summary>
    private static readonly string[] Order = ["Numerics", "Files", "Graphs", "Models", "Evaluation", "Training", "Recommending", "MLNet", Root];

    // The language of the .NET 10 SDK, which builds the library. What documentation comments mention is no use.
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14, DocumentationMode.None);

    private static readonly CSharpCompilationOptions Compiling =
        new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Annotations);

    // What the compiler says of a partial method or property whose other half a source generator writes: those of regular expressions and of calls of native
    // code do not run here.
    private static readonly string[] Generated = ["CS8795", "CS9248"];

    private static readonly SyntaxTree Usings = CSharpSyntaxTree.ParseText(
        string.Join('\n', ((string[])["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"])
            .Select(name => $"global using {name};")), Parsing);

    private static readonly SymbolDisplayFormat TypeName = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted, SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    // The assemblies of the tests, ML.NET among them, but not the library itself: it is compiled here.
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !IsOf(Library, Path.GetFileNameWithoutExtension(path)))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    // The project copies it beside the tests.
    private static readonly ISourceGenerator[] JsonGenerator =
        [.. Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "System.Text.Json.SourceGeneration.dll")).GetTypes()
            .Where(type => type.IsDefined(typeof(GeneratorAttribute), inherit: false))
            .Select(type => ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator())];

    private readonly Compilation _compilation;
    private readonly Dictionary<SyntaxTree, SourceFile> _files;

    /// <param name="files">The sources: their paths from the repository's root, with slashes, and their texts.</param>
    public SourceLayers(IEnumerable<(string Path, string Text)> files)
    {
        _files = files.ToDictionary(file => CSharpSyntaxTree.ParseText(file.Text, Parsing, file.Path), file => new SourceFile(file.Path));
        CSharpGeneratorDriver.Create(JsonGenerator, parseOptions: Parsing).RunGeneratorsAndUpdateCompilation(
            CSharpCompilation.Create(Library, [Usings, .. _files.Keys], References.Value, Compiling), out _compilation, out _);
    }

    public int FileCount => _files.Count;

    /// <summary>How many of the layers have files.</summary>
    public int LayerCount => _files.Values.Select(file => file.Layer).Distinct().Count(Order.Contains);

    /// <summary>The library's sources as they are in the repository.</summary>
    public static SourceLayers Read(string repository)
    {
        string project = Path.Combine(repository, Project);
        return new(Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(project, path).Replace('\\', '/'))
            .Where(path => path.Split('/')[0] is not ("bin" or "obj"))
            .Select(path => (Project + path, File.ReadAllText(Path.Combine(project, path)))));
    }

    /// <summary>What breaks the layers, each with its file and line.</summary>
    public string[] Faults() =>
        [.. _files.AsParallel().SelectMany(file => InFile(file.Key, file.Value))
            .Concat(Errors().AsParallel())
            .Concat(Folders().AsParallel())
            .Distinct()
            .OrderBy(fault => fault.Path, StringComparer.Ordinal).ThenBy(fault => fault.Line).ThenBy(fault => fault.Message, StringComparer.Ordinal)
            .Select(fault => fault.ToString())];

    private IEnumerable<Fault> InFile(SyntaxTree tree, SourceFile file)
    {
        SyntaxNode root = tree.GetRoot();
        SemanticModel model = _compilation.GetSemanticModel(tree);
        return Uses(root, model, file).Concat(Namespaces(root, model, file)).Concat(Unsafe(root, file))
            .Select(fault => new Fault(file.Path, LineOf(tree, fault.Position), fault.Message));
    }

    /// <summary>
    /// Names of what stands in a later layer, or in ML.NET. What is used without a name (an inferred type, an operator, an
    /// indexer) needs no look: a layer gets it only from a member that it names, and that member's own layer names it.
    /// </summary>
    private IEnumerable<(int Position, string Message)> Uses(SyntaxNode root, SemanticModel model, SourceFile file)
    {
        foreach (SimpleNameSyntax name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (name is IdentifierNameSyntax { IsVar: true })
                continue;
            SymbolInfo found = model.GetSymbolInfo(name);
            IEnumerable<ISymbol> symbols = found.Symbol is { } symbol ? [symbol] : found.CandidateSymbols;
            foreach (INamedTypeSymbol type in symbols.Select(TypeOf).OfType<INamedTypeSymbol>())
            {
                if (IsOwn(type))
                {
                    foreach (string layer in LayersOf(type).Where(layer => !MayUse(file.Layer, layer)))
                        yield return (name.SpanStart, $"Layer {file.Layer} must not use {NameOf(type)} of layer {layer}");
                }
                else if (file.Layer is not ("MLNet" or Root) && IsOf(MLNetName, type.ContainingAssembly?.Name))
                {
                    yield return (name.SpanStart, $"Layer {file.Layer} must not use {NameOf(type)} of ML.NET");
                }
            }
        }
    }

    /// <summary>Types in a namespace that is not their folder's, and types that stand in several layers.</summary>
    private IEnumerable<(int Position, string Message)> Namespaces(SyntaxNode root, SemanticModel model, SourceFile file)
    {
        foreach (MemberDeclarationSyntax declaration in root.DescendantNodes().OfType<MemberDeclarationSyntax>())
        {
            (SyntaxToken name, INamedTypeSymbol? type) = declaration switch
            {
                BaseTypeDeclarationSyntax { Parent: not TypeDeclarationSyntax } d => (d.Identifier, model.GetDeclaredSymbol(d)),
                DelegateDeclarationSyntax { Parent: not TypeDeclarationSyntax } d => (d.Identifier, model.GetDeclaredSymbol(d)),
                _ => default,
            };
            if (type is null)
                continue;
            string found = type.ContainingNamespace.ToDisplayString();
            bool isPublic = type.DeclaredAccessibility == Accessibility.Public;
            if (!MayBeIn(found, file.Folders, isPublic, type.IsStatic))
            {
                string expected = string.Join('.', [Library, .. file.Folders]);
                if (isPublic && file.Folders.Length > 0)
                    expected += $" or {Library}";
                yield return (name.SpanStart, $"{(isPublic ? "Public" : "Internal")} type {type.Name} must be in namespace {expected}, not {found}");
            }
            if (LayersOf(type) is { Length: > 1 } layers)
                yield return (name.SpanStart, $"Partial type {type.Name} must not be in several layers: {string.Join(", ", layers)}");
        }
    }

    private static IEnumerable<(int Position, string Message)> Unsafe(SyntaxNode root, SourceFile file) => file.Layer == "Numerics" ? [] :
        root.DescendantNodesAndTokens()
            .Where(part => part.Kind() is SyntaxKind.UnsafeKeyword or SyntaxKind.FixedKeyword or SyntaxKind.PointerType or SyntaxKind.FunctionPointerType)
            .Select(part => (part.SpanStart, "Unsafe code must not be outside of layer Numerics"));

    /// <summary>What does not compile: a name that does not resolve would hide a use.</summary>
    private IEnumerable<Fault> Errors() =>
        from diagnostic in _compilation.GetDiagnostics()
        where diagnostic.Severity == DiagnosticSeverity.Error && !Generated.Contains(diagnostic.Id)
        let tree = diagnostic.Location.SourceTree
        select new Fault(tree?.FilePath ?? "", tree is null ? 0 : LineOf(tree, diagnostic.Location.SourceSpan.Start),
            $"{diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}");

    /// <summary>Folders that are no layers, each by its first file.</summary>
    private IEnumerable<Fault> Folders() =>
        from file in _files.Values
        where !Order.Contains(file.Layer)
        group file.Path by file.Layer into folder
        select new Fault(folder.Min(StringComparer.Ordinal)!, 1, $"Folder {folder.Key} is none of the layers {string.Join(", ", Order)}");

    private static bool MayUse(string user, string used)
    {
        (int from, int to) = (Array.IndexOf(Order, user), Array.IndexOf(Order, used));
        // A folder that is no layer is a fault of its own.
        return from < 0 || to < 0 || from == to || (to < from && (user, used) is not ("Files", "Numerics"));
    }

    private static bool MayBeIn(string found, string[] folders, bool isPublic, bool isStatic) => folders.Length == 0
        ? found == Library || (found == MLNetName && (isStatic || !isPublic))
        : (isPublic && found == Library) || Enumerable.Range(1, folders.Length).Any(depth => found == string.Join('.', [Library, .. folders[..depth]]));

    /// <summary>The type itself, or the one that has the member.</summary>
    private static INamedTypeSymbol? TypeOf(ISymbol symbol)
    {
        INamedTypeSymbol? type = symbol is INamedTypeSymbol named ? named
            : symbol is IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol ? symbol.ContainingType : null;
        while (type is { IsExtension: true })
            type = type.ContainingType;
        return type?.OriginalDefinition;
    }

    private bool IsOwn(INamedTypeSymbol type) => SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation.Assembly);

    private string[] LayersOf(INamedTypeSymbol type) =>
        // What is generated has no layer of its own.
        [.. type.DeclaringSyntaxReferences.Where(part => _files.ContainsKey(part.SyntaxTree)).Select(part => _files[part.SyntaxTree].Layer).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>As it would be written in the library's namespace.</summary>
    private static string NameOf(INamedTypeSymbol type)
    {
        string name = type.ToDisplayString(TypeName);
        return name.StartsWith(Library + ".", StringComparison.Ordinal) ? name[(Library.Length + 1)..] : name;
    }

    private static bool IsOf(string family, string? assembly) =>
        assembly == family || (assembly is not null && assembly.StartsWith(family + ".", StringComparison.Ordinal));

    private static int LineOf(SyntaxTree tree, int position) => tree.GetText().Lines.GetLinePosition(position).Line + 1;

    private sealed class SourceFile(string path)
    {
        public string Path { get; } = path;

        /// <summary>The folders from the project's to the file.</summary>
        public string[] Folders { get; } = path[Project.Length..].Split('/')[..^1];

        public string Layer => Folders is [string first, ..] ? first : Root;
    }

    private readonly record struct Fault(string Path, int Line, string Message)
    {
        public override string ToString() => $"{Path}({Line}): {Message}";
    }
}
