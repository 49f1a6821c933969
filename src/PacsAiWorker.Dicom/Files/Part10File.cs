using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Files;

/// <summary>
/// A DICOM file opened for reading: header parsed up to the pixel data (<see cref="Part10Header"/> tells what is tolerated), pixels
/// read on demand, nothing held in proportion to the file.
/// </summary>
public sealed class Part10File : IDisposable
{
    /// <summary>Inflated bytes of pixel data that one file may give: a bound for what no length in the file bounds.</summary>
    private const long MostInflatedBytes = 1L << 40;

    private readonly RangeStream stream;
    private InflatedStream? inflated;

    private Part10File(RangeStream stream, Part10Header header)
    {
        this.stream = stream;
        (Meta, Syntax, DataSetOffset, ReadResult result, Flags) = header;
        DataSet = result.DataSet;
        PixelDataOffset = result.PixelData?.Offset ?? -1;
        PixelDataLength = result.PixelData?.Length ?? -1;
        PixelDataVr = result.PixelData?.Vr ?? Vr.UN;
        Quarantined = result.Quarantined;
        BigEndian = result.BigEndian;
    }

    public FileMeta Meta { get; }

    /// <summary>As the file says, or as guessed where it does not (flagged). Unknown syntaxes have the name "unknown".</summary>
    public TransferSyntax Syntax { get; }

    /// <summary>All elements before the pixel data.</summary>
    public DataSet DataSet { get; }

    /// <summary>Where the data set begins in the file: what follows is what a C-STORE carries.</summary>
    public long DataSetOffset { get; }

    /// <summary>
    /// Where the value of Pixel Data begins in the file; -1 if there is none. Of a deflated file: where it begins in the inflated data
    /// set, so that it still says that there is pixel data.
    /// </summary>
    public long PixelDataOffset { get; }

    /// <summary>Bytes of native pixel data as announced; -1 if encapsulated (undefined length) or absent.</summary>
    public long PixelDataLength { get; }

    public Vr PixelDataVr { get; }

    /// <summary>What was tolerated, one sentence each; empty for a clean file.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>
    /// Part of the data set has lost its place (an item without its sequence), so what it says may be incomplete or untrue: to be
    /// kept as it came, and not judged by. <see cref="Flags"/> tell what was found.
    /// </summary>
    public bool Quarantined { get; }

    /// <summary>Order of the bytes as they really stand, whatever the transfer syntax says.</summary>
    public bool BigEndian { get; }

    /// <summary>Bytes of the whole DICOM file.</summary>
    public long Length => stream.Length;

    /// <exception cref="DicomFormatException">No DICOM file, or damaged before the pixel data.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static Part10File Open(FileRange file, ReadLimits? limits = null)
    {
        RangeStream stream = RangeStream.Open(file);
        try
        {
            return new Part10File(stream, Part10Header.Read(stream, Path.GetFileName(file.Path), limits));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads bytes of the pixel data's value; 0 at the end of the file. Native data ends at its announced length. A deflated file is
    /// inflated forward, with little memory whatever its size: reading backwards begins anew, and only one thread may read.
    /// </summary>
    /// <exception cref="DicomFormatException">A deflated file is damaged, or grows more than 200-fold.</exception>
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

        if (Syntax.Deflated)
        {
            return ReadInflated(PixelDataOffset + offsetInPixelData, destination);
        }

        return stream.ReadAt(PixelDataOffset + offsetInPixelData, destination);
    }

    public void Dispose()
    {
        inflated?.Dispose();
        stream.Dispose();
    }

    private int ReadInflated(long offset, Span<byte> destination)
    {
        if (inflated is null || inflated.Position > offset)
        {
            inflated?.Dispose();
            stream.Position = DataSetOffset;
            inflated = new InflatedStream(stream, MostInflatedBytes);
        }

        Span<byte> passed = stackalloc byte[4096];
        while (inflated.Position < offset)
        {
            if (inflated.Read(passed[..(int)Math.Min(passed.Length, offset - inflated.Position)]) == 0)
            {
                return 0;
            }
        }

        return inflated.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
    }
}
