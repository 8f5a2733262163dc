using System.Globalization;
using System.IO.Compression;
using System.Text;
using nietras.SeparatedValues;

namespace LightGcn.Examples;

/// <summary>
/// A CSV file, plain or gzip, read row by row with its columns found by name. Sep does the parsing; this adds the file's
/// name, the line and the column to every complaint.
/// </summary>
internal sealed class CsvTable : IDisposable
{
    // Sep holds a row whole. The longest of the real data are descriptions, of some thousand bytes.
    private const int LongestLine = 1 << 20;

    private readonly SepReader _reader;
    private readonly string[] _header;

    private CsvTable(string path, SepReader reader, string[] header)
    {
        FileName = Path.GetFileName(path);
        _reader = reader;
        _header = header;
    }

    public string FileName { get; }

    public int ColumnCount => _header.Length;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public static CsvTable Open(string path)
    {
        string fileName = Path.GetFileName(path);
        Stream stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        SepReader? reader = null;
        try
        {
            if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                stream = new GZipStream(stream, CompressionMode.Decompress);
            // The header is read as a row: Sep's own header refuses repeated names, which do no harm in columns we never
            // read. Column counts are checked here for the same reason, so that the message can name the file.
            reader = Sep.New(',')
                .Reader(o => o with { HasHeader = false, Unescape = true, DisableColCountCheck = true, InitialBufferLength = 1 << 16 })
                .From(new StreamReader(new LineLimitStream(stream, LongestLine), Encoding.UTF8));
            string[]? header = null;
            if (reader.MoveNext() && !IsBlank(reader.Current))
            {
                SepReader.Row row = reader.Current;
                header = new string[row.ColCount];
                for (int c = 0; c < header.Length; c++)
                    header[c] = row[c].ToString();
            }
            return new CsvTable(path, reader, header ?? throw new InvalidDataException($"{fileName}, line 1: expected a header row, found an empty file or line."));
        }
        catch (Exception exception)
        {
            if (reader is null)
                stream.Dispose();
            else
                reader.Dispose();
            if (exception is InvalidDataException && !exception.Message.StartsWith(fileName, StringComparison.Ordinal))
                throw Damaged(fileName, exception);
            throw;
        }
    }

    /// <summary>The position of a column.</summary>
    /// <exception cref="InvalidDataException">The header has no such column.</exception>
    public int Column(string name)
    {
        int index = Array.IndexOf(_header, name);
        if (index < 0)
            throw new InvalidDataException($"{FileName}, line 1, column '{name}': expected the column in the header, found only {string.Join(", ", _header)}.");
        return index;
    }

    /// <summary>Moves to the next row that is not blank.</summary>
    /// <exception cref="InvalidDataException">The row has not as many fields as the header, or the file is damaged.</exception>
    public bool Next()
    {
        try
        {
            while (_reader.MoveNext())
            {
                SepReader.Row row = _reader.Current;
                if (row.ColCount == _header.Length)
                    return true;
                if (!IsBlank(row))
                    throw new InvalidDataException($"{FileName}, line {Line}: expected {_header.Length} fields as in the header, found {row.ColCount}.");
            }
            return false;
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith(FileName, StringComparison.Ordinal))
        {
            throw Damaged(FileName, exception);
        }
    }

    /// <summary>Moves through the rows: the identifier of each, while the table stands on it.</summary>
    /// <exception cref="InvalidDataException">An identifier is none or comes twice, or there is no row.</exception>
    public IEnumerable<int> UniqueIds(string columnName)
    {
        int column = Column(columnName);
        HashSet<int> seen = [];
        while (Next())
        {
            int id = Integer(column, 0, int.MaxValue);
            if (!seen.Add(id))
                throw Unexpected(column, "each identifier once");
            yield return id;
        }
        RequireRows(seen.Count);
    }

    /// <exception cref="InvalidDataException">The count of rows read is 0.</exception>
    public void RequireRows(int count)
    {
        if (count == 0)
            throw new InvalidDataException($"{FileName}, line 2: expected at least one row below the header, found none.");
    }

    public string Text(int column) => _reader.Current[column].ToString();

    /// <summary>The field as an integer of a range; a sign is read only where the range has negative numbers.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public int Integer(int column, int minimum, int maximum)
    {
        // No thousands, no decimal point: identifiers and ratings are written in digits alone.
        NumberStyles style = minimum < 0 ? NumberStyles.AllowLeadingSign : NumberStyles.None;
        if (int.TryParse(_reader.Current[column].Span, style, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum)
            return value;
        throw Unexpected(column, maximum < int.MaxValue ? $"an integer from {minimum} to {maximum}" : minimum > int.MinValue ? $"an integer of at least {minimum}" : "an integer");
    }

    /// <summary>The field as a number of a range.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public double Number(int column, double minimum, double maximum)
    {
        if (double.TryParse(_reader.Current[column].Span, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum)
            return value;
        throw Unexpected(column, string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"));
    }

    /// <summary>The complaint about a field of the current row.</summary>
    public InvalidDataException Unexpected(int column, string expected) =>
        new($"{FileName}, line {Line}, column '{_header[column]}': expected {expected}, found \"{_reader.Current[column].Span}\".");

    public void Dispose() => _reader.Dispose();

    private int Line => _reader.Current.LineNumberFrom;

    private static bool IsBlank(SepReader.Row row) => row.ColCount == 0 || (row.ColCount == 1 && row[0].Span.IsEmpty);

    private static InvalidDataException Damaged(string fileName, Exception exception) =>
        new($"{fileName}: expected a readable file, found a damaged one. {exception.Message}", exception);
}
