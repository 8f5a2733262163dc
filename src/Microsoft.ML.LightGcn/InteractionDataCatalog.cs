using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.MLNet.Data;
using Microsoft.ML.LightGcn.MLNet.Views;
using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <see cref="MLContext.Data"/> that prepare, split, save and exchange interaction data, which have one row for each time a user
/// chose an item.
/// </summary>
/// <remarks>
/// <para>
/// User and item columns are scalars of any key, text, number, Boolean, time or row id type. A missing value (a key of 0 or
/// over the key count, empty text, NaN) never equals another; each method says what it does with such a row. Text is compared by its characters, case
/// included.
/// </para>
/// <para>
/// The filters and splits are lazy selections of rows. The call checks columns and arguments, and reads nothing. The first cursor over a result makes one
/// streaming pass over the columns that decide. What it found is kept (1 byte for each row of the input) and shared by the parts of a split. Every cursor
/// then passes through the input's own rows in order, with all columns and annotations, and reads only the columns that it is asked for. The input must
/// give the same rows in the same order on every pass; a pass with another number of rows throws <see cref="InvalidOperationException"/>. An input may
/// have at most 2,147,483,591 rows (<see cref="Array.MaxLength"/>); more throw <see cref="InvalidOperationException"/> when rows are first read. Until
/// then <see cref="IDataView.GetRowCount"/> is null. Results may be read from several threads at once if the input may be.
/// </para>
/// </remarks>
public static class InteractionDataCatalog
{
    /// <summary>Keeps the first row of each (user, item) pair, in row order.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with a user and an item.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <returns>
    /// A lazy view with all the columns of <paramref name="input"/>. A row whose user or item is missing equals no other and is kept; the reader of the
    /// view decides about it.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there, or is not a scalar of a type that identifies.</exception>
    /// <remarks>
    /// Memory while rows are chosen: 13 bytes a row where the input knows its row count, up to three times that otherwise, and the distinct users and
    /// items. See <see cref="InteractionDataCatalog"/> for what is read when.
    /// </remarks>
    public static IDataView DropDuplicateInteractions(
        this DataOperationsCatalog catalog, IDataView input, string userColumnName = "User", string itemColumnName = "Item")
    {
        IHostEnvironment environment = Check(catalog, input);
        (IdColumn user, IdColumn item) = FindIds(environment, input, userColumnName, itemColumnName);
        return Kept(environment, input, () => InteractionFilters.DropDuplicates(environment, input, user, item));
    }

    /// <summary>
    /// Drops users and items with fewer rows than a minimum, again and again until every user and every item that is left has enough rows. That is the
    /// k-core of the interaction graph, with one k for each side.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with a user and an item. Every row counts, duplicates included: drop these first.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="minimumPerUser">The minimum number of rows of a user, 0 or more; 0 and 1 drop no user.</param>
    /// <param name="minimumPerItem">The minimum number of rows of an item, 0 or more; 0 and 1 drop no item.</param>
    /// <returns>
    /// A lazy view with all the columns of <paramref name="input"/>; key columns keep their cardinality. A row whose user or item is missing is dropped
    /// and counts neither for a user nor for an item.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is not there, or is not a scalar of a type that identifies; a minimum is negative.
    /// </exception>
    /// <remarks>
    /// Memory while rows are chosen: 9 bytes a row where the input knows its row count, up to three times that otherwise, and
    /// the distinct users and items. See <see cref="InteractionDataCatalog"/> for what is read when.
    /// </remarks>
    public static IDataView FilterByMinimumCount(
        this DataOperationsCatalog catalog,
        IDataView input,
        string userColumnName = "User",
        string itemColumnName = "Item",
        int minimumPerUser = 5,
        int minimumPerItem = 5)
    {
        IHostEnvironment environment = Check(catalog, input);
        (IdColumn user, IdColumn item) = FindIds(environment, input, userColumnName, itemColumnName);
        CheckMinimum(environment, minimumPerUser, nameof(minimumPerUser));
        CheckMinimum(environment, minimumPerItem, nameof(minimumPerItem));
        return Kept(environment, input, () => InteractionFilters.MinimumCount(environment, input, user, item, minimumPerUser, minimumPerItem));
    }

