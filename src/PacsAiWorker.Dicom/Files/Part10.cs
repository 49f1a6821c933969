using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Files;

/// <summary>Writes DICOM files (PS3.10 section 7): zero preamble, "DICM", group 2 in explicit VR little endian, the data set.</summary>
public static class Part10
{
    /// <summary>Who wrote a file or holds an association (PS3.7 annex D.3.3.2).</summary>
    public static string ImplementationClassUid { get; } = DicomUid.FromName("implementation", "PacsAiWorker");

    /// <summary>At most 16 characters.</summary>
    public const string ImplementationVersionName = "PACSAIWORKER_01";

    internal const int PreambleBytes = 128;
    internal const int PrefixBytes = 4;

    /// <summary>Everything that stands before the data set.</summary>
    public static byte[] Header(FileMeta meta)
    {
        DataSet group = new DataSet()
            .SetBytes(Tags.FileMetaInformationVersion, Vr.OB, new byte[] { 0, 1 })
            .Set(Tags.MediaStorageSOPClassUID, meta.SopClassUid)
            .Set(Tags.MediaStorageSOPInstanceUID, meta.SopInstanceUid)
            .Set(Tags.TransferSyntaxUID, meta.TransferSyntaxUid)
            .Set(Tags.ImplementationClassUID, ImplementationClassUid)
            .Set(Tags.ImplementationVersionName, ImplementationVersionName);
        SetTitle(group, Tags.SourceApplicationEntityTitle, meta.SourceAe);
        SetTitle(group, Tags.SendingApplicationEntityTitle, meta.SendingAe);
        SetTitle(group, Tags.ReceivingApplicationEntityTitle, meta.ReceivingAe);

        byte[] elements = DataSetWriter.Encode(group, TransferSyntax.ExplicitVrLittleEndian);
        byte[] header = new byte[PreambleBytes + PrefixBytes + 12 + elements.Length]; // 12: the group length element
        "DICM"u8.CopyTo(header.AsSpan(PreambleBytes));
        Span<byte> length = header.AsSpan(PreambleBytes + PrefixBytes);
        ReadOnlySpan<byte> start = [0x02, 0x00, 0x00, 0x00, (byte)'U', (byte)'L', 4, 0];
        start.CopyTo(length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(length[8..], (uint)elements.Length);
        elements.CopyTo(length[12..]);
        return header;
    }

    /// <summary>Writes a whole file; the data set in the transfer syntax that <paramref name="meta"/> names.</summary>
    public static void Write(Stream stream, FileMeta meta, DataSet dataSet)
    {
        TransferSyntax syntax = TransferSyntax.Find(meta.TransferSyntaxUid)
            ?? throw new ArgumentException($"Transfer syntax {meta.TransferSyntaxUid} is not known.", nameof(meta));
        stream.Write(Header(meta));
        stream.Write(DataSetWriter.Encode(dataSet, syntax));
    }

    /// <inheritdoc cref="Write"/>
    public static byte[] ToBytes(FileMeta meta, DataSet dataSet)
    {
        using var stream = new MemoryStream();
        Write(stream, meta, dataSet);
        return stream.ToArray();
    }

    /// <summary>The data set's bytes of a whole file that <see cref="ToBytes"/> made: what follows the file meta group.</summary>
    public static ReadOnlyMemory<byte> DataSetOf(ReadOnlyMemory<byte> file)
    {
        // Preamble, prefix, group length element (8 bytes of header, 4 of value), the group.
        const int LengthAt = PreambleBytes + PrefixBytes + 8;
        return file[(LengthAt + 4 + (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(file.Span[LengthAt..]))..];
    }

    private static void SetTitle(DataSet group, DicomTag tag, string? title)
    {
        if (!string.IsNullOrEmpty(title))
        {
            group.Set(tag, title);
        }
    }
}
