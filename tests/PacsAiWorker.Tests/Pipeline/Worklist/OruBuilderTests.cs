using System.Text;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class OruBuilderTests
{
    /// <summary>The example of the design, byte for byte; segments end with carriage return.</summary>
    private const string Golden = """
        MSH|^~\&|PACSAI|HOSP|RIS|HOSP|20261121231702+0000||ORU^R01^ORU_R01|P202897f8a01c522495b|P|2.5.1||||||UNICODE UTF-8
        PID|1||PID-1^^^HOSP^MR||Doe^Jane||20190101|F
        ORC|RE|ORD1^RIS|ACC1^RIS||||^^^^^A
        OBR|1|ORD1^RIS|ACC1^RIS|USREN^US RENAL^L|A||20261121220000+0000|||||||||||ACC1|||||||P||^^^^^A
        TQ1|1||||||||A^ASAP^HL70485
        OBX|1|CWE|121071^Finding^DCM|1|263654008^Abnormal^SCT|||A|||P|||20261121231658+0000||||PACSAI1^^2.25.220762849732336789566652644303613101421^ISO
        OBX|2|NM|122157^Probability^DCM|1|0.932|1^no units^UCUM|<0.5|A|||P|||20261121231658+0000||||PACSAI1^^2.25.220762849732336789566652644303613101421^ISO
        OBX|3|CWE|TRIAGE_PRIORITY^Triage priority^99PACSAI|1|TP2^High^99PACSAI|||AA|||P|||20261121231658+0000||||PACSAI1^^2.25.220762849732336789566652644303613101421^ISO
        OBX|4|ST|110180^Study Instance UID^DCM|1|1.2.826.0.1.3680043.8.498.1||||||P|||20261121231658+0000||||PACSAI1^^2.25.220762849732336789566652644303613101421^ISO
        OBX|5|ST|SRUID^SR Instance UID^99PACSAI|1|2.25.294297627385012481987101660650478629749||||||P|||20261121231658+0000||||PACSAI1^^2.25.220762849732336789566652644303613101421^ISO

        """;

    private static readonly OruPatient Patient = new("PID-1", "HOSP", "Doe^Jane", "20190101", "F", "ACC1", "ORD1", new DateTimeOffset(2026, 11, 21, 22, 0, 0, TimeSpan.Zero))
    {
        Procedure = ("USREN", "US RENAL", "L"),
    };

    [Fact]
    public void The_example_of_the_design_comes_out_byte_for_byte() =>
        Assert.Equal(Golden.ReplaceLineEndings("\r"), Encoding.UTF8.GetString(OruBuilder.Build(Content(0.932))));

    [Fact]
    public void The_same_values_give_the_same_bytes() => Assert.Equal(OruBuilder.Build(Content(0.7)), OruBuilder.Build(Content(0.7)));

    [Theory]
    [InlineData(1, Priorities.High, "P202897f8a01c522495b")]
    public void The_control_id_names_study_revision_and_priority(int revision, string priority, string id)
    {
        Assert.Equal(id, OruBuilder.ControlId("1.2.826.0.1.3680043.8.498.1", revision, priority));
        Assert.NotEqual(id, OruBuilder.ControlId("1.2.826.0.1.3680043.8.498.1", revision + 1, priority));
        Assert.NotEqual(id, OruBuilder.ControlId("1.2.826.0.1.3680043.8.498.1", revision, Priorities.Critical));
    }

    [Fact]
    public void A_negative_beside_a_positive_says_not_flagged_and_nothing_of_absence()
    {
        var content = Content(0.932) with { Results = [Result(0.932), Result(0.1)] };
        var text = Encoding.UTF8.GetString(OruBuilder.Build(content));
        Assert.Contains("OBX|6|CWE|121071^Finding^DCM|2|NOTFLAGGED^Not flagged by this model^99PACSAI|||N|", text, StringComparison.Ordinal);
        Assert.Contains("OBX|8|CWE|TRIAGE_PRIORITY^Triage priority^99PACSAI|2|TP4^Routine^99PACSAI|||N|", text, StringComparison.Ordinal);
        Assert.DoesNotContain("normal", text.Replace("Abnormal", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Without_a_report_there_is_no_report_UID()
    {
        var result = Result(0.932);
        var text = Encoding.UTF8.GetString(OruBuilder.Build(Content(0.932) with { Results = [result with { ReportUid = null }] }));
        Assert.DoesNotContain("SRUID", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_early_flag_tells_its_highest_image_and_names_no_report()
    {
        var model = Model();
        var score = Rows.Score(Guid.NewGuid(), 0.88);
        var text = Encoding.UTF8.GetString(OruBuilder.Build(Content(0.5) with { Results = [], Early = [new EarlyFinding(score, model)] }));
        Assert.Contains("|1|0.88|1^no units^UCUM|<0.5|A|", text, StringComparison.Ordinal);
        Assert.Contains("TP2^High^99PACSAI", text, StringComparison.Ordinal);
        Assert.DoesNotContain("SRUID", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_early_flag_goes_before_what_the_same_package_said_of_an_earlier_revision_and_beside_what_others_say()
    {
        var other = Model();
        (other.Identity, other.ModelId) = ("other", "other");
        var content = Content(0.1) with { Results = [Result(0.1), Result(0.2) with { Model = other }], Early = [new EarlyFinding(Rows.Score(Guid.NewGuid(), 0.88), Model())] };
        var text = Encoding.UTF8.GetString(OruBuilder.Build(content));
        Assert.DoesNotContain("|0.1|", text, StringComparison.Ordinal);
        Assert.Contains("|1|0.2|", text, StringComparison.Ordinal);
        Assert.Contains("|2|0.88|", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_written_anew_has_a_control_id_that_was_not_used()
    {
        var used = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            used.Add(OruBuilder.NextControlId(used.LastOrDefault(), "1.2", 1, Priorities.High));
        }

        Assert.Equal(OruBuilder.ControlId("1.2", 1, Priorities.High), used[0]);
        Assert.Equal(4, used.Distinct().Count());
        Assert.Equal(OruBuilder.ControlId("1.2", 2, Priorities.High), OruBuilder.NextControlId(used[3], "1.2", 2, Priorities.High));
    }

    [Fact]
    public void A_name_with_delimiters_and_a_prefix_arrives_whole_and_in_the_order_of_HL7()
    {
        var message = Hl7Message.Parse(OruBuilder.Build(Content(0.9) with { Patient = Patient with { Name = "Doe & Sons|X^Jane~\\^Q^Dr.^III", Accession = "" } }));
        var pid = message.Find("PID")!;
        Assert.Equal(["Doe & Sons|X", "Jane~\\", "Q", "III", "Dr."], Enumerable.Range(1, 5).Select(i => pid.Text(5, i)));
        Assert.Equal(("", "", "ORD1"), (message.Find("OBR")!.Text(3), message.Find("OBR")!.Text(18), message.Find("OBR")!.Text(2)));
    }

    [Fact]
    public void Numbers_have_a_point_under_every_culture()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        try
        {
            var commas = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
            commas.NumberFormat.NumberDecimalSeparator = ",";
            Thread.CurrentThread.CurrentCulture = commas;
            Assert.Contains("|0.932|", Encoding.UTF8.GetString(OruBuilder.Build(Content(0.932))), StringComparison.Ordinal);
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }

    [Fact]
    public void What_was_reconciled_goes_before_what_the_images_say()
    {
        var row = new PatientIdentityRow { PatientId = "OLD", PatientName = "Roe^Jane", BirthDate = "19800101", Sex = "F", AccessionNumber = "A1", StudyDate = "20261121" };
        var patient = OruPatient.Of(row, new ReconciledIdentityRow { PatientId = "NEW", Issuer = "HOSP", PatientName = "Doe^Jane", Source = "ADT^A40" }, null, TimeZoneInfo.Utc);
        Assert.Equal(("NEW", "HOSP", "Doe^Jane", "19800101", "F", "A1"), (patient.PatientId, patient.Issuer, patient.Name, patient.BirthDate, patient.Sex, patient.Accession));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero), patient.StudyTime);
    }

    private static OruContent Content(double probability) => new(
        "1.2.826.0.1.3680043.8.498.1", 1, Priorities.High, "A", Patient, new DateTimeOffset(2026, 11, 21, 23, 17, 2, TimeSpan.Zero), TimeZoneInfo.Utc,
        new Hl7Options { SendingFacility = "HOSP", ReceivingApplication = "RIS", ReceivingFacility = "HOSP" })
    {
        Results = [Result(probability)],
    };

    private static ModelRow Model()
    {
        var model = Rows.Model();
        model.PositivePriority = Priorities.High;
        return model;
    }

    private static NoticeResult Result(double probability)
    {
        var study = Rows.Study();
        var result = Rows.Result(study, Model(), [Rows.Score(Guid.NewGuid(), probability)], 2);
        result.Priority = result.IsPositive ? Priorities.High : Priorities.Routine;
        result.RunStartedAt = new DateTime(2026, 11, 21, 23, 16, 58, DateTimeKind.Utc);
        return new NoticeResult(result, Model(), "2.25.294297627385012481987101660650478629749");
    }
}
