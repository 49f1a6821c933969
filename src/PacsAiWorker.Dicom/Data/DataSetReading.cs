namespace PacsAiWorker.Dicom.Data;

/// <summary>One run of <see cref="DataSetReader"/>: an explicit stack of open data sets and sequences instead of recursion.</summary>
internal sealed class DataSetReading
{
    /// <summary>(FFFE,E000) in little endian.</summary>
    private static ReadOnlySpan<byte> ItemTag => [0xFE, 0xFF, 0x00, 0xE0];

    private readonly ByteSource source;
    private readonly TransferSyntax syntax;
    private readonly ReadLimits limits;
    private readonly ushort? onlyGroup;
    private readonly Stack<Level> open = new();
    private readonly List<string> flags = [];
    private readonly DataSet root = new();
    private PixelDataLocation? pixelData;
    private bool explicitVr;
    private bool stopped;
    private bool quarantined;
    private int depth;
    private int items;
    private int elements;
    private long kept;

    public DataSetReading(ByteSource source, TransferSyntax syntax, ReadLimits limits, ushort? onlyGroup)
    {
        this.source = source;
        this.syntax = syntax;
        this.limits = limits;
        this.onlyGroup = onlyGroup;
    }

    /// <summary>A data set (<c>Items</c> null) or a sequence being read. <c>End</c> -1: until its delimiter.</summary>
    private sealed record Level(
        DicomTag Tag, DataSet Set, List<DataSet>? Items, long End, long Bound, bool ExplicitVr, bool BigEndian, bool Private = false, bool Orphan = false);

    public ReadResult Run()
    {
        long bound = source.End ?? long.MaxValue;
        (explicitVr, bool bigEndian) = ElementHeader.Detect(source.Peek(8), syntax, bound - source.Position);
        if (bigEndian != syntax.BigEndian)
        {
            Flag($"the data set is encoded in {(bigEndian ? "big" : "little")} endian although its transfer syntax says otherwise");
        }

        if (explicitVr != syntax.ExplicitVr)
        {
            Flag($"the data set is encoded with {(explicitVr ? "explicit" : "implicit")} VR although its transfer syntax says otherwise");
        }

        open.Push(new(default, root, null, -1, bound, explicitVr, bigEndian));
        while (!stopped)
        {
            Step(open.Peek());
        }

        return new(root, pixelData, source.Position, explicitVr, bigEndian, flags, quarantined);
    }

    private bool AtRoot => open.Count == 1;

    private void Step(Level level)
    {
        if (level.End >= 0 && source.Position >= level.End)
        {
            Close();
            return;
        }

        ReadOnlySpan<byte> next = source.Peek(ElementHeader.MaxSize);
        if (AtRoot && (next.IsEmpty || IsPadding(next)))
        {
            if (!next.IsEmpty)
            {
                Flag("bytes without meaning follow the data set");
            }

            stopped = true;
            return;
        }

        long at = source.Position;
        if (!ElementHeader.TryParse(next, level.ExplicitVr, level.BigEndian, out ElementHeader header) || at + header.Size > level.Bound)
        {
            throw Broken(at, AtRoot
                ? "The data set ends inside the header of an element"
                : $"{level.Tag} ends inside the header of an element or without its delimiter (PS3.5 7.5)");
        }

        if (AtRoot && onlyGroup is { } group && header.Tag.Group != group)
        {
            stopped = true;
            return;
        }

        source.Take(header.Size);
        if (header.IsStructure)
        {
            Structure(level, header, at);
        }
        else if (level.Items is not null)
        {
            throw Broken(at, $"Sequence {level.Tag} holds {header.Tag} where only items may stand (PS3.5 7.5)");
        }
        else
        {
            Element(level, header, at);
        }
    }

    /// <summary>Zeros behind the last element, which no data element can begin with: (0000,0000) belongs to command sets.</summary>
    private static bool IsPadding(ReadOnlySpan<byte> next) => !next.ContainsAnyExcept((byte)0) && next.Length > 0;

    private void Structure(Level level, ElementHeader header, long at)
    {
        if (header.Tag == Tags.Item && level.Items is not null)
        {
            OpenItem(level, header, at);
        }
        else if (header.Tag == Tags.Item)
        {
            OpenOrphan(level, header, at);
        }
        else if (header.Tag == (level.Items is null ? Tags.ItemDelimitation : Tags.SequenceDelimitation) && level.End < 0 && !AtRoot)
        {
            Close();
        }
        else if (header.Length == 0 && (AtRoot || level.End >= 0))
        {
            Flag($"a delimiter {header.Tag} that closes nothing stands at byte {at}");
        }
        else
        {
            throw Broken(at, $"{header.Tag} closes nothing here (PS3.5 7.5)");
        }
    }

