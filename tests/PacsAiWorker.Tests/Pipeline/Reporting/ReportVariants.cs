using System.Text.Json;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Reporting;

/// <summary>Reports of every kind that the builder writes, for its own tests and for judges of others.</summary>
internal static class ReportVariants
{
    public static readonly ReportingSite Site = new("site-1", TimeZoneInfo.Utc, "0.1.0", ["pacs"]);

    public static string HeatMapUid => ReportBuilder.Build(Explained(), Ordered(), Site).Companions.Single().SopInstanceUid;

    /// <summary>Part 10 bytes of the heat map of <see cref="Explained"/>.</summary>
    public static byte[] HeatMap() => ReportBuilder.Build(Explained(), Ordered(), Site).Companions.Single().Content;

    /// <summary>Name and Part 10 bytes of each.</summary>
    public static IEnumerable<(string Name, byte[] Content)> All() =>
        from variant in Sources()
        select (variant.Name, ReportBuilder.Build(variant.Source, variant.Image, Site).Content);

    public static IEnumerable<(string Name, ReportSource Source, DataSet Image)> Sources()
    {
        yield return ("class", Scored(0.9, 0.1), Image());
        yield return ("not-flagged", Scored(0.1), Image());
        yield return ("partial", Partial(), Image());
        yield return ("failed", Failed(), Image());
        yield return ("fetus", Fetus(), Image());
        yield return ("successor", Scored(0.9, 0.8) with { Predecessor = ReportBuilder.Build(Scored(0.9), Image(), Site) }, Image());
        yield return ("withdrawn", Withdrawn(), Image());
        yield return ("explained", Explained(), Ordered());
        yield return ("ordered", Scored(0.9), Ordered());
        yield return ("eleven-classes", Eleven("c3"), Image());
        yield return ("operating-point", WithFacts(new ModelFacts { Temperature = 1.5, OperatingPoint = "by study: sensitivity 0.91, specificity 0.88 (held-out studies, 240 cases)" }), Image());
        yield return ("sided", Sided("L", "L"), Image());
        yield return ("silent-header", Scored(0.9), new DataSet().Set(Tags.StudyInstanceUID, Rows.Study().StudyInstanceUid));
    }

    public static ReportSource Scored(params double[] probabilities)
    {
        var study = Rows.Study();
        var instances = probabilities.Select((_, i) => Rows.Instance(study, i + 1)).ToList();
        var scores = instances.Zip(probabilities, (i, p) => Rows.Score(i.Id, p)).ToList();
        return new ReportSource(Rows.Result(study, Rows.Model(), scores, probabilities.Length), study, Rows.Model(), instances, scores, null);
    }

    /// <summary>Images whose headers say a side, and when they were made.</summary>
    public static ReportSource Sided(params string[] sides)
    {
        var source = Scored([.. sides.Select((_, i) => 0.9 - (0.1 * i))]);
        foreach (var (image, side) in source.Instances.Zip(sides))
        {
            (image.Laterality, image.Acquired) = (side, image.InstanceNumber == 1 ? "20261122101112" : "20261122");
        }

        return source;
    }

    public static ReportSource Partial()
    {
        var source = Scored(0.9);
        return source with { Result = Rows.Result(source.Study, source.Model, source.Scores, 4) };
    }

    /// <summary>One image of known size, one that could not even be opened.</summary>
    public static ReportSource Failed()
    {
        var source = Scored(0.9, 0.9);
        foreach (var instance in source.Instances)
        {
            (instance.Outcome, instance.OutcomeReason) = (Outcomes.NotScored, "codec");
        }

        (source.Instances[1].Rows, source.Instances[1].Columns) = (0, 0);
        (source.Result.Probability, source.Result.IsPositive, source.Result.Priority) = (null, false, Priorities.NotEvaluated);
        (source.Result.ImagesScored, source.Result.ImagesPositive, source.Result.Sentence) = (0, 0, "Not scored: 2 not scored (codec 2)");
        return source with { Scores = [] };
    }

