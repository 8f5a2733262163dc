using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>The ids of a vocabulary as the data of keys that MapValueToKey takes: one column, in the order of the keys.</summary>
internal static class KeyData
{
    private const string ColumnName = "Id";

    /// <exception cref="NotSupportedException">A key has no id, or an id stands twice: MapValueToKey could not make the same keys.</exception>
    public static IDataView Of(Vocabulary keys)
    {
        if (keys.Names is null && !keys.NumbersAreIds)
            throw new NotSupportedException($"The model's {keys.Role} keys have no key values: expected ids to make a map of, found hashes or the like.");
        if (keys.Names is not { } names)
            return new TableView.Builder(keys.Count).Add(ColumnName, NumberDataViewType.UInt32, (long row, ref uint id) => id = (uint)row).ToView();
        for (int index = 0; index < names.Count; index++)
        {
            if (keys.Lookup(names[index]) != index)
                throw new NotSupportedException(string.Create(CultureInfo.InvariantCulture,
                    $"The model's {keys.Role} keys are not a map of distinct ids: key {index + 1} has "
                    + $"{(names[index].Length == 0 ? "no id" : $"the id '{names[index]}', as another key has")}."));
        }
        // A file of an earlier version does not say of which type its ids were.
        return (keys.Format ?? IdFormat.Of(typeof(ReadOnlyMemory<char>))!).Accept(new Column(names));
    }

    private sealed class Column(IReadOnlyList<string> names) : IIdVisitor<IDataView>
    {
        public IDataView Visit<T>(IdFormat<T> format) => new TableView.Builder(names.Count).Add(ColumnName, IdTypes.Of<T>(), (long row, ref T id) =>
        {
            if (!format.TryParse(names[(int)row], out id))
                throw new InvalidDataException($"Expected an id of type {format.Name}, found '{names[(int)row]}'.");
        }).ToView();
    }
}
