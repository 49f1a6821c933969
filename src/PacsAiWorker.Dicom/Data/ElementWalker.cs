using System.Collections.Frozen;

namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Captures a few top-level values while a data set streams past, and stops for good at the pixel data (7FE0,0010). Keeps a split
/// header and the wanted values only; everything else is skipped by count. Never throws on what it is fed: a data set it cannot
/// follow is "not understood", with the reason, and the rest is ignored.
/// <para>
/// An item longer than its sequence counts, as in <see cref="DataSetReader"/>: its elements would else be taken for top-level ones. The
/// walker does not see where the data set ends; where the reader finds such an item longer than that and cuts it, the walker
/// goes by the sequence if the item claims more than 16 MiB, and else ends inside it. Behind an item of undefined length in a
/// sequence of announced length, and in sequences that came as UN, it always goes by the sequence.
/// </para>
/// </summary>
public sealed class ElementWalker
{
    private const int MaxValueBytes = 1024;
    private const int MaxTotalBytes = 64 * 1024;
    private const int MaxDepth = 64;
    private const int MaxLongItemBytes = 16 << 20;

    /// <summary>What the receiver needs to file, route and list an instance.</summary>
    public static IReadOnlySet<DicomTag> DefaultWanted { get; } = new[]
    {
        Tags.SpecificCharacterSet, Tags.ImageType, Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.StudyDate, Tags.SeriesDate, Tags.ContentDate,
        Tags.AcquisitionDate, Tags.AcquisitionDateTime, Tags.AcquisitionTime, Tags.Laterality, Tags.ImageLaterality, Tags.StudyTime, Tags.SeriesTime, Tags.ContentTime, Tags.AccessionNumber, Tags.Modality, Tags.Manufacturer,
        Tags.InstitutionName, Tags.StationName, Tags.StudyDescription, Tags.SeriesDescription, Tags.ManufacturerModelName,
        Tags.PatientName, Tags.PatientID, Tags.IssuerOfPatientID, Tags.PatientBirthDate, Tags.PatientSex, Tags.PatientAge,
        Tags.BodyPartExamined, Tags.DeviceSerialNumber, Tags.SoftwareVersions, Tags.ProtocolName, Tags.StudyInstanceUID,
        Tags.SeriesInstanceUID, Tags.StudyID, Tags.SeriesNumber, Tags.InstanceNumber, Tags.SamplesPerPixel,
        Tags.PhotometricInterpretation, Tags.NumberOfFrames, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.TimezoneOffsetFromUTC,
    }.ToFrozenSet();

    private readonly IReadOnlySet<DicomTag> wanted;
    private readonly TransferSyntax syntax;
    private readonly Dictionary<DicomTag, byte[]> captured = [];
    private readonly Dictionary<DicomTag, Vr> vrs = [];
    private readonly byte[] split = new byte[ElementHeader.MaxSize];
    private int splitLength;
    private byte[]? capturing;
    private int capturedBytes;
    private DicomTag current;
    private long skip;
    private long position;

    /// <summary>Where the sequence of announced length ends whose items pass; 0 outside such a one.</summary>
    private long itemsEnd;

    private int totalCaptured;
    private bool started;
    private bool explicitVr;
    private bool bigEndian;
    private PushInflater? inflater;

    /// <summary>Open sequences and items of undefined length; odd inside a sequence, even inside a data set.</summary>
    private int depth;

    /// <summary>Depth at which a UN of undefined length began: implicit VR little endian inside (PS3.5 6.2.2); 0 for none.</summary>
    private int unknownDepth;

    /// <summary>One bit a depth: an item outside a sequence begins there.</summary>
    private UInt128 orphans;

    private string? failure;

    public ElementWalker(TransferSyntax syntax, IReadOnlySet<DicomTag>? wanted = null)
    {
        this.wanted = wanted ?? DefaultWanted;
        this.syntax = syntax;
        explicitVr = syntax.ExplicitVr;
        bigEndian = syntax.BigEndian;
        inflater = syntax.Deflated ? new PushInflater(ReadLimits.Default.InflatedBytes) : null;
    }