    private void Element(Level level, ElementHeader header, long at)
    {
        if (++elements > limits.Elements)
        {
            throw Broken(at, $"The data set has more than {limits.Elements} elements, the limit");
        }

        if (header.BadVr)
        {
            Flag($"{header.Tag} at byte {at} has letters that are no VR");
        }

        if (AtRoot && header.Tag == Tags.PixelData)
        {
            PixelData(header);
            return;
        }

        if (header.IsUndefined)
        {
            Undefined(level, header, at);
            return;
        }

        CheckLength(level, header, at);

        // A known sequence that arrives as UN is implicit VR little endian (PS3.5 section 6.2.2), unless it does not begin like one.
        bool sequenceAsUnknown = header.Vr == Vr.UN && level.ExplicitVr && TagDictionary.VrOf(header.Tag) == Vr.SQ
            && (header.Length == 0 || source.Peek(4).SequenceEqual(ItemTag));
        if (header.Vr == Vr.SQ || sequenceAsUnknown)
        {
            OpenSequence(level, header, at, asUnknown: sequenceAsUnknown);
            return;
        }

        Value(level, header, at);
    }

    private void PixelData(ElementHeader header)
    {
        bool encapsulated = header.IsUndefined;
        if (encapsulated != syntax.Encapsulated)
        {
            Flag($"pixel data is {(encapsulated ? "encapsulated" : "native")} although its transfer syntax says otherwise");
        }

        Vr vr = explicitVr ? header.Vr : encapsulated ? Vr.OB : Vr.OW;
        if (!encapsulated && source.End is { } end && header.Length > end - source.Position)
        {
            Flag($"pixel data is cut short: {header.Length} bytes announced, {end - source.Position} there");
        }

        pixelData = new(vr, source.Position, encapsulated ? -1 : header.Length);
        stopped = true;
    }

    private void Undefined(Level level, ElementHeader header, long at)
    {
        if (header.Vr is Vr.SQ or Vr.UN)
        {
            OpenSequence(level, header, at, asUnknown: header.Vr == Vr.UN && level.ExplicitVr);
        }
        else if (header.Vr is Vr.OB or Vr.OW)
        {
            SkipFragments(level, header, at);
        }
        else
        {
            throw Broken(at, $"{header.Tag} with VR {header.Vr} has an undefined length (PS3.5 7.1.2)");
        }
    }

