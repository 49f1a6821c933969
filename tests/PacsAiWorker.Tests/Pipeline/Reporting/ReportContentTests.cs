using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Reporting;

/// <summary>What stands in the content tree and in the header, variant by variant. Judges of others read the same documents end to end.</summary>
public sealed class ReportContentTests
{
    private static DataSet Build(ReportSource source, DataSet? image = null) =>
        DataSetReader.Read(Part10.DataSetOf(ReportBuilder.Build(source, image ?? ReportVariants.Image(), ReportVariants.Site).Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;

    private static IEnumerable<DataSet> Items(DataSet set) => set.GetItems(Tags.ContentSequence).SelectMany(i => Items(i).Prepend(i));

    private static string? Concept(DataSet item) => item.GetItems(Tags.ConceptNameCodeSequence) is [var c, ..] ? c.GetString(Tags.CodeValue) : null;

    private static string? Value(DataSet item) => item.GetItems(Tags.ConceptCodeSequence) is [var c, ..] ? c.GetString(Tags.CodeValue) : null;

    private static string? Number(DataSet item) => item.GetItems(Tags.MeasuredValueSequence)[0].GetString(Tags.NumericValue);

    private static List<DataSet> Groups(DataSet document) => [.. Items(document).Where(i => Concept(i) == "125007")];

    private static List<string?> Order(DataSet group) => [.. group.GetItems(Tags.ContentSequence).Select(Concept)];

    [Fact]
    public void A_failed_analysis_has_no_finding_no_number_and_says_why()
    {
        var document = Build(ReportVariants.Failed());
        var items = Items(document).ToList();
        var group = Assert.Single(Groups(document));
        Assert.DoesNotContain(items, i => Concept(i) == "121071");
        Assert.DoesNotContain(Items(group), i => i.GetString(Tags.ValueType) == "NUM");
        Assert.Equal("111235", Value(Items(group).Single(i => Concept(i) == "111050")));
        Assert.Equal("Not scored: 2 not scored (codec 2)", Items(group).Single(i => Concept(i) == "121106").GetString(Tags.TextValue));
        Assert.Equal(["111245", "TP0"], items.Where(i => Concept(i) is "111017" or "TRIAGE_PRIORITY").Select(Value));
        Assert.Equal(("PARTIAL", "Not scored: 2 not scored (codec 2)"), (document.GetString(Tags.CompletionFlag), document.GetString(Tags.CompletionFlagDescription)));
        Assert.Equal(2, Items(group).Count(i => Concept(i) == "121112"));
    }

    [Fact]
    public void A_withdrawal_names_the_report_that_it_takes_back_says_so_in_words_and_code_and_has_no_finding_and_no_number()
    {
        var source = ReportVariants.Withdrawn();
        var document = Build(source);
        var items = Items(document).ToList();
        var group = Assert.Single(Groups(document));
        Assert.DoesNotContain(items, i => Concept(i) is "121071" or "111050");
        Assert.DoesNotContain(Items(group), i => i.GetString(Tags.ValueType) == "NUM");
        Assert.Equal(["WITHDRAWN", "WITHDRAWN"], items.Where(i => Concept(i) == "RESULT_STATUS").Select(Value));
        Assert.Equal(["111245", "TP0"], items.Where(i => Concept(i) is "111017" or "TRIAGE_PRIORITY").Select(Value));
        Assert.All(["Withdrawn", "Incorrect Modality Worklist Entry (113038)", "nothing of this study stands scored any more"],
            words => Assert.Contains(words, Items(group).Single(i => Concept(i) == "121106").GetString(Tags.TextValue), StringComparison.Ordinal));
        Assert.Equal("PARTIAL", document.GetString(Tags.CompletionFlag));
        Assert.StartsWith("Withdrawn: rejected", document.GetString(Tags.CompletionFlagDescription), StringComparison.Ordinal);
        var named = document.GetItems(Tags.PredecessorDocumentsSequence).Single().GetItems(Tags.ReferencedSeriesSequence).Single().GetItems(Tags.ReferencedSOPSequence).Single();
        Assert.Equal(source.Predecessor!.SopInstanceUid, named.GetString(Tags.ReferencedSOPInstanceUID));
        Assert.NotEqual(source.Predecessor.SopInstanceUid, document.GetString(Tags.SOPInstanceUID));
    }

    [Fact]
    public void Items_of_a_group_stand_in_the_order_of_the_template()
    {
        var group = Groups(Build(ReportVariants.WithFacts(new ModelFacts { OperatingPoint = "as measured" })))[0];
        Assert.Equal(["C67447", "112039", "112040", "121071", "363698007", "111001", "111003", "122405"], Order(group).Take(8));
        Assert.Equal(["111000", "121112", "122157", "122157", "DECTHRESHOLD", "111081", "PREDENTROPY"], Order(group).SkipWhile(c => c != "111000"));
    }

    [Theory]
    [InlineData("7771000", "L", "L")]
    [InlineData("24028007", "R", "R")]
    [InlineData("51440002", "B", "B")]
    [InlineData(null, "L", "R")]
    [InlineData(null, "L", "")]
    [InlineData(null, "", "")]
    public void A_side_is_stated_only_where_every_image_says_the_same_one(string? side, params string[] images)
    {
        var sites = Items(Build(ReportVariants.Sided(images))).Where(i => Concept(i) == "363698007").ToList();
        Assert.Equal(images.Length + 1, sites.Count);
        Assert.All(sites, s => Assert.Equal(side, Items(s).Where(i => Concept(i) == "272741003").Select(Value).SingleOrDefault()));
    }

    [Fact]
    public void The_image_library_says_when_an_image_was_made_as_far_as_its_header_does()
    {
        var images = Items(Build(ReportVariants.Sided("L", "L"))).Single(i => Concept(i) == "126200").GetItems(Tags.ContentSequence).Where(i => i.GetString(Tags.ValueType) == "IMAGE").ToList();
        Assert.Equal(["110910", "110911", "126201", "126202"], Order(images[0]));
        Assert.Equal(("20261122", "101112"), (Items(images[0]).Single(i => Concept(i) == "126201").GetString(Tags.Date), Items(images[0]).Single(i => Concept(i) == "126202").GetString(Tags.Time)));
        Assert.Equal(["110910", "110911", "126201"], Order(images[1]));
        Assert.DoesNotContain(Items(Build(ReportVariants.Scored(0.9))), i => Concept(i) is "126201" or "126202");
    }

    [Fact]
    public void The_form_without_heat_maps_names_none_and_is_a_document_of_its_own()
    {
        var (whole, plain) = (ReportBuilder.Build(ReportVariants.Explained(), ReportVariants.Ordered(), ReportVariants.Site), ReportBuilder.Build(ReportVariants.Explained(), ReportVariants.Ordered(), ReportVariants.Site, withoutMaps: true));
        Assert.NotEqual(whole.SopInstanceUid, plain.SopInstanceUid);
        Assert.Equal((1, 0), (whole.Companions.Count, plain.Companions.Count));
        var document = DataSetReader.Read(Part10.DataSetOf(plain.Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;
        Assert.DoesNotContain(Items(document), i => Concept(i) == "130401");
        Assert.DoesNotContain(SopClasses.SecondaryCapture, document.GetItems(Tags.CurrentRequestedProcedureEvidenceSequence).SelectMany(s => s.GetItems(Tags.ReferencedSeriesSequence)).SelectMany(s => s.GetItems(Tags.ReferencedSOPSequence)).Select(i => i.GetString(Tags.ReferencedSOPClassUID)));
    }

    [Fact]
    public void The_unborn_child_is_the_subject_and_the_patient_its_mother()
    {
        var document = Build(ReportVariants.Fetus());
        var items = document.GetItems(Tags.ContentSequence);
        Assert.Equal("121026", Value(items.Single(i => Concept(i) == "121024")));
        Assert.Equal("Müller^Zoë", items.Single(i => Concept(i) == "121036").GetString(Tags.PersonName));
        Assert.Equal("A", items.Single(i => Concept(i) == "11951-1").GetString(Tags.TextValue));
        Assert.Contains(Items(document), i => Concept(i) == "121106" && i.GetString(Tags.TextValue)!.Contains("which one", StringComparison.Ordinal));
        Assert.DoesNotContain(Items(Build(ReportVariants.Scored(0.9))), i => Concept(i) is "121024" or "121036" or "11951-1");
    }

    [Fact]
    public void A_fetus_of_a_mother_without_a_name_has_no_empty_name() =>
        Assert.DoesNotContain(Items(Build(ReportVariants.Fetus(), new DataSet().Set(Tags.StudyInstanceUID, "1.2"))), i => Concept(i) == "121036");

    [Theory]
    [InlineData("c10", new[] { "CLASS8", "CLASS9", "CLASS10" })]
    [InlineData("c3", new[] { "CLASS3", "CLASS8", "CLASS9", "CLASS10" })]
    public void Of_many_classes_the_three_highest_are_told_and_the_predicted_one(string predicted, string[] told)
    {
        var group = Groups(Build(ReportVariants.Eleven(predicted)))[0];
        Assert.Equal(told, group.GetItems(Tags.ContentSequence).Where(i => Concept(i) == "122157").Select(i => Value(i.GetItems(Tags.ContentSequence)[0])));
    }

    /// <summary>Check values of the design: 0.932 and 0.068, 0.081 and 0.919.</summary>
    [Theory]
    [InlineData(0.068, "0.248")]
    [InlineData(0.919, "0.281")]
    [InlineData(1, "0")]
    public void The_entropy_is_in_nats(double probability, string entropy) =>
        Assert.Equal(double.Parse(entropy, CultureInfo.InvariantCulture), double.Parse(Number(Items(Groups(Build(ReportVariants.Scored(probability)))[0]).Single(i => Concept(i) == "PREDENTROPY"))!, CultureInfo.InvariantCulture));

    [Fact]
    public void What_was_ordered_stands_in_the_document_and_the_procedure_is_the_ordered_one()
    {
        var document = Build(ReportVariants.Scored(0.9), ReportVariants.Ordered());
        var request = Assert.Single(document.GetItems(Tags.ReferencedRequestSequence));
        Assert.Equal(("ACC1", "RP1", Rows.Study().StudyInstanceUid), (request.GetString(Tags.AccessionNumber), request.GetString(Tags.RequestedProcedureID), request.GetString(Tags.StudyInstanceUID)));
        Assert.True(request.Contains(Tags.PlacerOrderNumberImagingServiceRequest));
        Assert.Equal("38036-0", Value(Items(document).Single(i => Concept(i) == "121058")));
        Assert.Equal("38036-0", document.GetItems(Tags.PerformedProcedureCodeSequence)[0].GetString(Tags.CodeValue));
        Assert.Equal("A sponsor", document.GetString(Tags.ClinicalTrialSponsorName));
    }

    [Fact]
    public void The_patient_is_who_the_information_system_says_and_what_it_left_open_is_as_the_images_have_it()
    {
        var reconciled = ReportVariants.Fetus() with
        {
            Reconciled = new ReconciledIdentityRow { PatientId = "PID-2", Issuer = "HOSP", PatientName = "Weiß^Zoë", Source = "ADT^A40" },
        };
        var document = Build(reconciled, ReportVariants.Image().Set(Tags.PatientSex, "F"));
        Assert.Equal(("PID-2", "HOSP", "Weiß^Zoë", "F"), (document.GetString(Tags.PatientID), document.GetString(Tags.IssuerOfPatientID), document.GetString(Tags.PatientName), document.GetString(Tags.PatientSex)));
        Assert.Equal("Weiß^Zoë", Items(document).Single(i => Concept(i) == "121036").GetString(Tags.PersonName));
    }

    [Fact]
    public void A_heat_map_is_named_by_the_group_of_its_image_and_has_the_reports_patient_and_nothing_of_the_screen()
    {
        var report = ReportBuilder.Build(ReportVariants.Explained(), ReportVariants.Image(), ReportVariants.Site);
        var map = Assert.Single(report.Companions);
        var set = DataSetReader.Read(Part10.DataSetOf(map.Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;
        var groups = Groups(Build(ReportVariants.Explained()));
        Assert.Equal(map.SopInstanceUid, groups[0].GetItems(Tags.ContentSequence).Single(i => Concept(i) == "130401").GetItems(Tags.ReferencedSOPSequence)[0].GetString(Tags.ReferencedSOPInstanceUID));
        Assert.DoesNotContain(groups[1].GetItems(Tags.ContentSequence), i => Concept(i) == "130401");
        Assert.Equal(("PID-1", "AI heatmap - not for diagnosis", "NO", "RGB"), (set.GetString(Tags.PatientID), set.GetString(Tags.SeriesDescription), set.GetString(Tags.BurnedInAnnotation), set.GetString(Tags.PhotometricInterpretation)));
        Assert.Equal((3, 4), (set.GetInt(Tags.Rows), set.GetInt(Tags.Columns)));
        Assert.Equal(Rows.Instance(Rows.Study(), 1).SopInstanceUid, set.GetItems(Tags.SourceImageSequence)[0].GetString(Tags.ReferencedSOPInstanceUID));
        Assert.Equal(report.Companions[0].Content, ReportBuilder.Build(ReportVariants.Explained(), ReportVariants.Image(), ReportVariants.Site).Companions[0].Content);
    }

    [Fact]
    public void A_procedure_without_a_whole_code_is_passed_over()
    {
        var image = ReportVariants.Image().SetItems(Tags.ProcedureCodeSequence, new DataSet().Set(Tags.CodeValue, "SEVENTEENLETTERS1").Set(Tags.CodingSchemeDesignator, "LN").Set(Tags.CodeMeaning, "too long"));
        var document = Build(ReportVariants.Scored(0.9), image);
        Assert.Equal("363679005", Value(Items(document).Single(i => Concept(i) == "121058")));
        Assert.Empty(document.GetItems(Tags.PerformedProcedureCodeSequence));
        Assert.False(document.Contains(Tags.ReferencedRequestSequence));
    }

    [Fact]
    public void How_the_package_was_calibrated_and_measured_stands_beside_its_figures()
    {
        var items = Items(Build(ReportVariants.WithFacts(new ModelFacts { Temperature = 1.5, OperatingPoint = "by study: sensitivity 0.91" }))).ToList();
        Assert.Contains(items, i => Concept(i) == "111002" && i.GetString(Tags.TextValue) == "calibration=temperature 1.5");
        Assert.Equal(3, items.Count(i => Concept(i) == "111081" && i.GetString(Tags.TextValue) == "by study: sensitivity 0.91"));
    }

    [Fact]
    public void Every_reference_of_every_variant_is_in_evidence_and_no_text_is_empty()
    {
        foreach (var (name, source, image) in ReportVariants.Sources())
        {
            var document = Build(source, image);
            Assert.All(Items(document).Where(i => i.GetString(Tags.ValueType) == "TEXT"), i => Assert.False(string.IsNullOrWhiteSpace(i.GetString(Tags.TextValue)), name));
            Assert.Equal("UNVERIFIED", document.GetString(Tags.VerificationFlag));
        }
    }

    /// <summary>A comma for a decimal point is how some cultures write.</summary>
    [Fact]
    public void Numbers_are_written_with_a_point_whatever_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator) = (",", ".");
            CultureInfo.CurrentCulture = comma;
            Assert.All(Items(Build(ReportVariants.Partial())).Where(i => i.GetString(Tags.ValueType) == "NUM"), i => Assert.DoesNotContain(",", Number(i), StringComparison.Ordinal));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
