using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Files;

/// <summary>
/// What stands before the pixel data of a DICOM file (PS3.10 section 7). A missing preamble, missing meta information and a missing
/// or wrong transfer syntax are tolerated and flagged.
/// </summary>
/// <param name="Meta">From the meta information, from the data set where that is silent.</param>
/// <param name="Syntax">As the file says, or as guessed where it does not (flagged). Unknown syntaxes have the name "unknown".</param>
/// <param name="DataSetOffset">Where the data set begins in the file.</param>
/// <param name="Result">The data set; its offsets count from the file's start, or in inflated bytes where it is deflated.</param>
/// <param name="Flags">What was tolerated, one sentence each; empty for a clean file.</param>
public sealed record Part10Header(FileMeta Meta, TransferSyntax Syntax, long DataSetOffset, ReadResult Result, IReadOnlyList<string> Flags)
{
    /// <summary>Reads a file from its start, without its pixel data.</summary>
    /// <param name="stream">The whole file; must be able to seek.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Default: <see cref="ReadLimits.Default"/>.</param>
    /// <exception cref="DicomFormatException">No DICOM file, or damaged before the pixel data.</exception>
    public static Part10Header Read(Stream stream, string name, ReadLimits? limits = null)
    {
        var flags = new List<string>();
        DataSet meta = ReadMeta(stream, name, flags);
        long dataSetOffset = stream.Position;

        TransferSyntax syntax = SyntaxOf(stream, meta, flags);
        ReadResult result = DataSetReader.Read(stream, syntax, limits);
        if (result.DataSet.Count == 0 && result.PixelData is null)
        {
            throw new DicomFormatException($"{name} is no DICOM file: it has no data set.", dataSetOffset);
        }

        flags.AddRange(result.Flags);
        var fileMeta = new FileMeta(
            meta.GetString(Tags.MediaStorageSOPClassUID) ?? result.DataSet.GetString(Tags.SOPClassUID) ?? "",
            meta.GetString(Tags.MediaStorageSOPInstanceUID) ?? result.DataSet.GetString(Tags.SOPInstanceUID) ?? "",
            syntax.Uid,
            meta.GetString(Tags.SourceApplicationEntityTitle),
            meta.GetString(Tags.SendingApplicationEntityTitle),
            meta.GetString(Tags.ReceivingApplicationEntityTitle));
        return new Part10Header(fileMeta, syntax, dataSetOffset, result, flags);
    }

    /// <summary>Leaves the stream at the data set.</summary>
    private static DataSet ReadMeta(Stream stream, string name, List<string> flags)
    {
        Span<byte> start = stackalloc byte[Part10.PreambleBytes + Part10.PrefixBytes];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read == start.Length && start[Part10.PreambleBytes..].SequenceEqual("DICM"u8))
        {
            stream.Position = start.Length;
        }
        else if (read >= 8 && start.StartsWith("DICM"u8))
        {
            flags.Add("the preamble is missing");
            stream.Position = Part10.PrefixBytes;
        }
        else if (read >= 8 && LooksLikeElement(start))
        {
            flags.Add("preamble and prefix are missing");
            stream.Position = 0;
        }
        else if (read >= 9 && LooksLikeElement(start[1..]))
        {
            flags.Add("preamble and prefix are missing, and one byte stands before the first element");
            stream.Position = 1;
        }
        else
        {
            throw new DicomFormatException($"{name} is no DICOM file: it has neither the prefix DICM nor a data element at its start.", 0);
        }

        // The group length is not trusted: the group ends where another begins (PS3.10 section 7.1).
        long metaStart = stream.Position;
        var metaLimits = new ReadLimits(Depth: 4, Items: 100, Elements: 1000, ValueBytes: 4096, TotalBytes: 64 * 1024);
        Span<byte> group = stackalloc byte[2];
        DataSet meta = new();
        if (stream.ReadAtLeast(group, 2, throwOnEndOfStream: false) == 2 && group[0] == 2 && group[1] == 0)
        {
            stream.Position = metaStart;
            ReadResult result = DataSetReader.Read(stream, TransferSyntax.ExplicitVrLittleEndian, metaLimits, onlyGroup: 2);
            meta = result.DataSet;
            metaStart = result.EndOffset;
        }
        else
        {
            flags.Add("the meta information is missing");
        }

        stream.Position = metaStart;
        return meta;
    }

    /// <summary>A file without preamble begins with an element of group 2 or 8, small in both encodings.</summary>
    private static bool LooksLikeElement(ReadOnlySpan<byte> start) =>
        (start[0] is 2 or 8 && start[1] == 0 && start[3] == 0 && (VrFacts.Parse(start[4], start[5]) is not null || (start[6] == 0 && start[7] == 0)))
        || (start[0] == 0 && start[1] == 8 && start[2] == 0 && VrFacts.Parse(start[4], start[5]) is not null);

    private static TransferSyntax SyntaxOf(Stream stream, DataSet meta, List<string> flags)
    {
        if (meta.GetString(Tags.TransferSyntaxUID) is { } uid)
        {
            TransferSyntax? known = TransferSyntax.Find(uid);
            if (known is null)
            {
                flags.Add("the transfer syntax is not known");
            }

            return known ?? TransferSyntax.Unknown(uid);
        }

        long at = stream.Position;
        Span<byte> first = stackalloc byte[8];
        int read = stream.ReadAtLeast(first, 8, throwOnEndOfStream: false);
        stream.Position = at;
        (bool explicitVr, bool bigEndian) = ElementHeader.Detect(first[..read], TransferSyntax.ImplicitVrLittleEndian, stream.Length - at);
        TransferSyntax guess = bigEndian ? TransferSyntax.ExplicitVrBigEndian
            : explicitVr ? TransferSyntax.ExplicitVrLittleEndian
            : TransferSyntax.ImplicitVrLittleEndian;
        flags.Add($"the transfer syntax is missing, taken for {guess.Name}");
        return guess;
    }
}
