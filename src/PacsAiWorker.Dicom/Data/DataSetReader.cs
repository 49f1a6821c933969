namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// Reads a data set up to its top-level pixel data (PS3.5 section 7). Iterative and bounded: nesting, items, elements and kept
/// bytes have limits, and a length beyond what is left is an error, never an allocation. Damage that leaves the structure clear
/// is tolerated and told in <see cref="ReadResult.Flags"/>.
/// </summary>
public static class DataSetReader
{
    /// <param name="stream">Stands at the first element; offsets in errors and results are positions in this stream.</param>
    /// <param name="syntax">How the bytes are labelled.</param>
    /// <param name="limits">Default: <see cref="ReadLimits.Default"/>.</param>
    /// <exception cref="DicomFormatException">A rule is broken, or a limit passed.</exception>
    public static ReadResult Read(Stream stream, TransferSyntax syntax, ReadLimits? limits = null) =>
        Read(stream, syntax, limits, lastGroup: ushort.MaxValue);

    /// <inheritdoc cref="Read(Stream, TransferSyntax, ReadLimits?)"/>
    public static ReadResult Read(byte[] bytes, TransferSyntax syntax, ReadLimits? limits = null)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Read(stream, syntax, limits);
    }

    /// <inheritdoc cref="Read(Stream, TransferSyntax, ReadLimits?)"/>
    public static ReadResult Read(ReadOnlySpan<byte> bytes, TransferSyntax syntax, ReadLimits? limits = null) =>
        Read(bytes.ToArray(), syntax, limits);

    /// <summary>Stops, without taking it, before the first top-level element of a group above <paramref name="lastGroup"/>.</summary>
    internal static ReadResult Read(Stream stream, TransferSyntax syntax, ReadLimits? limits, ushort lastGroup)
    {
        if (syntax.Deflated)
        {
            throw new DicomFormatException("A deflated data set (PS3.5 A.5) cannot be read yet.", stream.CanSeek ? stream.Position : 0);
        }

        using var source = new ByteSource(stream);
        return new DataSetReading(source, syntax, limits ?? ReadLimits.Default, lastGroup).Run();
    }
}
