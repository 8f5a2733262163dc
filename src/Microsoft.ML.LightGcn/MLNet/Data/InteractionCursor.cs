using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.MLNet.Columns;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>Reads rows of a user and an item key as indices.</summary>
internal sealed class InteractionCursor : IDisposable
{
    private readonly int _userCount, _itemCount;
    private readonly ValueGetter<uint> _getUser, _getItem;
    private uint _user, _item;

    /// <param name="data">The rows.</param>
    /// <param name="user">The user column, a key.</param>
    /// <param name="item">The item column, a key.</param>
    /// <param name="userCount">Number of users; keys over it are of unknown ones.</param>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="others">Further columns to read through <see cref="Row"/>.</param>
    public InteractionCursor(
        IDataView data,
        DataViewSchema.Column user,
        DataViewSchema.Column item,
        int userCount,
        int itemCount,
        params ReadOnlySpan<DataViewSchema.Column> others)
    {
        Row = data.GetRowCursor([user, item, .. others]);
        (_userCount, _itemCount) = (userCount, itemCount);
        (_getUser, _getItem) = (Row.GetGetter<uint>(user), Row.GetGetter<uint>(item));
    }

    /// <summary>The cursor.</summary>
    public DataViewRowCursor Row { get; }

    /// <summary>The raw key of the row's user.</summary>
    public uint UserKey => _user;

    /// <summary>The raw key of the row's item.</summary>
    public uint ItemKey => _item;

    /// <summary>The row's user; negative where it is missing or not known.</summary>
    public int User => KeyIndex.Of(_user, _userCount);

    /// <summary>The row's item; negative where it is missing or not known.</summary>
    public int Item => KeyIndex.Of(_item, _itemCount);

    /// <summary>Moves to the next row.</summary>
    public bool MoveNext()
    {
        if (!Row.MoveNext())
            return false;
        _getUser(ref _user);
        _getItem(ref _item);
        return true;
    }

    public void Dispose() => Row.Dispose();
}