    /// <summary>Values of wanted tags so far, as sent. Longer ones than 1 KiB, and what goes beyond 64 KiB in all, are left out.</summary>
    public IReadOnlyDictionary<DicomTag, byte[]> Captured => captured;

    /// <summary>The pixel data was reached: nothing fed from now on is looked at.</summary>
    public bool AtPixelData { get; private set; }

    /// <summary>All that was fed so far is a whole data set, or whole up to its pixel data.</summary>
    public bool Understood => Reason is null;

    /// <summary>Why the data set is not understood; null if it is. Before the last byte was fed this tells what is still open.</summary>
    public string? Reason =>
        failure ?? (AtPixelData || (splitLength == 0 && skip == 0 && depth == 0 && position >= itemsEnd) ? null : $"the data set ends inside {current} at byte {position}");

    /// <summary>Looks at the next bytes of the data set.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (inflater is null)
        {
            Walk(bytes);
            return;
        }

        failure = inflater.Inflate(bytes, Walk) ?? failure;
        if (AtPixelData || failure is not null)
        {
            inflater.Dispose();
            inflater = null;
        }
    }

    /// <summary>False once nothing more is looked at.</summary>
    private bool Walk(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !AtPixelData && failure is null)
        {
            LeaveItems();
            bytes = skip > 0 ? PassValue(bytes) : PassHeader(bytes);
        }

        return !AtPixelData && failure is null;
    }

    /// <summary>The captured values as a data set, numbers in little endian.</summary>
    public DataSet ToDataSet()
    {
        var set = new DataSet();
        foreach ((DicomTag tag, byte[] value) in captured)
        {
            byte[] copy = [.. value];
            if (bigEndian)
            {
                VrFacts.Swap(vrs[tag], copy);
            }

            set.SetBytes(tag, vrs[tag], copy);
        }

        return set;
    }

    private ReadOnlySpan<byte> PassValue(ReadOnlySpan<byte> bytes)
    {
        int count = (int)Math.Min(skip, bytes.Length);
        if (capturing is not null)
        {
            bytes[..count].CopyTo(capturing.AsSpan(capturedBytes));
            capturedBytes += count;
            capturing = capturedBytes == capturing.Length ? null : capturing;
        }

        skip -= count;
        position += count;
        return bytes[count..];
    }

    private ReadOnlySpan<byte> PassHeader(ReadOnlySpan<byte> bytes)
    {
        if (splitLength == 0 && bytes.Length >= ElementHeader.MaxSize)
        {
            Parse(bytes[..ElementHeader.MaxSize], out ElementHeader whole);
            Handle(whole);
            return bytes[whole.Size..];
        }

        split[splitLength++] = bytes[0];
        position++;
        if (Parse(split.AsSpan(0, splitLength), out ElementHeader header))
        {
            position -= splitLength;
            splitLength = 0;
            Handle(header);
        }

        return bytes[1..];
    }

    private bool Parse(ReadOnlySpan<byte> bytes, out ElementHeader header)
    {
        if (!started && bytes.Length >= 8)
        {
            started = true;
            (explicitVr, bigEndian) = ElementHeader.Detect(bytes, syntax, uint.MaxValue - 1);
        }

        return ElementHeader.TryParse(bytes, explicitVr && unknownDepth == 0 && itemsEnd == 0, bigEndian && unknownDepth == 0, out header);
    }

    private void Handle(ElementHeader header)
    {
        long at = position;
        position += header.Size;
        if (itemsEnd > 0)
        {
            Item(header);
            return;
        }

        bool inSequence = (depth & 1) == 1;
        if (depth == 0)
        {
            current = header.Tag;
        }

        if (header.IsStructure)
        {
            Structure(header, inSequence, at);
        }
        else if (inSequence)
        {
            failure = $"sequence {current} holds {header.Tag} where only items may stand (PS3.5 7.5), at byte {at}";
        }
        else if (depth == 0 && header.Tag == Tags.PixelData)
        {
            AtPixelData = true;
        }
        else if (header.IsUndefined)
        {
            Open(header, at);
        }
        else if (header.Vr == Vr.SQ)
        {
            itemsEnd = position + header.Length;
        }
        else
        {
            skip = header.Length;
            Capture(header);
        }
    }

    /// <summary>Items of a sequence of announced length are passed by count; whatever else stands there ends the look at them.</summary>
    private void Item(ElementHeader header)
    {
        bool whole = header.Tag == Tags.Item && !header.IsUndefined;
        bool fits = position + header.Length <= itemsEnd;
        skip = whole && (fits || header.Length <= MaxLongItemBytes) ? header.Length : itemsEnd - position;
        itemsEnd = whole && fits ? itemsEnd : 0;
    }

    private void LeaveItems()
    {
        const int ItemHeaderBytes = 8;
        if (itemsEnd > 0 && skip == 0 && splitLength == 0 && itemsEnd - position < ItemHeaderBytes)
        {
            skip = itemsEnd - position;
            itemsEnd = 0;
        }
    }

    private void Structure(ElementHeader header, bool inSequence, long at)
    {
        if (header.Tag == Tags.Item && inSequence)
        {
            depth += header.IsUndefined ? 1 : 0;
            skip = header.IsUndefined ? 0 : header.Length;
        }
        else if (header.Tag == Tags.Item)
        {
            OpenOrphan(header);
        }
        else if (depth > 0 && header.Tag == (inSequence ? Tags.SequenceDelimitation : Tags.ItemDelimitation))
        {
            CloseLevel();
        }
        else if (depth > 0 || header.Length != 0)
        {
            failure = $"{header.Tag} closes or opens nothing here (PS3.5 7.5), at byte {at}";
        }
    }

    /// <summary>An item whose sequence lost its header, read over as <see cref="DataSetReader"/> does: two levels that close as one.</summary>
    private void OpenOrphan(ElementHeader header)
    {
        if (!header.IsUndefined)
        {
            skip = header.Length;
            return;
        }

        depth += 2;
        orphans |= UInt128.One << depth;
        CheckDepth();
    }

    private void CloseLevel()
    {
        bool orphan = (orphans >> depth & UInt128.One) != 0;
        orphans &= ~(UInt128.One << depth);
        depth -= orphan ? 2 : 1;
        unknownDepth = depth < unknownDepth ? 0 : unknownDepth;
    }

    private void CheckDepth()
    {
        if (depth >= 2 * MaxDepth)
        {
            failure = $"{current} nests sequences more than {MaxDepth} deep, the limit";
        }
    }

    private void Open(ElementHeader header, long at)
    {
        if (header.Vr is not (Vr.SQ or Vr.UN or Vr.OB or Vr.OW))
        {
            failure = $"{header.Tag} with VR {header.Vr} has an undefined length (PS3.5 7.1.2), at byte {at}";
            return;
        }

        depth++;
        CheckDepth();
        if (header.Vr == Vr.UN && explicitVr && unknownDepth == 0)
        {
            unknownDepth = depth;
        }
    }

    private void Capture(ElementHeader header)
    {
        if (depth > 0 || !wanted.Contains(header.Tag) || header.Length > MaxValueBytes
            || totalCaptured + header.Length > MaxTotalBytes || captured.ContainsKey(header.Tag))
        {
            return;
        }

        byte[] value = header.Length == 0 ? [] : new byte[header.Length];
        captured.Add(header.Tag, value);
        vrs.Add(header.Tag, header.Vr);
        totalCaptured += value.Length;
        capturing = value.Length == 0 ? null : value;
        capturedBytes = 0;
    }
}
