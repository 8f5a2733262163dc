using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet.Columns;

/// <summary>
/// Refuses text that is not well-formed UTF-16, such as an emoji cut in half: UTF-8, which every file of a model is written in, cannot carry it.
/// </summary>
internal static class WellFormedText
{
    /// <summary>Checks the key values of a column.</summary>
    /// <exception cref="ArgumentException">One of them is not well-formed.</exception>
    public static void CheckKeys(IExceptionContext context, IDataView data, DataViewSchema.Column column, string role)
    {
        if (KeyValues.FormatOf(column) is not IdFormat<ReadOnlyMemory<char>>)
            return;
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        uint key = 0;
        foreach (ReadOnlyMemory<char> value in values.DenseValues())
        {
            key++;
            if (!Expect.IsWellFormed(value.Span))
                throw context.Bad($"The {role} column '{column.Name}': {Describe(value.Span)}, key {key}{FirstRow(data, column, key)}. {Mend}");
        }
    }

    /// <summary>Checks every text of a data view: key values, and the rows of its text columns, in one pass if there are any.</summary>
    /// <exception cref="ArgumentException">One of them is not well-formed.</exception>
    public static void CheckAll(IExceptionContext context, IDataView data)
    {
        DataViewSchema.Column[] visible = [.. data.Schema.Where(column => !column.IsHidden)];
        foreach (DataViewSchema.Column column in visible.Where(column => column.Type is KeyDataViewType { Count: <= int.MaxValue }))
            CheckKeys(context, data, column, "key");
        DataViewSchema.Column[] texts = [.. visible.Where(column => column.Type is TextDataViewType)];
        if (texts.Length == 0)
            return;
        using DataViewRowCursor cursor = data.GetRowCursor(texts);
        ValueGetter<ReadOnlyMemory<char>>[] getters = Array.ConvertAll(texts, column => cursor.GetGetter<ReadOnlyMemory<char>>(column));
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            for (int column = 0; column < texts.Length; column++)
            {
                getters[column](ref text);
                if (!Expect.IsWellFormed(text.Span))
                    CheckRow(context, text.ToString(), $"The text column '{texts[column].Name}'", cursor.Position);
            }
        }
    }

    /// <summary>Checks a text of a row.</summary>
    /// <exception cref="ArgumentException">It is not well-formed.</exception>
    public static void CheckRow(IExceptionContext context, string text, string label, long row)
    {
        if (!Expect.IsWellFormed(text))
            throw context.Bad($"{label}: {Describe(text)}, in row {row} (counted from 0). {Mend}");
    }

    private const string Mend = "It was cut in the middle of a character: cut text by characters (StringInfo), or leave the row out.";

    private static string Describe(ReadOnlySpan<char> text)
    {
        StringBuilder escaped = new();
        for (int place = 0; place < text.Length; place++)
        {
            bool isPair = place + 1 < text.Length && char.IsSurrogatePair(text[place], text[place + 1]);
            if (isPair)
                escaped.Append(text[place++]).Append(text[place]);
            else if (char.IsSurrogate(text[place]))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[place]:X4}");
            else
                escaped.Append(text[place]);
        }
        return $"expected well-formed text, found \"{escaped}\" with half a surrogate pair";
    }

    private static string FirstRow(IDataView data, DataViewSchema.Column column, uint key)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        Func<ulong> get = RawKeys.Open(cursor, column)!;
        while (cursor.MoveNext())
        {
            if (get() == key)
                return string.Create(CultureInfo.InvariantCulture, $", first in row {cursor.Position} (counted from 0)");
        }
        return ", in no row";
    }
}
