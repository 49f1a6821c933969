using System.Globalization;
using System.Text.Json;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using static PacsAiWorker.Dicom.Sr.RelationshipType;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>The content tree, TID 1500: context, image library, one group for each reported image, one for the study, evaluations.</summary>
internal sealed class SrContent(ReportSource source, ReportingSite site)
{
    /// <summary>Groups of single images; the rest stays in the database.</summary>
    private const int MostImageGroups = 50;

    /// <summary>The highest scores are reported even when nothing is above threshold.</summary>
    private const int AlwaysReported = 3;

    /// <summary>What a decimal string of 16 characters cannot tell from zero.</summary>
    private const double Smallest = 1e-13;

    private const string Disclaimer = "Automated triage result of software. Preliminary, not verified by a physician, not for primary diagnosis. A study that is not flagged is not thereby normal.";
    private const string DemonstrationDisclaimer = "DEMONSTRATION, NOT FOR CLINICAL USE. ";

    private readonly ResultRow _result = source.Result;
    private readonly string _study = source.Study.StudyInstanceUid;
    private readonly IReadOnlyList<ReportClass> _classes = JsonSerializer.Deserialize<ReportClass[]>(source.Model.Classes, JsonSerializerOptions.Web)!;
    private readonly Dictionary<Guid, InstanceRow> _instances = source.Instances.ToDictionary(i => i.Id);

