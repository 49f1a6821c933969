namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// One data element. <see cref="Value"/> is always little endian, as stored (padding and odd lengths kept). A value that was too
/// long to keep has <see cref="Omitted"/> set and only its length is known.
/// </summary>
public sealed class DicomElement
{
    private DicomElement(DicomTag tag, Vr vr, ReadOnlyMemory<byte> value, IReadOnlyList<DataSet>? items, long length, bool omitted)
    {
        Tag = tag;
        Vr = vr;
        Value = value;
        Items = items;
        Length = length;
        Omitted = omitted;
    }

    public DicomTag Tag { get; }

    public Vr Vr { get; }

    /// <summary>The value's bytes; empty for sequences and omitted values.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The items of a sequence; null for everything else.</summary>
    public IReadOnlyList<DataSet>? Items { get; }

    /// <summary>Bytes of the value in the source; -1 where it was a run of fragments of undefined length.</summary>
    public long Length { get; }

    /// <summary>The value exists in the source but was not kept.</summary>
    public bool Omitted { get; }

    internal static DicomElement OfBytes(DicomTag tag, Vr vr, ReadOnlyMemory<byte> value) => new(tag, vr, value, null, value.Length, false);

    internal static DicomElement OfItems(DicomTag tag, IReadOnlyList<DataSet> items) => new(tag, Vr.SQ, default, items, 0, false);

    internal static DicomElement NotKept(DicomTag tag, Vr vr, long length) => new(tag, vr, default, null, length, true);
}
