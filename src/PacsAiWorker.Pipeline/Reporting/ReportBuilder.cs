using System.Security.Cryptography;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>What a report says of the installation.</summary>
/// <param name="Destinations">Names of the PACS that get reports.</param>
public sealed record ReportingSite(string Name, TimeZoneInfo TimeZone, string Version, IReadOnlyList<string> Destinations);

/// <summary>Pure: rows and the source's header in, bytes out. The same row gives the same bytes.</summary>
public static class ReportBuilder
{
    /// <summary>The class of a result's first report.</summary>
    public const string SopClass = SopClasses.Comprehensive3DSr;

    /// <param name="image">Header of one of the study's images.</param>
    /// <param name="sopClass">One of <see cref="ReportClasses"/>: the documents differ in it and in the UIDs made from it.</param>
    /// <param name="withoutMaps">The heat maps of the result are not named: the document has a UID of its own.</param>
    /// <exception cref="InvalidOperationException">An instance is referenced that is not in evidence: a fault of ours.</exception>
    public static ReportRow Build(ReportSource source, DataSet image, ReportingSite site, string sopClass = SopClass, bool withoutMaps = false)
    {
        source = withoutMaps ? source with { HeatMaps = [] } : source;
        var document = SrHeader.Write(source, image, site, sopClass, withoutMaps);
        var missing = SrDocument.MissingFromEvidence(document, SrDocument.Write(document, new SrContent(source, image, document.GetString(Tags.PatientName), site).Root()));
        if (missing.Count > 0)
        {
            throw new InvalidOperationException($"{missing.Count} referenced instances are not in the evidence sequence of the report on result {source.Result.Id}.");
        }

        var uid = document.GetString(Tags.SOPInstanceUID)!;
        var content = Part10.ToBytes(new FileMeta(sopClass, uid, TransferSyntax.ExplicitVrLittleEndian.Uid), document);
        return new ReportRow
        {
            // Derived too, so that a second writer of the same result meets the first one's key.
            Id = DicomUid.Uuid5(uid),
            ResultId = source.Result.Id,
            SopClassUid = sopClass,
            WithoutMaps = withoutMaps,
            SopInstanceUid = uid,
            SeriesInstanceUid = document.GetString(Tags.SeriesInstanceUID)!,
            Content = content,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            CreatedAt = source.Result.DecidedAt,
            Companions = [.. source.HeatMaps.Select((map, i) => HeatMapDocument.Build(source, map, document, i))],
        };
    }
}
