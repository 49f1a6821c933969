using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Files;

/// <summary>
/// A DICOM file opened for reading: header parsed up to the pixel data, pixels read on demand, nothing held in proportion to the
/// file. A missing preamble, missing meta information and a missing or wrong transfer syntax are tolerated and flagged.
/// </summary>
public sealed class Part10File : IDisposable
{
    private readonly FileStream stream;

    private Part10File(FileStream stream, FileMeta meta, TransferSyntax syntax, long dataSetOffset, ReadResult result, IReadOnlyList<string> flags)
    {
        this.stream = stream;
        Meta = meta;
        Syntax = syntax;
        DataSetOffset = dataSetOffset;
        DataSet = result.DataSet;
        PixelDataOffset = result.PixelData?.Offset ?? -1;
        PixelDataLength = result.PixelData?.Length ?? -1;
        PixelDataVr = result.PixelData?.Vr ?? Vr.UN;
        Flags = flags;
    }

    public FileMeta Meta { get; }

    /// <summary>As the file says, or as guessed where it does not (flagged). Unknown syntaxes have the name "unknown".</summary>
    public TransferSyntax Syntax { get; }

    /// <summary>All elements before the pixel data.</summary>
    public DataSet DataSet { get; }

    /// <summary>Where the data set begins in the file: what follows is what a C-STORE carries.</summary>
    public long DataSetOffset { get; }

    /// <summary>Where the value of Pixel Data begins in the file; -1 if there is none.</summary>
    public long PixelDataOffset { get; }

    /// <summary>Bytes of native pixel data as announced; -1 if encapsulated (undefined length) or absent.</summary>
    public long PixelDataLength { get; }

    public Vr PixelDataVr { get; }

    /// <summary>What was tolerated, one sentence each; empty for a clean file.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>
    /// The open file, read-only, for reads at offsets (<see cref="RandomAccess"/>); closed with this object. Of a deflated file it gives
    /// the deflated bytes, where <see cref="PixelDataOffset"/> means nothing: use <see cref="ReadPixelBytes"/> there.
    /// </summary>
    public SafeFileHandle Handle => stream.SafeFileHandle;

    /// <summary>Bytes of the whole file.</summary>
    public long Length => stream.Length;

    /// <exception cref="DicomFormatException">No DICOM file, or damaged before the pixel data.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static Part10File Open(string path, ReadLimits? limits = null)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return Parse(stream, Path.GetFileName(path), limits);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads bytes of the pixel data's value; 0 at the end of the file. Native data ends at its announced length.</summary>
    public int ReadPixelBytes(long offsetInPixelData, Span<byte> destination)
    {
        if (PixelDataOffset < 0 || offsetInPixelData < 0)
        {
            return 0;
        }

        if (PixelDataLength >= 0)
        {
            long left = Math.Max(0, PixelDataLength - offsetInPixelData);
            destination = destination[..(int)Math.Min(left, destination.Length)];
        }

        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(stream.SafeFileHandle, destination[total..], PixelDataOffset + offsetInPixelData + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Dispose() => stream.Dispose();

    private static Part10File Parse(FileStream stream, string name, ReadLimits? limits)
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
        return new Part10File(stream, fileMeta, syntax, dataSetOffset, result, flags);
    }

    /// <summary>Leaves the stream at the data set.</summary>
    private static DataSet ReadMeta(FileStream stream, string name, List<string> flags)
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
            ReadResult result = DataSetReader.Read(stream, TransferSyntax.ExplicitVrLittleEndian, metaLimits, lastGroup: 2);
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

    private static TransferSyntax SyntaxOf(FileStream stream, DataSet meta, List<string> flags)
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
        bool vr = read == 8 && VrFacts.Parse(first[4], first[5]) is not null;
        bool bigEndian = vr && first[0] == 0 && first[1] != 0;
        TransferSyntax guess = bigEndian ? TransferSyntax.ExplicitVrBigEndian
            : vr ? TransferSyntax.ExplicitVrLittleEndian
            : TransferSyntax.ImplicitVrLittleEndian;
        flags.Add($"the transfer syntax is missing, taken for {guess.Name}");
        return guess;
    }
}
