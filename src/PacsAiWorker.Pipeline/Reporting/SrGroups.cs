using System.Globalization;
using System.Text.Json;
using PacsAiWorker.Dicom.Sr;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using static PacsAiWorker.Dicom.Sr.RelationshipType;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>The measurement groups (TID 1501): one for each reported image, then one for the study; or one that says why nothing was scored.</summary>
internal sealed class SrGroups(ReportSource source)
{
    /// <summary>Groups of single images; the rest stays in the database.</summary>
    private const int MostImageGroups = 50;

    /// <summary>The highest scores are reported even when nothing is above threshold.</summary>
    private const int AlwaysReported = 3;

    /// <summary>Up to so many classes each has its probability; of more the highest are told.</summary>
    private const int FewClasses = 5, HighestClasses = 3;

    /// <summary>What a decimal string of 16 characters cannot tell from zero.</summary>
    private const double Smallest = 1e-13;

    private readonly ResultRow _result = source.Result;
    private readonly string _study = source.Study.StudyInstanceUid;
    private readonly ModelFacts _facts = ModelFacts.Parse(source.Model.Facts);
    private readonly IReadOnlyList<ReportClass> _classes = JsonSerializer.Deserialize<ReportClass[]>(source.Model.Classes, JsonSerializerOptions.Web)!;
    private readonly Dictionary<Guid, InstanceRow> _instances = source.Instances.ToDictionary(i => i.Id);

    /// <summary>In the order in which they are written.</summary>
    public IEnumerable<ContentItem> All() => _result.Probability is null ? [NotScoredGroup()] : Reported().Select(ImageGroup).Append(StudyGroup());

    /// <summary>All frames above threshold and the highest frame of each of the highest images, best first.</summary>
    private IEnumerable<ScoreRow> Reported()
    {
        var best = BestFirst(source.Scores).ToList();
        var shown = best.DistinctBy(s => s.InstanceId).Take(AlwaysReported).Select(s => s.Id).ToHashSet();
        return best.Where(s => s.IsPositive || shown.Contains(s.Id)).Take(MostImageGroups);
    }

    private IOrderedEnumerable<ScoreRow> BestFirst(IEnumerable<ScoreRow> scores) => scores
        .OrderByDescending(s => s.PositiveProbability).ThenBy(s => _instances[s.InstanceId].SopInstanceUid, StringComparer.Ordinal).ThenBy(s => s.Frame);

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
        var probabilities = JsonSerializer.Deserialize<double[]>(score.Probabilities)!;
        foreach (var (reportClass, probability) in Told(probabilities, predicted))
        {
            group.Add(Contains, Probability(probability, reportClass));
        }

