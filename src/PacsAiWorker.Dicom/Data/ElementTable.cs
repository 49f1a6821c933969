namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Elements in tag order. Nearly every data set comes in order and is only appended to, which a list does fastest and smallest; an
/// element that comes far out of order turns it into a tree, so that a data set sent backwards costs no square of its elements.
/// </summary>
internal sealed class ElementTable
{
    private const int MostMoved = 1024;

    private readonly List<DicomElement> list = [];
    private SortedDictionary<DicomTag, DicomElement>? tree;

    public int Count => tree?.Count ?? list.Count;

    public DicomElement? Find(DicomTag tag)
    {
        if (tree is not null)
        {
            return tree.GetValueOrDefault(tag);
        }

        int at = PlaceOf(tag);
        return at < 0 ? null : list[at];
    }

    public IEnumerator<DicomElement> GetEnumerator() => tree is null ? list.GetEnumerator() : tree.Values.GetEnumerator();

    public bool Remove(DicomTag tag)
    {
        if (tree is not null)
        {
            return tree.Remove(tag);
        }

        int at = PlaceOf(tag);
        if (at >= 0)
        {
            list.RemoveAt(at);
        }

        return at >= 0;
    }

    /// <summary>Adds an element, replacing one of the same tag.</summary>
    public void Put(DicomElement element)
    {
        if (tree is not null)
        {
            tree[element.Tag] = element;
            return;
        }

        int at = PlaceOf(element.Tag);
        if (at >= 0)
        {
            list[at] = element;
        }
        else if (list.Count - ~at <= MostMoved)
        {
            list.Insert(~at, element);
        }
        else
        {
            tree = new(list.ToDictionary(e => e.Tag)) { { element.Tag, element } };
            list.Clear();
            list.TrimExcess();
        }
    }

    /// <summary>Index of a tag in the list, or the complement of where it belongs.</summary>
    private int PlaceOf(DicomTag tag)
    {
        if (list.Count == 0 || list[^1].Tag < tag)
        {
            return ~list.Count;
        }

        (int low, int high) = (0, list.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            DicomTag there = list[middle].Tag;
            if (there == tag)
            {
                return middle;
            }

            (low, high) = there < tag ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