    /// <summary>
    /// Holds out one random item of each user for test and another for validation, with all rows of the user and that item. The rest is train. All rows
    /// of users with fewer than 3 distinct items stay in train, as do rows with a missing user.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with a user and an item.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="seed">Seed of the draw, any number.</param>
    /// <returns>Three lazy views with all the columns of <paramref name="input"/>, each in its row order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there, or is not a scalar of a type that identifies.</exception>
    /// <remarks>
    /// What is held out is a (user, item) pair. Every row of a pair goes to the same part, so nothing is lost and no pair is in two parts. Training and
    /// evaluation count equal rows once. A row with a missing item equals no other: it is a pair of its own. Every ordered choice of two of a user's
    /// pairs is equally likely. The choice depends on the seed, the user's place in the order in which users first appear, and the number of the user's
    /// pairs, and on nothing else. So the same rows in the same order give the same split whatever the type of the columns, on every machine, with any
    /// number of threads. Memory while rows are chosen: 13 bytes a row where the input knows its row count, up to three times that otherwise, about 60
    /// bytes a user, and the distinct users and items. See <see cref="InteractionDataCatalog"/> for what is read when.
    /// </remarks>
    public static InteractionSplit LeaveOneOutSplit(
        this DataOperationsCatalog catalog, IDataView input, string userColumnName = "User", string itemColumnName = "Item", int seed = 0)
    {
        IHostEnvironment environment = Check(catalog, input);
        (IdColumn User, IdColumn Item) columns = FindIds(environment, input, userColumnName, itemColumnName);
        return Split(environment, input, () =>
            InteractionSplits.Sample(environment, input, columns, seed, RandomPurpose.LeaveOneOutSplit, InteractionSplits.LeaveOneOut));
    }

    /// <summary>
    /// Orders each user's items by when the user first chose them. Holds out the last item for test and the one before it for validation, each with all
    /// rows of the user and that item. The rest is train. All rows of users with fewer than 3 distinct items stay in train, as do rows with a missing
    /// user.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with a user, an item and a time, in any order.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="timeColumnName">
    /// Name of the time column: a scalar number of any type and unit, <see cref="DateTime"/> (compared by its ticks) or
    /// <see cref="DateTimeOffset"/> (compared by its moment). Greater is later; of equal times, the later row is later. Null takes the rows to be in the
    /// order of time.
    /// </param>
    /// <returns>Three lazy views with all the columns of <paramref name="input"/>, each in its row order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there or is of a wrong type.</exception>
    /// <remarks>
    /// What is held out is a (user, item) pair with all its rows. A pair's time is that of its earliest row; of pairs of equal time, the one whose first
    /// row comes later is later. So every pair in train began before the held-out pair, and the model is asked for a new item, not for one that the user
    /// came back to. If a pair's time were that of its latest row, train would have pairs that began after the held-out one. Rows in train may be later
    /// than held-out ones where a user came back to an old item; they add no pair. A row with a missing item equals no other: it is a pair of its own. A
    /// time that is NaN throws <see cref="InvalidOperationException"/>, which names its row, when rows are first read. Nothing is random. Memory while
    /// rows are chosen: that of <see cref="LeaveOneOutSplit"/>, and with a time column 8 bytes a row more. See <see cref="InteractionDataCatalog"/> for
    /// what is read when.
    /// </remarks>
    public static InteractionSplit TemporalLeaveOneOutSplit(
        this DataOperationsCatalog catalog, IDataView input, string userColumnName = "User", string itemColumnName = "Item", string? timeColumnName = null)
    {
        IHostEnvironment environment = Check(catalog, input);
        (IdColumn User, IdColumn Item) columns = FindIds(environment, input, userColumnName, itemColumnName);
        TimeColumn? time = timeColumnName is null ? null : InteractionColumns.FindTime(environment, input.Schema, timeColumnName);
        return Split(environment, input, () => InteractionSplits.TemporalLeaveOneOut(environment, input, columns, time));
    }