    public ContentItem Root()
    {
        var root = ContentItem.Container(SrCodes.ImagingMeasurementReport, "1500")
            .Add(HasConceptMod, ContentItem.OfCode(SrCodes.Language, SrCodes.English).Add(HasConceptMod, ContentItem.OfCode(SrCodes.Country, SrCodes.UnitedStates)))
            .Add(HasObsContext, ContentItem.OfCode(SrCodes.ObserverType, SrCodes.Device))
            .Add(HasObsContext, ContentItem.UidRef(SrCodes.DeviceObserverUid, ReportUids.Installation(site.Name)))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverName, "PACSAI"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverManufacturer, "PacsAiWorker"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverModelName, $"PacsAiWorker {site.Version}"))
            .Add(HasObsContext, ContentItem.Text(SrCodes.DeviceObserverSerialNumber, site.Name))
            .Add(HasConceptMod, ContentItem.OfCode(SrCodes.ProcedureReported, SrCodes.ImagingProcedure))
            .Add(Contains, Library());
        var measurements = ContentItem.Container(SrCodes.ImagingMeasurements);
        foreach (var score in Reported())
        {
            measurements.Add(Contains, ImageGroup(score));
        }

        return root.Add(Contains, measurements.Add(Contains, StudyGroup())).Add(Contains, Evaluations());
    }

    /// <summary>All frames above threshold and the highest frame of each of the highest images, best first.</summary>
    private IEnumerable<ScoreRow> Reported()
    {
        var best = BestFirst(source.Scores).ToList();
        var shown = best.DistinctBy(s => s.InstanceId).Take(AlwaysReported).Select(s => s.Id).ToHashSet();
        return best.Where(s => s.IsPositive || shown.Contains(s.Id)).Take(MostImageGroups);
    }

    private IOrderedEnumerable<ScoreRow> BestFirst(IEnumerable<ScoreRow> scores) => scores
        .OrderByDescending(s => s.PositiveProbability).ThenBy(s => _instances[s.InstanceId].SopInstanceUid, StringComparer.Ordinal).ThenBy(s => s.Frame);

    private ContentItem Library()
    {
        var group = ContentItem.Container(SrCodes.ImageLibraryGroup).Add(HasAcqContext, ContentItem.OfCode(SrCodes.Modality, SrCodes.Ultrasound));
        foreach (var instance in source.Instances)
        {
            group.Add(Contains, ContentItem.Image(null, instance.SopClassUid, instance.SopInstanceUid)
                .Add(HasAcqContext, ContentItem.Num(SrCodes.PixelDataRows, instance.Rows, SrCodes.Pixels))
                .Add(HasAcqContext, ContentItem.Num(SrCodes.PixelDataColumns, instance.Columns, SrCodes.Pixels)));
        }

        return ContentItem.Container(SrCodes.ImageLibrary).Add(Contains, group);
    }

    private ContentItem ImageGroup(ScoreRow score)
    {
        var instance = _instances[score.InstanceId];
        var name = $"IMG-{instance.InstanceNumber?.ToString(CultureInfo.InvariantCulture) ?? "?"}{(score.Frame > 0 ? $" frame {score.Frame}" : "")}";
        var predicted = _classes.First(c => c.Id == score.PredictedClass);
        var group = Group(name, ReportUids.TrackingFrame(_study, instance.SopInstanceUid, score.Frame, _result.ModelId), ClassOf(score.IsPositive, predicted));
        foreach (var parameter in Parameters(score))
        {
            group.Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, parameter));
        }

        group.Add(HasConceptMod, ContentItem.OfCode(SrCodes.AlgorithmFamily, SrCodes.Family(source.Model.Family)))
            .Add(Contains, Crop(score, instance));
        foreach (var (reportClass, probability) in _classes.Zip(JsonSerializer.Deserialize<double[]>(score.Probabilities)!))
        {
            group.Add(Contains, Probability(probability, reportClass));
        }

        return group.Add(Contains, ContentItem.Num(SrCodes.DecisionThreshold, score.Threshold, SrCodes.NoUnits));
    }

    private ContentItem StudyGroup()
    {
        var finding = ClassOf(_result.IsPositive, null);
        var group = Group("STUDY", ReportUids.TrackingStudy(_study, _result.ModelId), finding)
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, $"model.sha256={_result.ModelSha256}"))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, $"package.identity={_result.ModelIdentity}"))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, $"aggregation={_result.Aggregation}"))
            .Add(HasConceptMod, ContentItem.OfCode(SrCodes.AlgorithmFamily, SrCodes.Family(source.Model.Family)));
        foreach (var score in Reported())
        {
            group.Add(Contains, Image(SrCodes.SourceOfMeasurement, score));
        }

        var probability = Probability(_result.Probability!.Value, _classes.First(c => c.IsPositive));
        if (_result.Aggregation is "max" or "mean")
        {
            probability.Add(HasConceptMod, ContentItem.OfCode(SrCodes.Derivation, _result.Aggregation == "max" ? SrCodes.Maximum : SrCodes.Mean));
        }

        return group
            .Add(Contains, probability)
            .Add(Contains, ContentItem.Num(SrCodes.DecisionThreshold, _result.Threshold, SrCodes.NoUnits))
            .Add(Contains, ContentItem.OfCode(SrCodes.TriagePriority, SrCodes.Priority(_result.Priority)));
    }

    private ContentItem Evaluations() => ContentItem.Container(SrCodes.QualitativeEvaluations)
        .Add(Contains, ContentItem.OfCode(SrCodes.FindingsSummary, SrCodes.Summary(_result.ImagesScored == _result.ImagesReceived, _result.IsPositive)))
        .Add(Contains, ContentItem.OfCode(SrCodes.TriagePriority, SrCodes.Priority(_result.Priority)))
        .Add(Contains, ContentItem.Text(SrCodes.Comment, _result.Sentence))
        .Add(Contains, ContentItem.Text(SrCodes.Comment, (_result.IsDemonstration ? DemonstrationDisclaimer : "") + Disclaimer));

    /// <summary>TID 1501 up to the algorithm's manufacturer, in its order.</summary>
    private ContentItem Group(string tracking, string trackingUid, ReportClass finding)
    {
        var group = ContentItem.Container(SrCodes.MeasurementGroup, "1501")
            .Add(HasObsContext, ContentItem.Text(SrCodes.ActivitySession, _result.RunId.ToString()))
            .Add(HasObsContext, ContentItem.Text(SrCodes.TrackingIdentifier, tracking))
            .Add(HasObsContext, ContentItem.UidRef(SrCodes.TrackingUniqueIdentifier, trackingUid))
            .Add(Contains, ContentItem.OfCode(SrCodes.Finding, finding.Code()));
        if (SrCodes.Site(finding.Site) is { } organ)
        {
            group.Add(HasConceptMod, ContentItem.OfCode(SrCodes.FindingSite, organ));
        }

        return group
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmName, _result.ModelId))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmVersion, _result.ModelVersion))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmManufacturer, source.Model.Manufacturer));
    }

    private IEnumerable<string> Parameters(ScoreRow score) =>
    [
        $"model.sha256={_result.ModelSha256}",
        $"package.identity={_result.ModelIdentity}",
        $"preprocess={score.Preprocessing}",
        FormattableString.Invariant($"roi={score.CropX0},{score.CropY0},{score.CropX1},{score.CropY1};source={score.CropSource}"),
        $"runtime={score.Runtime}",
        FormattableString.Invariant($"threshold={score.Threshold}"),
    ];

    /// <summary>What the decision says: the predicted class when it agrees with the threshold, else the class on the decision's side.</summary>
    private ReportClass ClassOf(bool isPositive, ReportClass? predicted) =>
        predicted is not null && predicted.IsPositive == isPositive ? predicted : _classes.First(c => c.IsPositive == isPositive);

    private static ContentItem Probability(double value, ReportClass of) =>
        ContentItem.Num(SrCodes.Probability, value < Smallest ? 0 : value, SrCodes.NoUnits).Add(HasConceptMod, ContentItem.OfCode(SrCodes.Finding, of.Code()));

    /// <summary>The crop that was fed: a rectangle on the stored image, or the image itself when all of it was.</summary>
    private ContentItem Crop(ScoreRow score, InstanceRow instance)
    {
        var whole = score is { CropX0: 0, CropY0: 0 } && score.CropX1 + 1 == instance.Columns && score.CropY1 + 1 == instance.Rows;
        return whole
            ? Image(SrCodes.SourceOfMeasurement, score)
            : ContentItem.SCoordRectangle(SrCodes.SourceOfMeasurement, (score.CropX0, score.CropY0, score.CropX1 + 1, score.CropY1 + 1), instance.Columns!.Value, instance.Rows!.Value, Image(null, score));
    }

    private ContentItem Image(Code? concept, ScoreRow score)
    {
        var instance = _instances[score.InstanceId];
        return ContentItem.Image(concept, instance.SopClassUid, instance.SopInstanceUid, score.Frame > 0 ? [score.Frame] : []);
    }

    /// <summary>A class of the package as the model row keeps it.</summary>
    private sealed record ReportClass(string Id, string Display, [property: System.Text.Json.Serialization.JsonPropertyName("code")] string CodeValue, string Scheme, string Meaning, string? Site, bool IsPositive)
    {
        public Code Code() => new(CodeValue, Scheme, Meaning);
    }
}
