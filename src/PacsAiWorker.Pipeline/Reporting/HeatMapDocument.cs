using System.Globalization;
using System.Security.Cryptography;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>A heat map as Secondary Capture (PS3.3 A.8.1): what every archive shows. It has the patient and study of the report that names it.</summary>
internal static class HeatMapDocument
{
    public const string SopClass = SopClasses.SecondaryCapture;

    /// <param name="report">The report's data set, complete.</param>
    /// <param name="position">Order of sending, from 0.</param>
    public static ReportCompanionRow Build(ReportSource source, HeatMapRow map, DataSet report, int position)
    {
        var instance = source.Instances.Single(i => i.Id == map.InstanceId);
        var study = source.Study.StudyInstanceUid;
        var uid = ReportUids.HeatMap(study, source.Result, instance.SopInstanceUid, map.Frame);
        var document = new DataSet();
        foreach (var tag in SrHeader.OfPatientAndStudy.Where(report.Contains))
        {
            document.Set(tag, report.GetStrings(tag) is { } values ? [.. values] : []);
        }

        document
            .Set(Tags.SOPClassUID, SopClass).Set(Tags.SOPInstanceUID, uid)
            .Set(Tags.Modality, "US").Set(Tags.ConversionType, "WSD").Set(Tags.ImageType, "DERIVED", "SECONDARY")
            .Set(Tags.SeriesInstanceUID, ReportUids.HeatMapSeries(study, source.Result.ModelId))
            .SetInt(Tags.SeriesNumber, (report.GetInt(Tags.SeriesNumber) ?? 0) + 100)
            .Set(Tags.SeriesDescription, "AI heatmap - not for diagnosis")
            .SetInt(Tags.InstanceNumber, position + 1)
            .Set(Tags.PatientOrientation)
            .Set(Tags.Laterality) // type 2C, and nothing is claimed about the side
            .Set(Tags.BurnedInAnnotation, "NO") // the scan area that the header names, and nothing else
            .Set(Tags.ImageComments, "Preliminary result of software, for review only, not for diagnosis")
            .Set(Tags.DerivationDescription, string.Create(CultureInfo.InvariantCulture, $"{map.Method}; class {map.ClassId} of {source.Result.ModelId} {source.Result.ModelVersion}"))
            .SetItems(Tags.SourceImageSequence, Reference(instance, map.Frame))
            .SetItems(Tags.ContributingEquipmentSequence, [.. report.GetItems(Tags.ContributingEquipmentSequence)]);
        Pixels(document, map);
        var content = Part10.ToBytes(new FileMeta(SopClass, uid, TransferSyntax.ExplicitVrLittleEndian.Uid), document);
        return new ReportCompanionRow
        {
            Id = DicomUid.Uuid5($"{report.GetString(Tags.SOPInstanceUID)}|{uid}"),
            Position = position,
            SopClassUid = SopClass,
            SopInstanceUid = uid,
            SeriesInstanceUid = document.GetString(Tags.SeriesInstanceUID)!,
            Content = content,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
        };
    }

    private static DataSet Reference(InstanceRow instance, int frame)
    {
        var item = new DataSet().Set(Tags.ReferencedSOPClassUID, instance.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, instance.SopInstanceUid);
        return frame > 0 ? item.SetInt(Tags.ReferencedFrameNumber, frame) : item;
    }

    private static void Pixels(DataSet document, HeatMapRow map)
    {
        using var picture = PngFile.Read(new MemoryStream(map.Picture));
        document
            .SetUShort(Tags.SamplesPerPixel, 3).Set(Tags.PhotometricInterpretation, "RGB").SetUShort(Tags.PlanarConfiguration, 0)
            .SetUShort(Tags.Rows, (ushort)picture.Height).SetUShort(Tags.Columns, (ushort)picture.Width)
            .SetUShort(Tags.BitsAllocated, 8).SetUShort(Tags.BitsStored, 8).SetUShort(Tags.HighBit, 7).SetUShort(Tags.PixelRepresentation, 0)
            .SetBytes(Tags.PixelData, Vr.OB, picture.Pixels.Length % 2 == 0 ? picture.Pixels.ToArray() : (byte[])[.. picture.Pixels, 0]);
    }
}
