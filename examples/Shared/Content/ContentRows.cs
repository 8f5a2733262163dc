namespace LightGcn.Examples;

/// <summary>Rows of items and attributes on their way from a file to <see cref="ItemContent"/>; every step is counted.</summary>
internal sealed class ContentRows
{
    private readonly List<ContentStep> _steps = [];
    private List<ContentRow> _rows = [];

    public void Add(int itemId, string attribute, int count = 1) => _rows.Add(new ContentRow { ItemId = itemId, Attribute = attribute, Count = count });

    /// <summary>Notes a step that was counted elsewhere: rows that never came here.</summary>
    public ContentRows Note(ContentStep step)
    {
        _steps.Add(step);
        return this;
    }

    /// <summary>Notes the rows as they are.</summary>
    public ContentRows Note(string step) => Note(new ContentStep(step, _rows.Count, _rows.DistinctBy(row => row.Attribute).Count(), _rows.DistinctBy(row => row.ItemId).Count()));

    /// <summary>Renames attributes, adds up the counts of those that an item then has several times, and keeps the place of the first.</summary>
    public ContentRows Rename(string step, Func<string, string> name)
    {
        Dictionary<string, string> names = _rows.Select(row => row.Attribute).Distinct().ToDictionary(attribute => attribute, name);
        OrderedDictionary<(int Item, string Attribute), float> counts = [];
        foreach (ContentRow row in _rows)
        {
            (int, string) pair = (row.ItemId, names[row.Attribute]);
            counts[pair] = counts.GetValueOrDefault(pair) + row.Count;
        }
        _rows = [.. counts.Select(pair => new ContentRow { ItemId = pair.Key.Item, Attribute = pair.Key.Attribute, Count = pair.Value })];
        return Note(step);
    }

    /// <summary>Keeps the rows that a step wants.</summary>
    public ContentRows Keep(string step, Func<ContentRow, bool> wanted)
    {
        _rows = [.. _rows.Where(wanted)];
        return Note(step);
    }

    /// <summary>Keeps attributes that enough items have: one of a single item tells nothing of another.</summary>
    public ContentRows KeepShared(int minimumItems, string items)
    {
        HashSet<string> shared = [.. _rows.CountBy(row => row.Attribute).Where(pair => pair.Value >= minimumItems).Select(pair => pair.Key)];
        return Keep($"of at least {minimumItems} {items}", row => shared.Contains(row.Attribute));
    }

    public ItemContent Build(string name, bool isCounted = false) => new(name, isCounted, _rows, _steps);
}
