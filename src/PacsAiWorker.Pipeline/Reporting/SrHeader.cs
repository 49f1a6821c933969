using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>The modules around the content tree (PS3.3 A.35.13): patient and study as the source has them, ours for the rest.</summary>
internal static class SrHeader
{
    private const string Manufacturer = "PacsAiWorker";
    private const string Station = "PACSAI";

    private static readonly DicomTag[] CopiedAlways =
    [
        Tags.PatientName, Tags.PatientID, Tags.PatientBirthDate, Tags.PatientSex, Tags.StudyInstanceUID, Tags.StudyDate, Tags.StudyTime,
        Tags.ReferringPhysicianName, Tags.StudyID, Tags.AccessionNumber,
    ];

    private static readonly DicomTag[] CopiedWhenPresent =
    [
        Tags.IssuerOfPatientID, Tags.StudyDescription, Tags.PatientAge, Tags.PatientSize, Tags.PatientWeight, Tags.ClinicalTrialSubjectID,
        Tags.ClinicalTrialSubjectReadingID, Tags.ClinicalTrialTimePointDescription,
    ];

    /// <summary>Of a trial, which the sponsor's name shows (PS3.3 C.7.1.3, C.7.2.3, C.7.3.2): each is present then, and empty when the source is silent.</summary>
    private static readonly DicomTag[] OfTrial =
    [
        Tags.ClinicalTrialSponsorName, Tags.ClinicalTrialProtocolID, Tags.ClinicalTrialProtocolName, Tags.ClinicalTrialSiteID, Tags.ClinicalTrialSiteName,
        Tags.ClinicalTrialTimePointID, Tags.ClinicalTrialCoordinatingCenterName,
    ];

    /// <summary>Of an order, what the document repeats (PS3.3 C.17.2.1); each present and empty when the source is silent.</summary>
    private static readonly DicomTag[] OfRequest =
    [
        Tags.AccessionNumber, Tags.PlacerOrderNumberImagingServiceRequest, Tags.FillerOrderNumberImagingServiceRequest, Tags.RequestedProcedureID,
        Tags.RequestedProcedureDescription,
    ];

    /// <summary>What a heat map has in common with the report that names it.</summary>
    public static IEnumerable<DicomTag> OfPatientAndStudy =>
    [
        Tags.SpecificCharacterSet, .. CopiedAlways, .. CopiedWhenPresent, .. OfTrial, Tags.InstanceCreationDate, Tags.InstanceCreationTime, Tags.InstanceCreatorUID, Tags.TimezoneOffsetFromUTC,
        Tags.ContentDate, Tags.ContentTime, Tags.SeriesDate, Tags.SeriesTime, Tags.Manufacturer, Tags.ManufacturerModelName, Tags.StationName, Tags.DeviceSerialNumber, Tags.SoftwareVersions,
    ];

    public static DataSet Write(ReportSource source, DataSet image, ReportingSite site, string sopClass, bool withoutMaps)
    {
        var study = source.Study.StudyInstanceUid;
        var zone = Offset(image, source.Result.RunStartedAt, site.TimeZone);
        var document = new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192");
        foreach (var tag in image.GetString(Tags.ClinicalTrialSponsorName) is null ? CopiedAlways : [.. CopiedAlways, .. OfTrial])
        {
            // Type 2: present, and empty when the source is silent. Nothing is invented.
            document.Set(tag, image.GetString(tag) is { } value ? [value] : []);
        }

        foreach (var tag in CopiedWhenPresent)
        {
            if (image.GetString(tag) is { } value)
            {
                document.Set(tag, value);
            }
        }

        Reconcile(document, source.Reconciled);
        document
            .Set(Tags.SOPClassUID, sopClass)
            .Set(Tags.SOPInstanceUID, ReportUids.Report(study, source.Result, sopClass, withoutMaps))
            .Set(Tags.InstanceCreatorUID, ReportUids.Creator(site.Name))
            .Set(Tags.TimezoneOffsetFromUTC, Text(zone));
        When(document, Tags.InstanceCreationDate, Tags.InstanceCreationTime, source.Result.DecidedAt, zone);
        Requests(document, image, study);
        Series(document, source, study, sopClass, zone);
        Equipment(document, site);
        General(document, source, image, study, site, zone);
        return document;
    }