        Operating(group, score.Threshold).Add(Contains, ContentItem.Num(SrCodes.PredictiveEntropy, Entropy(probabilities), SrCodes.NoUnits, decimals: 3));
        return source.HeatMaps.Any(h => h.InstanceId == score.InstanceId && h.Frame == score.Frame)
            ? group.Add(Contains, ContentItem.Image(SrCodes.VisualExplanation, HeatMapDocument.SopClass, ReportUids.HeatMap(_study, _result, instance.SopInstanceUid, score.Frame)))
            : group;
    }

    /// <summary>Every class where there are few; else the highest and the predicted one, in the order of the package.</summary>
    private IEnumerable<(ReportClass Class, double Probability)> Told(double[] probabilities, ReportClass predicted)
    {
        var all = _classes.Zip(probabilities).ToList();
        var highest = all.OrderByDescending(c => c.Second).Take(all.Count <= FewClasses ? all.Count : HighestClasses).Select(c => c.First.Id).ToHashSet();
        return all.Where(c => highest.Contains(c.First.Id) || c.First.Id == predicted.Id);
    }

    /// <summary>In nats; 0 for a network that is certain.</summary>
    private static double Entropy(IEnumerable<double> probabilities) => probabilities.Where(p => p > 0).Sum(p => -p * Math.Log(p)) is > Smallest and var entropy ? entropy : 0;

    /// <summary>The threshold, and what it was measured to do.</summary>
    private ContentItem Operating(ContentItem group, double threshold)
    {
        group.Add(Contains, ContentItem.Num(SrCodes.DecisionThreshold, threshold, SrCodes.NoUnits));
        return _facts.OperatingPoint.Length == 0 ? group : group.Add(Contains, ContentItem.Text(SrCodes.OperatingPoint, _facts.OperatingPoint));
    }

    private ContentItem StudyGroup()
    {
        var finding = ClassOf(_result.IsPositive, null);
        var group = Group("STUDY", ReportUids.TrackingStudy(_study, _result.ModelId), finding);
        foreach (var parameter in OfPackage().Append($"aggregation={_result.Aggregation}"))
        {
            group.Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, parameter));
        }

        group.Add(HasConceptMod, ContentItem.OfCode(SrCodes.AlgorithmFamily, SrCodes.Family(source.Model.Family)));
        foreach (var score in Reported())
        {
            group.Add(Contains, Image(SrCodes.SourceOfMeasurement, score));
        }

        var probability = Probability(_result.Probability!.Value, _classes.First(c => c.IsPositive));
        if (_result.Aggregation is "max" or "mean")
        {
            probability.Add(HasConceptMod, ContentItem.OfCode(SrCodes.Derivation, _result.Aggregation == "max" ? SrCodes.Maximum : SrCodes.Mean));
        }

        return Operating(group.Add(Contains, probability), _result.Threshold).Add(Contains, ContentItem.OfCode(SrCodes.TriagePriority, SrCodes.Priority(_result.Priority)));
    }

    /// <summary>
    /// No image that the package was meant for could be scored, or what it said is withdrawn: no finding, no number, and why. Of a withdrawal
    /// the images are those that the withdrawn result was of; nothing is said of their quality.
    /// </summary>
    private ContentItem NotScoredGroup()
    {
        var group = Group("STUDY", ReportUids.TrackingStudy(_study, _result.ModelId), null);
        foreach (var parameter in OfPackage())
        {
            group.Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmParameters, parameter));
        }

        group.Add(HasConceptMod, ContentItem.OfCode(SrCodes.AlgorithmFamily, SrCodes.Family(source.Model.Family)));
        foreach (var instance in source.Instances)
        {
            group.Add(Contains, ContentItem.Image(SrCodes.SourceOfMeasurement, instance.SopClassUid, instance.SopInstanceUid));
        }

        group.Add(Contains, ContentItem.Text(SrCodes.Comment, _result.Sentence));
        return _result.Withdraws is null
            ? group.Add(Contains, ContentItem.OfCode(SrCodes.QualityAssessment, SrCodes.Unusable))
            : group.Add(Contains, ContentItem.OfCode(SrCodes.ResultStatus, SrCodes.Withdrawn));
    }

    /// <summary>TID 1501 up to the algorithm's manufacturer, in its order.</summary>
    /// <param name="finding">Null where nothing was found out.</param>
    private ContentItem Group(string tracking, string trackingUid, ReportClass? finding)
    {
        var group = ContentItem.Container(SrCodes.MeasurementGroup, "1501")
            .Add(HasObsContext, ContentItem.Text(SrCodes.ActivitySession, _result.RunId.ToString()))
            .Add(HasObsContext, ContentItem.Text(SrCodes.TrackingIdentifier, tracking))
            .Add(HasObsContext, ContentItem.UidRef(SrCodes.TrackingUniqueIdentifier, trackingUid));
        if (finding is not null)
        {
            group.Add(Contains, ContentItem.OfCode(SrCodes.Finding, finding.Code()));
        }

        if (SrCodes.Site((finding ?? _classes.First(c => c.IsPositive)).Site) is { } organ)
        {
            // A side is stated only where all images say the same one (safety rule 3); one that is silent says none.
            var site = ContentItem.OfCode(SrCodes.FindingSite, organ);
            group.Add(HasConceptMod, SrCodes.Side(source.Instances.Select(i => i.Laterality)) is { } side ? site.Add(HasConceptMod, ContentItem.OfCode(SrCodes.Laterality, side)) : site);
        }

        return group
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmName, _result.ModelId))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmVersion, _result.ModelVersion))
            .Add(HasConceptMod, ContentItem.Text(SrCodes.AlgorithmManufacturer, source.Model.Manufacturer));
    }

    /// <summary>What names the package to the last byte.</summary>
    private IEnumerable<string> OfPackage() =>
    [
        $"model.sha256={_result.ModelSha256}",
        $"package.identity={_result.ModelIdentity}",
        $"model.deviceUid={ReportUids.Algorithm(_result.ModelId, _result.ModelVersion, _result.ModelIdentity)}",
        .. _facts.Temperature == 1 ? Array.Empty<string>() : [FormattableString.Invariant($"calibration=temperature {_facts.Temperature}")],
    ];

    private IEnumerable<string> Parameters(ScoreRow score) =>
    [
        .. OfPackage(),
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
