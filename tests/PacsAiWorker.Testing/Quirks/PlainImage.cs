using System.Buffers.Binary;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Testing.Quirks;

/// <summary>The faultless object that quirks are made from: one small gray ultrasound image with a region, 8 by 8 pixels.</summary>
public static class PlainImage
{
    public const string SopInstanceUid = "1.2.826.0.1.3680043.10.543.1";

    public static DataSet DataSet() => new DataSet()
        .Set(Tags.SpecificCharacterSet, "ISO_IR 100")
        .Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0001")
        .Set(Tags.SOPClassUID, SopClasses.UltrasoundImage)
        .Set(Tags.SOPInstanceUID, SopInstanceUid)
        .Set(Tags.Modality, "US")
        .Set(Tags.PatientName, "PHANTOM^ONE")
        .Set(Tags.PatientID, "PH1")
        .SetItems(Tags.SequenceOfUltrasoundRegions, new DataSet().SetUShort(Tags.RegionDataType, 1).SetUShort(Tags.RegionSpatialFormat, 1))
        .Set(Tags.StudyInstanceUID, "1.2.826.0.1.3680043.10.543.2")
        .Set(Tags.SeriesInstanceUID, "1.2.826.0.1.3680043.10.543.3")
        .SetUShort(Tags.SamplesPerPixel, 1)
        .Set(Tags.PhotometricInterpretation, "MONOCHROME2")
        .SetUShort(Tags.Rows, 8)
        .SetUShort(Tags.Columns, 8)
        .SetUShort(Tags.BitsAllocated, 8)
        .SetBytes(Tags.PixelData, Vr.OB, Enumerable.Range(0, 64).Select(i => (byte)(i * 3)).ToArray());

    /// <summary>As a DICOM file.</summary>
    public static byte[] File(TransferSyntax? syntax = null, DataSet? set = null) =>
        Part10.ToBytes(new FileMeta(SopClasses.UltrasoundImage, SopInstanceUid, (syntax ?? TransferSyntax.ExplicitVrLittleEndian).Uid), set ?? DataSet());

    /// <summary>As a DICOM file whose data set is these bytes, labelled with a syntax.</summary>
    public static byte[] FileOf(byte[] dataSet, TransferSyntax? syntax = null) => Elements.Join(
        Part10.Header(new FileMeta(SopClasses.UltrasoundImage, SopInstanceUid, (syntax ?? TransferSyntax.ExplicitVrLittleEndian).Uid)), dataSet);

    /// <summary>The data set in explicit VR little endian, with these bytes put before the first element of at least this tag.</summary>
    public static byte[] With(uint before, params byte[][] inserted)
    {
        byte[] bytes = DataSetWriter.Encode(DataSet(), TransferSyntax.ExplicitVrLittleEndian);
        int at = PlaceOf(bytes, before);
        return Elements.Join(bytes[..at], Elements.Join(inserted), bytes[at..]);
    }

    /// <summary>The data set in explicit VR little endian, without one element and with these bytes in its place.</summary>
    public static byte[] Instead(DicomTag tag, params byte[][] inserted)
    {
        byte[] bytes = DataSetWriter.Encode(DataSet(), TransferSyntax.ExplicitVrLittleEndian);
        int at = PlaceOf(bytes, tag.Number);
        return Elements.Join(bytes[..at], Elements.Join(inserted), bytes[PlaceOf(bytes, tag.Number + 1)..]);
    }

    private static int PlaceOf(byte[] bytes, uint tag)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(at);
            uint number = ((uint)BinaryPrimitives.ReadUInt16LittleEndian(header) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
            if (number >= tag)
            {
                break;
            }

            bool isLong = header[4] == 'O' || (header[4] == 'S' && header[5] == 'Q') || (header[4] == 'U' && header[5] is (byte)'N' or (byte)'T');
            at += isLong ? 12 + (int)BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) : 8 + BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        }

        return at;
    }
}