    /// <summary>What the information system said of the patient after the images were made goes before what they say (safety rule 13).</summary>
    private static void Reconcile(DataSet document, ReconciledIdentityRow? patient)
    {
        foreach (var (tag, value) in new[]
        {
            (Tags.PatientID, patient?.PatientId), (Tags.IssuerOfPatientID, patient?.Issuer), (Tags.PatientName, patient?.PatientName),
            (Tags.PatientBirthDate, patient?.BirthDate), (Tags.PatientSex, patient?.Sex),
        })
        {
            if (value is not null)
            {
                document.Set(tag, value);
            }
        }
    }

    /// <summary>The orders that the images answer, when the header knows them.</summary>
    private static void Requests(DataSet document, DataSet image, string study)
    {
        var requests = SourceCodes.Requests(image);
        if (requests.Count == 0)
        {
            return;
        }

        document.SetItems(Tags.ReferencedRequestSequence, [.. requests.Select(r =>
        {
            var item = new DataSet().Set(Tags.StudyInstanceUID, study).SetItems(Tags.ReferencedStudySequence);
            foreach (var tag in OfRequest)
            {
                item.Set(tag, (r.GetString(tag) ?? image.GetString(tag)) is { } value ? [value] : []);
            }

            return item.SetItems(Tags.RequestedProcedureCodeSequence, SourceCodes.All(r, Tags.RequestedProcedureCodeSequence));
        })]);
    }

    private static void Series(DataSet document, ReportSource source, string study, string sopClass, TimeSpan zone)
    {
        document
            .Set(Tags.Modality, "SR")
            .Set(Tags.SeriesInstanceUID, ReportUids.Series(study, source.Result.ModelId, sopClass))
            .SetInt(Tags.SeriesNumber, SeriesNumber(source.Result.ModelId))
            .Set(Tags.SeriesDescription, Cut($"AI triage: {source.Result.ModelId} {source.Result.ModelVersion}", 64))
            .SetItems(Tags.ReferencedPerformedProcedureStepSequence);
        When(document, Tags.SeriesDate, Tags.SeriesTime, source.Result.RunStartedAt, zone);
    }

    private static void Equipment(DataSet document, ReportingSite site) => document
        .Set(Tags.Manufacturer, Manufacturer)
        .Set(Tags.StationName, Station)
        .Set(Tags.ManufacturerModelName, Manufacturer)
        .Set(Tags.DeviceSerialNumber, Cut(site.Name, 64))
        .Set(Tags.SoftwareVersions, site.Version);

    private static void General(DataSet document, ReportSource source, DataSet image, string study, ReportingSite site, TimeSpan zone)
    {
        var result = source.Result;
        var inPart = source.Instances.Count(i => i.Outcome == Outcomes.Scored && i.OutcomeDetail is not null);
        var complete = result.Probability is not null && result.ImagesScored == result.ImagesReceived && inPart == 0;
        document
            .SetInt(Tags.InstanceNumber, result.Revision)
            .Set(Tags.CompletionFlag, complete ? "COMPLETE" : "PARTIAL")
            .Set(Tags.VerificationFlag, "UNVERIFIED")
            .Set(Tags.PreliminaryFlag, "PRELIMINARY")
            .SetItems(Tags.PerformedProcedureCodeSequence, SourceCodes.All(image, Tags.ProcedureCodeSequence))
            .SetItems(Tags.AuthorObserverSequence, new DataSet()
                .Set(Tags.ObserverType, "DEV")
                .Set(Tags.StationName, Station)
                .Set(Tags.DeviceUID, ReportUids.Installation(site.Name))
                .Set(Tags.Manufacturer, Manufacturer)
                .Set(Tags.ManufacturerModelName, Manufacturer)
                .Set(Tags.InstitutionName)
                .SetItems(Tags.InstitutionCodeSequence))
            .SetItems(Tags.CodingSchemeIdentificationSequence, new DataSet()
                .Set(Tags.CodingSchemeDesignator, SrCodes.PrivateScheme)
                .Set(Tags.CodingSchemeUID, ReportUids.CodingScheme)
                .Set(Tags.CodingSchemeName, "PacsAiWorker private codes")
                .Set(Tags.CodingSchemeVersion, "1")
                .Set(Tags.CodingSchemeResponsibleOrganization, Manufacturer))
            .SetItems(Tags.ContributingEquipmentSequence, Algorithm(source, zone))
            .SetItems(Tags.CurrentRequestedProcedureEvidenceSequence, Evidence(study, source));
        When(document, Tags.ContentDate, Tags.ContentTime, result.RunStartedAt, zone);
        if (result.Probability is null)
        {
            document.Set(Tags.CompletionFlagDescription, Cut(result.Sentence, 64));
        }
        else if (!complete)
        {
            var description = $"{result.ImagesReceived - result.ImagesScored} of {result.ImagesReceived} images not scored";
            document.Set(Tags.CompletionFlagDescription, inPart == 0 ? description : $"{description}, {inPart} scored in part");
        }

        if (source.Predecessor is { } earlier)
        {
            document.SetItems(Tags.PredecessorDocumentsSequence, Reference(study, earlier.SeriesInstanceUid, [(earlier.SopClassUid, earlier.SopInstanceUid)]));
        }
    }