    private void Value(Level level, ElementHeader header, long at)
    {
        int longest = level.Private || header.Tag.IsPrivate ? Math.Min(limits.PrivateValueBytes, limits.ValueBytes) : limits.ValueBytes;
        if (header.Length > longest || kept + header.Length > limits.TotalBytes)
        {
            if (!source.TrySkip(header.Length))
            {
                throw PastEnd(header, at, "the data set");
            }

            Put(level, DicomElement.NotKept(header.Tag, header.Vr, header.Length), at);
            return;
        }

        byte[] value = header.Length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)header.Length);
        if (!source.TryRead(value))
        {
            throw PastEnd(header, at, "the data set");
        }

        kept += value.Length;
        if (level.BigEndian)
        {
            VrFacts.Swap(header.Vr, value);
        }

        Put(level, DicomElement.OfBytes(header.Tag, level.ExplicitVr ? header.Vr : SignedVr(level.Set, header), value), at);
    }

    /// <summary>"US or SS" is SS where pixels are signed (PS3.3 C.7.6.3), as far as that is known when the element comes.</summary>
    private static Vr SignedVr(DataSet set, ElementHeader header) =>
        header.Vr == Vr.US && set.HasSignedPixels && TagDictionary.Find(header.Tag)?.VrChoice == "US|SS" ? Vr.SS : header.Vr;

    private void OpenSequence(Level level, ElementHeader header, long at, bool asUnknown)
    {
        if (++depth > limits.Depth)
        {
            throw Broken(at, $"{header.Tag} nests sequences more than {limits.Depth} deep, the limit");
        }

        var list = new List<DataSet>();
        Put(level, DicomElement.OfItems(header.Tag, list), at);
        Push(level, header, level.Set, list, asUnknown);
    }

    private void OpenItem(Level level, ElementHeader header, long at)
    {
        CountItem(header, at);
        (level, header) = Fitted(level, header, at);
        CheckLength(level, header, at);
        var item = new DataSet();
        item.BelongTo(level.Set);
        level.Items!.Add(item);
        Push(level, header with { Tag = level.Tag }, item, null, asUnknown: false);
    }

    /// <summary>
    /// A sequence of announced length whose last item claims more, as editors of files leave it: the item counts if it fits what
    /// encloses the sequence, and is taken to end with the sequence if it does not.
    /// </summary>
    private (Level Level, ElementHeader Header) Fitted(Level level, ElementHeader header, long at)
    {
        long end = source.Position + header.Length;
        if (header.IsUndefined || level.End < 0 || end <= level.Bound)
        {
            return (level, header);
        }

        Flag($"the last item of {level.Tag} is longer than its sequence, at byte {at}");
        open.Pop();
        if (end <= open.Peek().Bound)
        {
            level = level with { End = end, Bound = end };
        }
        else
        {
            header = header with { Length = (uint)Math.Max(0, level.Bound - source.Position) };
        }

        open.Push(level);
        return (level, header);
    }

    /// <summary>
    /// An item whose sequence lost its header: read over, so that what follows is found, and not kept, since nobody can say what it
    /// belongs to (seen behind anonymisers that drop (0018,6011) alone).
    /// </summary>
    private void OpenOrphan(Level level, ElementHeader header, long at)
    {
        CountItem(header, at);
        CheckLength(level, header, at);
        if (++depth > limits.Depth)
        {
            throw Broken(at, $"Items outside a sequence nest more than {limits.Depth} deep, the limit");
        }

        Flag($"an item stands outside a sequence (PS3.5 7.5), at byte {at}: its elements are left out");
        quarantined = true;
        Push(level, header, new DataSet(), null, asUnknown: false, isOrphan: true);
    }

    private void Push(Level level, ElementHeader header, DataSet set, List<DataSet>? list, bool asUnknown, bool isOrphan = false)
    {
        long end = header.IsUndefined ? -1 : source.Position + header.Length;
        long bound = end < 0 ? level.Bound : Math.Min(end, level.Bound);
        open.Push(new(
            header.Tag, set, list, end, bound, level.ExplicitVr && !asUnknown, level.BigEndian && !asUnknown, level.Private || header.Tag.IsPrivate, isOrphan));
    }

    private void Close()
    {
        if (open.Pop() is { Items: not null } or { Orphan: true })
        {
            depth--;
        }
    }

    /// <summary>Encapsulated data that is not the frame: icons and private thumbnails (PS3.5 annex A.4).</summary>
    private void SkipFragments(Level level, ElementHeader header, long at)
    {
        while (true)
        {
            long here = source.Position;
            if (!ElementHeader.TryParse(source.Peek(8), false, level.BigEndian, out ElementHeader fragment) || here + 8 > level.Bound)
            {
                throw Broken(here, $"{header.Tag} at byte {at} ends without its delimiter (PS3.5 A.4)");
            }

            source.Take(8);
            if (fragment.Tag == Tags.SequenceDelimitation)
            {
                break;
            }

            if (fragment.Tag != Tags.Item || fragment.IsUndefined)
            {
                throw Broken(here, $"{header.Tag} holds {fragment.Tag} where only fragments may stand (PS3.5 A.4)");
            }

            CountItem(fragment, here);
            CheckLength(level, fragment, here);
            if (!source.TrySkip(fragment.Length))
            {
                throw PastEnd(fragment, here, "the data set");
            }
        }

        Put(level, DicomElement.NotKept(header.Tag, header.Vr, -1), at);
    }

    private void CountItem(ElementHeader header, long at)
    {
        if (++items > limits.Items)
        {
            throw Broken(at, $"{header.Tag} is one item more than {limits.Items}, the limit");
        }
    }

    private void CheckLength(Level level, ElementHeader header, long at)
    {
        if (!header.IsUndefined && header.Length > level.Bound - source.Position)
        {
            throw PastEnd(header, at, AtRoot ? "the data set" : $"sequence {level.Tag}");
        }
    }

    private void Put(Level level, DicomElement element, long at)
    {
        if (!level.Set.TryPut(element))
        {
            Flag($"{element.Tag} stands twice, at byte {at} again: the first counts");
        }
    }

    private void Flag(string text)
    {
        const int MostFlags = 20;
        if (flags.Count < MostFlags)
        {
            flags.Add(text);
        }
    }

    private static DicomFormatException PastEnd(ElementHeader header, long at, string whole) =>
        Broken(at, $"{header.Tag} has a length of {header.Length} bytes, which is past the end of {whole}");

    private static DicomFormatException Broken(long at, string rule) => new($"{rule}; at byte {at}.", at);
}
