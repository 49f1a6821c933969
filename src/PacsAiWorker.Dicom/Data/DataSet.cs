using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Data elements in tag order (PS3.5 section 7.1). Readers of values never throw on what a peer sent: what is absent, empty or
/// not of the asked kind is null. Text is decoded by Specific Character Set, which items inherit (PS3.5 section 7.5.3), and is
/// always written as UTF-8: an object of ours carries ISO_IR 192. Not for use by several threads while it changes.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "Data Set is the standard's word.")]
public sealed partial class DataSet : IEnumerable<DicomElement>
{
    private readonly ElementTable elements = new();

    /// <summary>The data set whose sequence holds this one as an item; null at top level.</summary>
    private DataSet? parent;

    public int Count => elements.Count;

    /// <summary>The element of a tag, or null.</summary>
    public DicomElement? Find(DicomTag tag) => elements.Find(tag);

    public bool Contains(DicomTag tag) => elements.Find(tag) is not null;

    public bool Remove(DicomTag tag) => elements.Remove(tag);

    public IEnumerator<DicomElement> GetEnumerator() => elements.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds an element, replacing one of the same tag; its items get this data set as parent.</summary>
    internal void Put(DicomElement element)
    {
        elements.Put(element);
        foreach (DataSet item in element.Items ?? [])
        {
            item.parent = this;
        }
    }

    /// <summary>Makes this an item of <paramref name="owner"/>, whose character set it inherits.</summary>
    internal void BelongTo(DataSet owner) => parent = owner;

    /// <summary>Adds an element unless the tag is there already: the first of two wins, for reader and walker alike.</summary>
    internal bool TryPut(DicomElement element)
    {
        if (Contains(element.Tag))
        {
            return false;
        }

        Put(element);
        return true;
    }
}
