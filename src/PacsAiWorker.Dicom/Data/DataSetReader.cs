namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Reads a data set up to its top-level pixel data (PS3.5 section 7). Iterative and bounded: nesting, items, elements and kept
/// bytes have limits, and a length beyond what is left is an error, never an allocation. Damage that leaves the structure clear
/// is tolerated and told in <see cref="ReadResult.Flags"/>. A deflated data set (PS3.5 annex A.5) is inflated as far as it is read,
/// at most 200-fold; its stream must be able to seek, and offsets then count inflated bytes from the data set's start.
/// </summary>
public static class DataSetReader
{
    /// <param name="stream">Stands at the first element; offsets in errors and results are positions in this stream.</param>
    /// <param name="syntax">How the bytes are labelled.</param>
    /// <param name="limits">Default: <see cref="ReadLimits.Default"/>.</param>
    /// <exception cref="DicomFormatException">A rule is broken, or a limit passed.</exception>
    public static ReadResult Read(Stream stream, TransferSyntax syntax, ReadLimits? limits = null) =>
        Read(stream, syntax, limits, onlyGroup: null);

    /// <inheritdoc cref="Read(Stream, TransferSyntax, ReadLimits?)"/>
    public static ReadResult Read(byte[] bytes, TransferSyntax syntax, ReadLimits? limits = null)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Read(stream, syntax, limits);
    }

    /// <inheritdoc cref="Read(Stream, TransferSyntax, ReadLimits?)"/>
    public static ReadResult Read(ReadOnlySpan<byte> bytes, TransferSyntax syntax, ReadLimits? limits = null) =>
        Read(bytes.ToArray(), syntax, limits);

    /// <summary>
    /// With <paramref name="onlyGroup"/>, stops, without taking it, before the first top-level element of another group.
    /// </summary>
    internal static ReadResult Read(Stream stream, TransferSyntax syntax, ReadLimits? limits, ushort? onlyGroup)
    {
        ReadLimits bounds = limits ?? ReadLimits.Default;
        if (!syntax.Deflated)
        {
            using var plain = new ByteSource(stream);
            return new DataSetReading(plain, syntax, bounds, onlyGroup).Run();
        }

        using var inflated = new InflatedStream(stream, bounds.InflatedBytes);
        using var source = new ByteSource(inflated);
        ReadResult result = new DataSetReading(
            source, syntax, bounds with { Elements = Math.Min(bounds.Elements, ReadLimits.DeflatedElements) }, onlyGroup).Run();
        return inflated.HasZlibHeader
            ? result with { Flags = ["the deflated data set begins with a zlib header, which does not belong there", .. result.Flags] }
            : result;
    }
}
