using System.Globalization;

namespace PacsAiWorker.Dicom.Data;

/// <summary>A data element tag: group and element number (PS3.5 section 7.1). Ordered as elements are in a data set.</summary>
public readonly record struct DicomTag(ushort Group, ushort Element) : IComparable<DicomTag>
{
    /// <summary>Group and element as one number, group first.</summary>
    public uint Number => ((uint)Group << 16) | Element;

    /// <summary>Odd groups are private (PS3.5 section 7.8).</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>(odd group, 0010-00FF) holds the name of the private creator, VR LO (PS3.5 section 7.8.1).</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x0010 and <= 0x00FF;

    /// <summary>(gggg,0000), retired outside the command and meta groups (PS3.5 section 7.2).</summary>
    public bool IsGroupLength => Element == 0;

    public static DicomTag FromNumber(uint number) => new((ushort)(number >> 16), (ushort)number);

    public int CompareTo(DicomTag other) => Number.CompareTo(other.Number);

    public static bool operator <(DicomTag left, DicomTag right) => left.Number < right.Number;

    public static bool operator >(DicomTag left, DicomTag right) => left.Number > right.Number;

    public static bool operator <=(DicomTag left, DicomTag right) => left.Number <= right.Number;

    public static bool operator >=(DicomTag left, DicomTag right) => left.Number >= right.Number;

    /// <summary>"(gggg,eeee)", lower-case hexadecimal as DCMTK and pydicom print it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Group:x4},{Element:x4})");
}
