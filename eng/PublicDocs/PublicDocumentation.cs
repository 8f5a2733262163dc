using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LightGcn.Build;

/// <summary>Takes the documentation of what users can't see out of an XML documentation file: the compiler writes all of it, and has no setting.</summary>
internal static class PublicDocumentation
{
    /// <summary>Rewrites the file where it is, unless something is wrong.</summary>
    /// <param name="documentationPath">The XML documentation file.</param>
    /// <param name="assemblyPath">The assembly that it documents.</param>
    /// <param name="references">The assemblies that it was compiled with.</param>
    /// <returns>What is wrong: editors would find no documentation where a public member inherits that of another which is not public.</returns>
    public static string[] Keep(string documentationPath, string assemblyPath, IEnumerable<string> references)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "docs", references: references.Select(path => MetadataReference.CreateFromFile(path)),
            options: new(OutputKind.DynamicallyLinkedLibrary, metadataImportOptions: MetadataImportOptions.All));
        PortableExecutableReference assembly = MetadataReference.CreateFromFile(assemblyPath);
        compilation = compilation.AddReferences(assembly);
        Dictionary<string, ISymbol> symbols = Members(((IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(assembly)!).GlobalNamespace)
            .ToDictionary(symbol => symbol.GetDocumentationCommentId()!);
        XDocument document = XDocument.Load(documentationPath, LoadOptions.PreserveWhitespace);
        List<string> faults = [];
        foreach (XElement member in document.Descendants("member").ToArray())
        {
            string id = member.Attribute("name")!.Value;
            if (!symbols.TryGetValue(id, out ISymbol? symbol))
            {
                faults.Add($"{id} is not in {assemblyPath}");
            }
            else if (!IsVisible(symbol))
            {
                (member.PreviousNode as XText)?.Remove();
                member.Remove();
            }
            else
            {
                faults.AddRange(member.Descendants("inheritdoc")
                    .Where(inherited => !Sources(symbol, inherited.Attribute("cref")?.Value, compilation).Any(IsVisible))
                    .Select(_ => $"{id} inherits documentation that is not public"));
            }
        }
        if (faults.Count == 0)
            document.Save(documentationPath, SaveOptions.DisableFormatting);
        return [.. faults];
    }

    private static IEnumerable<ISymbol> Members(INamespaceOrTypeSymbol container) =>
        container.GetMembers().SelectMany(member => member is INamespaceOrTypeSymbol inner ? Members(inner).Append(inner) : [member]);

    private static bool IsVisible(ISymbol symbol)
    {
        for (ISymbol? part = symbol; part is not null and not INamespaceSymbol; part = part.ContainingSymbol)
        {
            if (part.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
                return false;
        }
        return true;
    }

    /// <summary>What a member may inherit its documentation from.</summary>
    private static IEnumerable<ISymbol> Sources(ISymbol symbol, string? cref, Compilation compilation)
    {
        if (cref is not null)
            return DocumentationCommentId.GetSymbolsForDeclarationId(cref, compilation);
        if (symbol is INamedTypeSymbol type)
            return type.BaseType is { SpecialType: SpecialType.None } parent ? type.Interfaces.Prepend(parent) : type.Interfaces;
        ISymbol? overridden = symbol switch
        {
            IMethodSymbol method => method.OverriddenMethod,
            IPropertySymbol property => property.OverriddenProperty,
            IEventSymbol change => change.OverriddenEvent,
            _ => null,
        };
        IEnumerable<ISymbol> implemented = symbol.ContainingType.AllInterfaces.SelectMany(contract => contract.GetMembers())
            .Where(member => SymbolEqualityComparer.Default.Equals(symbol.ContainingType.FindImplementationForInterfaceMember(member), symbol));
        return overridden is null ? implemented : implemented.Prepend(overridden);
    }
}
