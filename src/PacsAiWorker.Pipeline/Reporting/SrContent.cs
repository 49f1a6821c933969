using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using static PacsAiWorker.Dicom.Sr.RelationshipType;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>The content tree, TID 1500: context, image library, one group for each reported image, one for the study, evaluations.</summary>
/// <param name="image">Header of one of the study's images.</param>
/// <param name="patientName">As the document has it; null where it has none.</param>
internal sealed class SrContent(ReportSource source, DataSet image, string? patientName, ReportingSite site)
{
    private const string Disclaimer = "Automated triage result of software. Preliminary, not verified by a physician, not for primary diagnosis. A study that is not flagged is not thereby normal.";
    private const string DemonstrationDisclaimer = "DEMONSTRATION, NOT FOR CLINICAL USE. ";
    private const string FetusDisclaimer = " Of several unborn children the software cannot tell which one an image shows.";

    private const int DateCharacters = 8;

    private readonly ResultRow _result = source.Result;
    private readonly SrGroups _groups = new(source);
    private readonly bool _isOfFetus = ModelFacts.Parse(source.Model.Facts).Subject == ModelFacts.Fetus;

    public ContentItem Root()
    {
        var root = ContentItem.Container(SrCodes.ImagingMeasurementReport, "1500")
            .Add(HasConceptMod, ContentItem.OfCode(SrCodes.Language, SrCodes.English).Add(HasConceptMod, ContentItem.OfCode(SrCodes.Country, SrCodes.UnitedStates)))
            .Add(HasObsContext, ContentItem.OfCode(SrCodes.ObserverType, SrCodes.Device))
            .Add(HasObsContext, ContentItem.UidRef(SrCodes.DeviceObserverUid, ReportUids.Installation(site.Name)))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverName, "PACSAI"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverManufacturer, "PacsAiWorker"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverModelName, $"PacsAiWorker {site.Version}"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverSerialNumber, site.Name));
        if (_isOfFetus)
        {
            AddFetus(root);
        }

        root.Add(HasConceptMod, ContentItem.OfCode(SrCodes.ProcedureReported, SourceCodes.Procedure(image) ?? SrCodes.ImagingProcedure)).Add(Contains, Library());
        var measurements = ContentItem.Container(SrCodes.ImagingMeasurements);
        foreach (var group in _groups.All())
        {
            measurements.Add(Contains, group);
        }

        return root.Add(Contains, measurements).Add(Contains, Evaluations());
    }

    /// <summary>The finding is the unborn child's (TID 1008). Which of several it is no package can tell: it is called A, and the comment says so.</summary>
    private void AddFetus(ContentItem root)
    {
        root.Add(HasObsContext, ContentItem.OfCode(SrCodes.SubjectClass, SrCodes.Fetus));
        if (patientName is { Length: > 0 } mother)
        {
            root.Add(HasObsContext, ContentItem.PName(SrCodes.MotherOfFetus, mother));
        }

        root.Add(HasObsContext, ContentItem.Text(SrCodes.FetusId, "A"));
    }

    private ContentItem Library()
    {
        var group = ContentItem.Container(SrCodes.ImageLibraryGroup).Add(HasAcqContext, ContentItem.OfCode(SrCodes.Modality, SrCodes.Ultrasound));
        foreach (var instance in source.Instances)
        {
            var item = ContentItem.Image(null, instance.SopClassUid, instance.SopInstanceUid);
            // Of an image that could not be read the size may not be known; nothing is invented.
            if (instance is { Rows: > 0, Columns: > 0 })
            {
                item.Add(HasAcqContext, ContentItem.Num(SrCodes.PixelDataRows, instance.Rows, SrCodes.Pixels)).Add(HasAcqContext, ContentItem.Num(SrCodes.PixelDataColumns, instance.Columns, SrCodes.Pixels));
            }

            group.Add(Contains, Acquired(item, instance.Acquired));
        }

        return ContentItem.Container(SrCodes.ImageLibrary).Add(Contains, group);
    }

    /// <summary>In the time of the cart, as the header has it; what is not there stays out.</summary>
    private static ContentItem Acquired(ContentItem item, string acquired)
    {
        if (acquired.Length >= DateCharacters)
        {
            item.Add(HasAcqContext, ContentItem.Date(SrCodes.AcquisitionDate, DateOnly.ParseExact(acquired[..DateCharacters], "yyyyMMdd", CultureInfo.InvariantCulture)));
        }

        return acquired.Length > DateCharacters
            ? item.Add(HasAcqContext, ContentItem.Time(SrCodes.AcquisitionTime, TimeOnly.ParseExact(acquired[DateCharacters..], "HHmmss", CultureInfo.InvariantCulture)))
            : item;
    }

    private ContentItem Evaluations() => Status(ContentItem.Container(SrCodes.QualitativeEvaluations)
        .Add(Contains, ContentItem.OfCode(SrCodes.FindingsSummary, _result.Probability is null
            ? SrCodes.NoneSucceeded
            : SrCodes.Summary(_result.ImagesScored == _result.ImagesReceived, _result.IsPositive)))
        .Add(Contains, ContentItem.OfCode(SrCodes.TriagePriority, SrCodes.Priority(_result.Priority))))
        .Add(Contains, ContentItem.Text(SrCodes.Comment, _result.Sentence))
        .Add(Contains, ContentItem.Text(SrCodes.Comment, (_result.IsDemonstration ? DemonstrationDisclaimer : "") + Disclaimer + (_isOfFetus ? FetusDisclaimer : "")));

    /// <summary>Of a report that takes its predecessor back: in a code, beside the words.</summary>
    private ContentItem Status(ContentItem evaluations) =>
        _result.Withdraws is null ? evaluations : evaluations.Add(Contains, ContentItem.OfCode(SrCodes.ResultStatus, SrCodes.Withdrawn));
}