    /// <summary>The algorithm as contributing equipment; its device UID changes with the package.</summary>
    private static DataSet Algorithm(ReportSource source, TimeSpan zone) => new DataSet()
        .SetItems(Tags.PurposeOfReferenceCodeSequence, SrCodes.ProcessingEquipment.ToDataSet())
        .Set(Tags.Manufacturer, Cut(source.Model.Manufacturer, 64))
        .Set(Tags.ManufacturerModelName, source.Model.ModelId)
        .Set(Tags.SoftwareVersions, source.Model.Version)
        .Set(Tags.DeviceSerialNumber, source.Model.Identity)
        .Set(Tags.DeviceUID, ReportUids.Algorithm(source.Model.ModelId, source.Model.Version, source.Model.Identity))
        .Set(Tags.ContributionDateTime, new DateTimeOffset(source.Result.RunStartedAt).ToOffset(zone).ToString("yyyyMMddHHmmss.ffffff", CultureInfo.InvariantCulture) + Text(zone))
        .Set(Tags.ContributionDescription, "sha256:" + source.Model.Sha256);

    /// <summary>Every image that was scored, and the heat maps.</summary>
    private static DataSet Evidence(string study, ReportSource source) => new DataSet()
        .Set(Tags.StudyInstanceUID, study)
        .SetItems(Tags.ReferencedSeriesSequence,
        [
            .. source.Instances.GroupBy(i => i.SeriesInstanceUid).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => SeriesReference(g.Key, g.Select(i => (i.SopClassUid, i.SopInstanceUid)))),
            .. source.HeatMaps.Count == 0 ? Array.Empty<DataSet>() : [SeriesReference(ReportUids.HeatMapSeries(study, source.Result.ModelId), source.HeatMaps.Select(h => (HeatMapDocument.SopClass, ReportUids.HeatMap(study, source.Result, source.Instances.Single(i => i.Id == h.InstanceId).SopInstanceUid, h.Frame))))],
        ]);

    private static DataSet Reference(string study, string series, IEnumerable<(string Class, string Instance)> instances) =>
        new DataSet().Set(Tags.StudyInstanceUID, study).SetItems(Tags.ReferencedSeriesSequence, SeriesReference(series, instances));

    private static DataSet SeriesReference(string series, IEnumerable<(string Class, string Instance)> instances) => new DataSet()
        .Set(Tags.SeriesInstanceUID, series)
        .SetItems(Tags.ReferencedSOPSequence, [.. instances.Select(i => new DataSet().Set(Tags.ReferencedSOPClassUID, i.Class).Set(Tags.ReferencedSOPInstanceUID, i.Instance))]);

    /// <summary>One offset for the whole document: the source's, else the site's at that time.</summary>
    private static TimeSpan Offset(DataSet image, DateTime at, TimeZoneInfo site)
    {
        var text = image.GetString(Tags.TimezoneOffsetFromUTC);
        return text is { Length: 5 } && text[0] is '+' or '-' && int.TryParse(text.AsSpan(1), CultureInfo.InvariantCulture, out var hhmm) && hhmm is >= 0 and <= 1400 && hhmm % 100 < 60
            ? new TimeSpan(hhmm / 100, hhmm % 100, 0) * (text[0] == '-' ? -1 : 1)
            : site.GetUtcOffset(at);
    }

    private static string Text(TimeSpan offset) => (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hhmm", CultureInfo.InvariantCulture);

    private static void When(DataSet document, DicomTag date, DicomTag time, DateTime utc, TimeSpan zone)
    {
        var local = new DateTimeOffset(utc).ToOffset(zone);
        document.Set(date, local.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        document.Set(time, local.ToString("HHmmss.ffffff", CultureInfo.InvariantCulture));
    }

    /// <summary>9100 to 9199, the same for a model at every site.</summary>
    private static int SeriesNumber(string model) => 9100 + (DicomUid.Uuid5(model).ToByteArray()[0] % 100);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