    /// <summary>
    /// Holds out random shares of each user's items for test and validation, with all rows of the user and the held-out item. The rest is train. Rows
    /// with a missing user stay in train.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with a user and an item.</param>
    /// <param name="userColumnName">Name of the user column.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="validationFraction">Share of a user's distinct items for validation, at least 0 and less than 1.</param>
    /// <param name="testFraction">
    /// Share of a user's distinct items for test, at least 0; <paramref name="validationFraction"/> + <paramref name="testFraction"/> is less than 1.
    /// </param>
    /// <param name="seed">Seed of the draw, any number.</param>
    /// <returns>Three lazy views with all the columns of <paramref name="input"/>, each in its row order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is not there, or is not a scalar of a type that identifies; a fraction is out of range.
    /// </exception>
    /// <remarks>
    /// Of a user's n distinct items, n times the fraction are held out, rounded down, with the fraction taken as a decimal number of 15 digits (0.29 of
    /// 100 is 29). So at least one item of every user stays in train. Every choice is equally likely. It depends on the seed, the fractions, the user's
    /// place in the order in which users first appear and the number of the user's items, and on nothing else. Every row of a (user, item) pair goes to
    /// the same part, as in <see cref="LeaveOneOutSplit"/>, and a row with a missing item counts as an item of its own. Memory while rows are chosen:
    /// that of <see cref="LeaveOneOutSplit"/>. See <see cref="InteractionDataCatalog"/> for what is read when.
    /// </remarks>
    public static InteractionSplit RatioSplit(
        this DataOperationsCatalog catalog,
        IDataView input,
        string userColumnName = "User",
        string itemColumnName = "Item",
        double validationFraction = 0.1,
        double testFraction = 0.2,
        int seed = 0)
    {
        IHostEnvironment environment = Check(catalog, input);
        (IdColumn User, IdColumn Item) columns = FindIds(environment, input, userColumnName, itemColumnName);
        (decimal validation, decimal test) = CheckFractions(environment, validationFraction, testFraction);
        return Split(environment, input, () => InteractionSplits.Sample(
            environment, input, columns, seed, RandomPurpose.RatioSplit, pairs => ((int)(pairs * validation), (int)(pairs * test))));
    }

    /// <summary>
    /// Holds out all rows of random items, as if these were new: those of some items for test, those of others for validation. The rest is train. Rows
    /// with a missing item stay in train.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with an item.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="validationFraction">Share of the items for validation, at least 0 and less than 1.</param>
    /// <param name="testFraction">
    /// Share of the items for test, at least 0; <paramref name="validationFraction"/> + <paramref name="testFraction"/> is less than 1.
    /// </param>
    /// <param name="seed">Seed of the draw, any number.</param>
    /// <returns>Three lazy views with all the columns of <paramref name="input"/>, each in its row order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The column is not there, or is not a scalar of a type that identifies; a fraction is out of range.
    /// </exception>
    /// <remarks>
    /// Of n items with rows, n times the fraction are held out, rounded to the nearest (halves up), with the fraction taken as a
    /// decimal number of 15 digits. Of a handful of items, that may leave none to train on. Every choice is equally likely. An item's random number
    /// depends on the seed and the item's place in the order in which items first appear, and on nothing else. Test takes the smallest numbers and
    /// validation the largest, so the same items are for test whatever the share for validation. To measure a model on such a split, set
    /// <see cref="TopNEvaluationOptions.Candidates"/> to <see cref="CandidateItems.New"/>. Memory while rows are chosen: 5 bytes a row where the input
    /// knows its row count, up to three times that otherwise, and about 60 bytes an item. See <see cref="InteractionDataCatalog"/> for what is read when.
    /// </remarks>
    public static InteractionSplit ColdItemSplit(
        this DataOperationsCatalog catalog,
        IDataView input,
        string itemColumnName = "Item",
        double validationFraction = 0.1,
        double testFraction = 0.2,
        int seed = 0)
    {
        IHostEnvironment environment = Check(catalog, input);
        IdColumn item = InteractionColumns.FindId(environment, input.Schema, itemColumnName, "item");
        (decimal validation, decimal test) = CheckFractions(environment, validationFraction, testFraction);
        return Split(environment, input, () => InteractionSplits.ColdItems(
            environment, input, item, seed, items => (Rounded(items * validation), Rounded(items * test))));

        static int Rounded(decimal count) => (int)Math.Round(count, MidpointRounding.AwayFromZero);
    }

