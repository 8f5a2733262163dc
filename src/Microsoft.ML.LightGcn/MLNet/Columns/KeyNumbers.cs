using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Tells keys that were read as numbers, from memory or from text, from keys that a step of a pipeline made of something else, such as hashes.
/// Only of the former is the number of a key what the caller wrote.
/// </summary>
internal static class KeyNumbers
{
    /// <summary>Whether the numbers of a column's keys are, as far as can be seen, what the caller wrote.</summary>
    /// <param name="data">The data.</param>
    /// <param name="column">A key column without key values.</param>
    public static bool AreIds(IDataView data, DataViewSchema.Column column)
    {
        for (IDataView? view = data; view is not null; view = SourceOf(view))
        {
            if (view is not IRowToRowMapper mapper)
                continue;
            DataViewSchema.Column[] sources = [.. mapper.GetDependencies([view.Schema[column.Name]])];
            // A column that is passed on, copied or converted to another width comes from one of as many keys, which stood for nothing else.
            if (sources is not [var source] || source.Type is not KeyDataViewType type || type.Count != ((KeyDataViewType)column.Type).Count
                || KeyValues.FormatOf(source) is not null)
                return false;
            column = source;
        }
        return true;
    }

    /// <summary>What a view gets its rows from; null for the first one, and where it does not tell.</summary>
    // ML.NET's interface for this is internal, but each of its views has the property or, if it caches, a field.
    private static IDataView? SourceOf(IDataView view)
    {
        const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        for (Type? type = view.GetType(); type is not null; type = type.BaseType)
        {
            IEnumerable<object?> held = type.GetProperties(Instance | BindingFlags.DeclaredOnly)
                .Where(property => property.Name == "Source" && typeof(IDataView).IsAssignableFrom(property.PropertyType))
                .Select(property => property.GetValue(view))
                .Concat(type.GetFields(Instance | BindingFlags.DeclaredOnly)
                    .Where(field => typeof(IDataView).IsAssignableFrom(field.FieldType))
                    .Select(field => field.GetValue(view)));
            if (held.OfType<IDataView>().FirstOrDefault(source => source != view) is { } found)
                return found;
        }
        return null;
    }
}