    /// <summary>Takes back what was said of two images, which are out of use.</summary>
    public static ReportSource Withdrawn()
    {
        var earlier = Scored(0.9, 0.8);
        var source = Scored(0.9, 0.8);
        foreach (var instance in source.Instances)
        {
            (instance.IsCurrent, instance.SetAside) = (false, SetAsides.Rejected);
        }

        (source.Result.Id, source.Result.Revision, source.Result.Withdraws) = (new Guid(7, 7, 8, new byte[8]), 2, earlier.Result.Id);
        (source.Result.Probability, source.Result.IsPositive, source.Result.Priority) = (null, false, Priorities.NotEvaluated);
        (source.Result.ImagesReceived, source.Result.ImagesScored, source.Result.ImagesPositive) = (0, 0, 0);
        source.Result.Sentence = StudyDecider.Withdrawn("rejected: Incorrect Modality Worklist Entry (113038)", isNothingLeft: true).Sentence;
        return source with { Predecessor = ReportBuilder.Build(earlier, Image(), Site) };
    }

    public static ReportSource Fetus() => WithFacts(new ModelFacts { Subject = ModelFacts.Fetus });

    public static ReportSource WithFacts(ModelFacts facts)
    {
        var source = Scored(0.9, 0.1);
        source.Model.Facts = facts.ToJson();
        return source;
    }

    /// <summary>Two flagged images, the first with a heat map of four by three pixels.</summary>
    public static ReportSource Explained()
    {
        var source = Scored(0.9, 0.8);
        using var picture = new MemoryStream();
        PngFile.Write(picture, new RasterImage(4, 3, 3, Enumerable.Range(0, 36).Select(i => (byte)(7 * i)).ToArray()));
        return source with
        {
            HeatMaps = [new HeatMapRow { Id = Guid.Empty, ResultId = source.Result.Id, InstanceId = source.Instances[0].Id, ClassId = "abnormal", Method = "Score-CAM", Picture = picture.ToArray() }],
        };
    }

    /// <summary>A package of eleven classes, c0 to c10, of which c10 is positive and the most probable.</summary>
    public static ReportSource Eleven(string predicted)
    {
        var source = Scored(0.9);
        source.Model.Classes = JsonSerializer.Serialize(Enumerable.Range(0, 11).Select(i => new
        {
            id = $"c{i}",
            display = $"Class {i}",
            code = $"CLASS{i}",
            scheme = "99PACSAI",
            meaning = $"Class {i}",
            site = "64033007",
            isPositive = i == 10,
        }));
        source.Scores[0].Probabilities = JsonSerializer.Serialize(Enumerable.Range(0, 11).Select(i => i == 10 ? 0.5 : (i + 1) / 110.0));
        source.Scores[0].PredictedClass = predicted;
        return source;
    }

    public static DataSet Image() => new DataSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192").Set(Tags.PatientName, "Müller^Zoë").Set(Tags.PatientID, "PID-1")
        .Set(Tags.StudyInstanceUID, Rows.Study().StudyInstanceUid).Set(Tags.AccessionNumber, "ACC1");

    /// <summary>An image that answers an order, of a named procedure, in a trial.</summary>
    public static DataSet Ordered() => Image()
        .Set(Tags.ClinicalTrialSponsorName, "A sponsor").Set(Tags.ClinicalTrialProtocolID, "P1").Set(Tags.ClinicalTrialProtocolName).Set(Tags.ClinicalTrialSiteID).Set(Tags.ClinicalTrialSiteName).Set(Tags.ClinicalTrialSubjectID, "S1")
        .SetItems(Tags.ProcedureCodeSequence, Procedure())
        .SetItems(Tags.RequestAttributesSequence, new DataSet().Set(Tags.RequestedProcedureID, "RP1").Set(Tags.AccessionNumber, "ACC1").Set(Tags.RequestedProcedureDescription, "US kidney")
            .SetItems(Tags.RequestedProcedureCodeSequence, Procedure()));

    private static DataSet Procedure() => new DataSet().Set(Tags.CodeValue, "38036-0").Set(Tags.CodingSchemeDesignator, "LN").Set(Tags.CodeMeaning, "US Kidney");
}