    /// <summary>
    /// Weighs the attributes of items, such as the tags of books, by their counts. An attribute weighs more if an item has it often, and if few items
    /// have it.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="input">Rows with an item, an attribute and, as a rule, a count.</param>
    /// <param name="itemColumnName">Name of the item column.</param>
    /// <param name="attributeColumnName">Name of the attribute column, of any type that an item column may have.</param>
    /// <param name="countColumnName">
    /// Name of the count column, a scalar number of any type that is positive and finite as a <see cref="float"/> in every row; null
    /// counts each row as 1.
    /// </param>
    /// <param name="weighting">The formula.</param>
    /// <param name="outputColumnName">Name of the weight column; a column of <paramref name="input"/> of that name is hidden.</param>
    /// <returns>
    /// A lazy view with all the rows and columns of <paramref name="input"/> and a column of weights, <see cref="float"/> above 0. The weight is NaN
    /// where the item or the attribute is missing; such a row counts for nothing.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there or of a wrong type; the formula is not one of the enumeration.</exception>
    /// <remarks>
    /// The count of a pair of item and attribute is the sum over its rows. Where a pair has several rows, they share its weight in proportion to their
    /// counts, so that their weights add up to what the formula says. A count that is not positive and finite throws
    /// <see cref="InvalidOperationException"/>, which names its column and row, when weights are first read. Nothing is random. The first reader of
    /// weights makes a pass that keeps 4 bytes a row. During the pass, it takes 8 bytes more a row, about 60 bytes for each distinct pair, and the
    /// distinct items and attributes. Readers that do not ask for weights make no such pass. See <see cref="InteractionDataCatalog"/> for what else is
    /// read when.
    /// </remarks>
    public static IDataView WeighAttributes(
        this DataOperationsCatalog catalog,
        IDataView input,
        string itemColumnName = "Item",
        string attributeColumnName = "Attribute",
        string? countColumnName = "Count",
        AttributeWeighting weighting = AttributeWeighting.Bm25,
        string outputColumnName = "Weight")
    {
        IHostEnvironment environment = Check(catalog, input);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        if (!Enum.IsDefined(weighting))
            throw environment.Process(Expect.Argument(nameof(weighting), $"a value of {nameof(AttributeWeighting)}", weighting));
        IdColumn item = InteractionColumns.FindId(environment, input.Schema, itemColumnName, "item");
        IdColumn attribute = InteractionColumns.FindId(environment, input.Schema, attributeColumnName, "attribute");
        NumberColumn? count = countColumnName is null ? null : NumberColumn.Find(environment, input.Schema, countColumnName, "count");
        LazyPass<float[]> weights = new(() => AttributeWeights.Compute(environment, input, item, attribute, count, weighting));
        return new RowWeightView(environment, input, weights, outputColumnName);
    }

    /// <summary>
    /// Writes a split to a folder as <c>train.idv</c>, <c>validation.idv</c> and <c>test.idv</c>, in ML.NET's binary format, for
    /// <see cref="LoadInteractionSplit"/>, with their SHA-256 in <c>split.sha256</c>. Key columns keep their key values.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="split">Three parts with the same columns.</param>
    /// <param name="folder">The folder; it is made if it is not there, and files of these names in it are replaced.</param>
    /// <exception cref="ArgumentException">The parts have different columns.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <remarks>
    /// Every file is written whole under a temporary name before the first gets its own name. So a failure, while reading the split or while writing,
    /// leaves the files that were there. Hidden columns are not written.
    /// </remarks>
    public static void SaveInteractionSplit(this DataOperationsCatalog catalog, InteractionSplit split, string folder)
    {
        IHostEnvironment environment = Check(catalog, split);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        BinarySplit.Save(catalog, environment, split, folder);
    }

    /// <summary>Opens a split that <see cref="SaveInteractionSplit"/> wrote.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="folder">The folder with <c>train.idv</c>, <c>validation.idv</c> and <c>test.idv</c>.</param>
    /// <returns>Three views that read the files when they are asked for rows; the files stay open as long as the views live.</returns>
    /// <exception cref="FileNotFoundException">One of the files is not there.</exception>
    /// <exception cref="FormatException">A file is not of ML.NET's binary format.</exception>
    /// <exception cref="InvalidDataException">
    /// The files have different columns, or a file does not have the SHA-256 that <c>split.sha256</c>, if it is there, says.
    /// </exception>
    public static InteractionSplit LoadInteractionSplit(this DataOperationsCatalog catalog, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return BinarySplit.Load(catalog, CatalogEnvironment.GetEnvironment(catalog), folder);
    }

