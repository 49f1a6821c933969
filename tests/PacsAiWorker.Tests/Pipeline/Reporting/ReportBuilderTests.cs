using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Reporting;

public sealed class ReportBuilderTests
{
    private static readonly ReportingSite Site = ReportVariants.Site;

    private static ReportSource Source(params double[] probabilities) => ReportVariants.Scored(probabilities);

    private static DataSet Image() => ReportVariants.Image();

    private static DataSet Read(ReportRow report) => DataSetReader.Read(Part10.DataSetOf(report.Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;

    private static DataSet Build(ReportSource source, DataSet? image = null) => Read(ReportBuilder.Build(source, image ?? Image(), Site));

    /// <summary>All content items below the root, parents first.</summary>
    private static IEnumerable<DataSet> Items(DataSet set) => set.GetItems(Tags.ContentSequence).SelectMany(i => Items(i).Prepend(i));

    private static string? Concept(DataSet item) => item.GetItems(Tags.ConceptNameCodeSequence) is [var c, ..] ? c.GetString(Tags.CodeValue) : null;

    private static IEnumerable<DataSet> Groups(DataSet document) => Items(document).Where(i => Concept(i) == "125007");

    [Fact]
    public void The_same_rows_give_the_same_bytes() =>
        Assert.Equal(ReportBuilder.Build(Source(0.9, 0.1), Image(), Site).Content, ReportBuilder.Build(Source(0.9, 0.1), Image(), Site).Content);

    /// <summary>Golden values of the design: study, model, version, package digest, input digest, revision, class.</summary>
    [Fact]
    public void UIDs_are_those_of_the_golden_table()
    {
        var document = Build(Source(0.9, 0.1));
        Assert.Equal("2.25.294297627385012481987101660650478629749", document.GetString(Tags.SOPInstanceUID));
        Assert.Equal("2.25.137792703257387493473113697072409291888", document.GetString(Tags.SeriesInstanceUID));
        Assert.Equal("2.25.43950119904966644584259665758540514517", document.GetString(Tags.InstanceCreatorUID));
        Assert.Equal("2.25.220762849732336789566652644303613101421", document.GetItems(Tags.ContributingEquipmentSequence)[0].GetString(Tags.DeviceUID));
        Assert.Equal("2.25.98466087183802218139135972784374357286", Items(Groups(document).Last()).Single(i => Concept(i) == "112040").GetString(Tags.UID));
    }

    [Fact]
    public void A_report_is_preliminary_and_never_verified()
    {
        var document = Build(Source(0.9));
        Assert.Equal(("UNVERIFIED", "PRELIMINARY", "COMPLETE"), (document.GetString(Tags.VerificationFlag), document.GetString(Tags.PreliminaryFlag), document.GetString(Tags.CompletionFlag)));
        Assert.False(document.Contains(Tags.VerifyingObserverSequence));
    }

    [Fact]
    public void A_negative_says_not_flagged_and_nothing_about_normality()
    {
        var items = Items(Build(Source(0.1))).ToList();
        Assert.DoesNotContain(items, i => Concept(i) == "121402");
        var findings = items.Where(i => Concept(i) == "121071").Select(i => i.GetItems(Tags.ConceptCodeSequence)[0].GetString(Tags.CodeMeaning));
        Assert.Contains("Not flagged by this model", findings);
        Assert.DoesNotContain("Normal", findings);
    }

    [Fact]
    public void Images_that_were_not_scored_are_counted_and_make_it_partial()
    {
        var source = Source(0.9);
        source = source with { Result = Rows.Result(source.Study, source.Model, source.Scores, 4) };
        var document = Build(source);
        Assert.Equal(("PARTIAL", "3 of 4 images not scored"), (document.GetString(Tags.CompletionFlag), document.GetString(Tags.CompletionFlagDescription)));
        Assert.Contains(Items(document), i => Concept(i) == "111017" && i.GetItems(Tags.ConceptCodeSequence)[0].GetString(Tags.CodeValue) == "111244");
    }

    [Fact]
    public void A_clip_that_was_scored_in_part_makes_the_report_partial()
    {
        var source = Source(0.9, 0.1);
        source.Instances[0].Outcome = Outcomes.Scored;
        source.Instances[0].OutcomeDetail = "3 of 4 chosen frames could be read: damaged";
        var document = Build(source);
        Assert.Equal(("PARTIAL", "0 of 2 images not scored, 1 scored in part"), (document.GetString(Tags.CompletionFlag), document.GetString(Tags.CompletionFlagDescription)));
    }

    [Fact]
    public void The_frames_of_one_clip_do_not_crowd_out_the_other_images()
    {
        var source = Source(0.4, 0.3, 0.2, 0.1);
        var clip = source.Instances[0].Id;
        source = source with { Scores = [.. source.Scores, .. new[] { 0.39, 0.38, 0.37 }.Select(p => Rows.Score(clip, p))] };
        Assert.Equal(3 + 1, Groups(Build(source)).Count()); // the best frame of each of the three highest images, and the study
    }

    [Fact]
    public void Sixty_positive_images_give_fifty_groups_and_the_study_group() =>
        Assert.Equal(51, Groups(Build(Source([.. Enumerable.Repeat(0.9, 60)]))).Count());

    [Fact]
    public void Every_scored_image_is_in_the_library_and_in_evidence()
    {
        var document = Build(Source(0.9, 0.1, 0.1, 0.1, 0.1, 0.1));
        var evidence = document.GetItems(Tags.CurrentRequestedProcedureEvidenceSequence)[0].GetItems(Tags.ReferencedSeriesSequence)[0].GetItems(Tags.ReferencedSOPSequence);
        Assert.Equal(6, evidence.Count);
        Assert.Equal(6, Items(document).Count(i => i.GetString(Tags.ValueType) == "IMAGE" && i.GetString(Tags.RelationshipType) == "CONTAINS" && Concept(i) is null));
    }

    [Fact]
    public void The_crop_is_the_source_of_measurement_never_an_image_region()
    {
        var items = Items(Build(Source(0.9))).ToList();
        var coordinates = items.Single(i => i.GetString(Tags.ValueType) == "SCOORD");
        Assert.Equal("121112", Concept(coordinates));
        Assert.Equal([10, 20, 310, 20, 310, 220, 10, 220, 10, 20], Enumerable.Range(0, 10).Select(i => coordinates.GetDouble(Tags.GraphicData, i)!.Value));
        Assert.DoesNotContain(items, i => Concept(i) == "111030");
    }

    [Fact]
    public void Finding_site_is_a_concept_modifier() =>
        Assert.All(Items(Build(Source(0.9))).Where(i => Concept(i) == "363698007"), i => Assert.Equal("HAS CONCEPT MOD", i.GetString(Tags.RelationshipType)));

    [Fact]
    public void Names_are_written_as_UTF_8_and_what_the_source_lacks_stays_empty()
    {
        var document = Build(Source(0.9));
        Assert.Equal(("ISO_IR 192", "Müller^Zoë"), (document.GetString(Tags.SpecificCharacterSet), document.GetString(Tags.PatientName)));
        Assert.True(document.Contains(Tags.PatientBirthDate));
        Assert.Null(document.GetString(Tags.PatientBirthDate));
    }

    [Fact]
    public void The_offset_of_the_source_governs_every_time()
    {
        var document = Build(Source(0.9), Image().Set(Tags.TimezoneOffsetFromUTC, "+0530"));
        Assert.Equal(("+0530", "20261122", "160000.000000"), (document.GetString(Tags.TimezoneOffsetFromUTC), document.GetString(Tags.ContentDate), document.GetString(Tags.ContentTime)));
        Assert.Equal("+0000", Build(Source(0.9), Image().Set(Tags.TimezoneOffsetFromUTC, "+0575")).GetString(Tags.TimezoneOffsetFromUTC));
    }

    /// <summary>Golden values of the design for the classes that stand in when a PACS does not take the first.</summary>
    [Theory]
    [InlineData(SopClasses.Comprehensive3DSr, "2.25.294297627385012481987101660650478629749")]
    [InlineData(SopClasses.ComprehensiveSr, "2.25.98197695146111932831751351196220164306")]
    [InlineData(SopClasses.EnhancedSr, "2.25.66564834074543233179197824010157007829")]
    public void A_report_in_another_SOP_class_has_a_UID_of_its_own(string sopClass, string uid)
    {
        var report = ReportBuilder.Build(Source(0.9, 0.1), Image(), Site, sopClass);
        Assert.Equal((sopClass, uid), (report.SopClassUid, report.SopInstanceUid));
    }

    /// <summary>Trap 25.</summary>
    [Fact]
    public void Reports_in_the_three_SOP_classes_differ_in_nothing_but_class_and_the_UIDs_made_from_it()
    {
        var all = ReportClasses.All.Select(c => Read(ReportBuilder.Build(Source(0.9, 0.1), Image(), Site, c))).ToList();
        Assert.Equal(3, all.Select(d => (d.GetString(Tags.SOPClassUID), d.GetString(Tags.SOPInstanceUID), d.GetString(Tags.SeriesInstanceUID))).Distinct().Count());
        var same = all.Select(d => Convert.ToHexString(DataSetWriter.Encode(
            d.Set(Tags.SOPClassUID, "1").Set(Tags.SOPInstanceUID, "1").Set(Tags.SeriesInstanceUID, "1"), TransferSyntax.ExplicitVrLittleEndian)));
        Assert.Single(same.Distinct());
    }

    [Fact]
    public void A_later_revision_names_its_predecessor()
    {
        var first = ReportBuilder.Build(Source(0.9), Image(), Site);
        var document = Build(Source(0.9, 0.8) with { Predecessor = first });
        var reference = document.GetItems(Tags.PredecessorDocumentsSequence)[0].GetItems(Tags.ReferencedSeriesSequence)[0].GetItems(Tags.ReferencedSOPSequence)[0];
        Assert.Equal(first.SopInstanceUid, reference.GetString(Tags.ReferencedSOPInstanceUID));
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-15)]
    [InlineData(0)]
    [InlineData(1)]
    public void The_most_certain_network_gets_its_report_too(double probability) => Assert.Equal(2, Groups(Build(Source(probability))).Count());

    [Fact]
    public void A_demonstration_says_so_in_the_report()
    {
        var source = Source(0.9);
        source.Result.IsDemonstration = true;
        Assert.Contains(Items(Build(source)), i => Concept(i) == "121106" && i.GetString(Tags.TextValue)!.StartsWith("DEMONSTRATION, NOT FOR CLINICAL USE", StringComparison.Ordinal));
    }
}