    /// <summary>
    /// Writes the indices of a split for NumPy: <c>splits_ui.npz</c>, as <c>numpy.savez_compressed</c> does, with
    /// <c>train_ui</c>, <c>val_ui</c> and <c>test_ui</c> (int32, shape (rows, 2): user and item index from 0, the key value - 1) and
    /// <c>n_users</c> and <c>n_items</c> (int32, shape ()); and <c>popular_items.npy</c>, the indices of the items that have train rows
    /// (int32), most rows first, equal counts by ascending index.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="split">
    /// Three parts with user and item keys of the same cardinality, without missing keys, of at most 1,073,741,795 rows each.
    /// </param>
    /// <param name="folder">The folder; it is made if it is not there, and files of these names in it are replaced.</param>
    /// <param name="userColumnName">Name of the user column, a <c>Key&lt;UInt32&gt;</c> of at most 2,147,483,647 keys.</param>
    /// <param name="itemColumnName">Name of the item column, a <c>Key&lt;UInt32&gt;</c> of at most 2,147,483,647 keys.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is not there, or is not such a key.</exception>
    /// <exception cref="ArgumentException">The parts have keys of different cardinality.</exception>
    /// <exception cref="InvalidOperationException">
    /// A key is missing or over its cardinality; the message names the part, the column and the row.
    /// </exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    /// <remarks>
    /// Both files are written whole under temporary names first. Equal splits give equal files. Memory: 16 to 32 bytes for each row of one part at a
    /// time, and 4 bytes for each item. Key values and other columns are not written.
    /// </remarks>
    public static void SaveInteractionSplitAsNumPy(
        this DataOperationsCatalog catalog, InteractionSplit split, string folder, string userColumnName = "User", string itemColumnName = "Item")
    {
        IHostEnvironment environment = Check(catalog, split);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        NumPySplit.Save(environment, split, folder, userColumnName, itemColumnName);
    }

    /// <summary>
    /// Reads a split from <c>splits_ui.npz</c>, as <see cref="SaveInteractionSplitAsNumPy"/> or a notebook wrote it: key columns
    /// <c>User</c> and <c>Item</c> of cardinality <c>n_users</c> and <c>n_items</c>, without key values.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="folder">The folder with <c>splits_ui.npz</c>.</param>
    /// <returns>Three views in memory, 8 bytes a row, in the order of the file; index k is key value k+1.</returns>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is cut off, damaged or not such a split; the message names the file, the entry, what was expected and what was found.
    /// Checksums, shapes, types and the range of every index are checked.
    /// </exception>
    /// <remarks>
    /// Entries may be little-endian integers of 1, 2, 4 or 8 bytes (signed, or unsigned up to 4) in row-major or column-major order, of .npy
    /// version 1.0, 2.0 or 3.0, at most 2 GB each. Other entries are ignored.
    /// </remarks>
    public static InteractionSplit LoadInteractionSplitFromNumPy(this DataOperationsCatalog catalog, string folder)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return NumPySplit.Load(folder);
    }

    private static IHostEnvironment Check(DataOperationsCatalog catalog, object input)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(input);
        return CatalogEnvironment.GetEnvironment(catalog);
    }

    private static (IdColumn User, IdColumn Item) FindIds(IHostEnvironment environment, IDataView input, string userColumnName, string itemColumnName) =>
        (InteractionColumns.FindId(environment, input.Schema, userColumnName, "user"),
            InteractionColumns.FindId(environment, input.Schema, itemColumnName, "item"));

    private static void CheckMinimum(IHostEnvironment environment, int minimum, string name)
    {
        if (minimum < 0)
            throw environment.Process(Expect.Argument(name, "at least 0", minimum));
    }

    private static (decimal Validation, decimal Test) CheckFractions(IHostEnvironment environment, double validationFraction, double testFraction)
    {
        decimal validation = CheckFraction(environment, validationFraction, nameof(validationFraction));
        decimal test = CheckFraction(environment, testFraction, nameof(testFraction));
        return validation + test < 1
            ? (validation, test)
            : throw environment.Process(Expect.Argument($"{nameof(validationFraction)} + {nameof(testFraction)}", "less than 1", validation + test));
    }

    private static decimal CheckFraction(IHostEnvironment environment, double fraction, string name) => fraction is >= 0 and < 1
        ? (decimal)fraction
        : throw environment.Process(Expect.Argument(name, "at least 0 and less than 1", fraction));

    private static RowSelectionView Kept(IHostEnvironment environment, IDataView input, Func<RowLabels> compute) =>
        new(environment, input, new LazyPass<RowLabels>(compute), RowLabel.Kept);

    private static InteractionSplit Split(IHostEnvironment environment, IDataView input, Func<RowLabels> compute)
    {
        LazyPass<RowLabels> labels = new(compute);
        return new InteractionSplit(
            new RowSelectionView(environment, input, labels, RowLabel.Kept),
            new RowSelectionView(environment, input, labels, RowLabel.Validation),
            new RowSelectionView(environment, input, labels, RowLabel.Test));
    }
}
