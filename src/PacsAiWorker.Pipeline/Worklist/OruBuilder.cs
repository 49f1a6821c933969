using System.Globalization;
using System.Text;
using System.Text.Json;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What one notice says, and to whom.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Priority">TPx of the rise.</param>
/// <param name="Written">Time of the message.</param>
/// <param name="Zone">In which results state their times.</param>
public sealed record OruContent(string Study, int Revision, string Priority, string Letter, OruPatient Patient, DateTimeOffset Written, TimeZoneInfo Zone, Hl7Options Options)
{
    /// <summary>MSH-10.</summary>
    public string ControlId { get; init; } = OruBuilder.ControlId(Study, Revision, Priority);

    public IReadOnlyList<NoticeResult> Results { get; init; } = [];

    /// <summary>What spoke before the study was complete: it goes before what the same package said of an earlier revision.</summary>
    public IReadOnlyList<EarlyFinding> Early { get; init; } = [];

    /// <summary>When a person raised the study to <see cref="Priority"/>, UTC; null: machines did.</summary>
    public DateTime? RaisedAt { get; init; }
}

/// <summary>Pure: ORU^R01 of HL7 v2.5.1 (chapter 7), preliminary, one set of OBX a model. Field by field in docs/worklist.md.</summary>
public static class OruBuilder
{
    private const string Private = "99PACSAI";
    private const string Station = "PACSAI1";
    private const int ControlIdDigits = 19;
    private const int MostRewrites = 1000;

    /// <summary>MSH-10: the same study, revision and priority always give the same 20 characters; other content under them gives others.</summary>
    /// <param name="rewritten">How often the message was written anew.</param>
    public static string ControlId(string study, int revision, string priority, int rewritten = 0) =>
        "P" + DicomUid.Uuid5($"hl7|{study}|r{revision}|{priority}" + (rewritten > 0 ? $"|w{rewritten}" : "")).ToString("N")[..ControlIdDigits];

    /// <summary>The control id after an earlier one of the same notice: a receiver that dropped repeated ids would drop the new content.</summary>
    /// <param name="earlier">Null or empty: there was none.</param>
    public static string NextControlId(string? earlier, string study, int revision, string priority)
    {
        var counted = string.IsNullOrEmpty(earlier) ? -1 : Enumerable.Range(0, MostRewrites).FirstOrDefault(n => ControlId(study, revision, priority, n) == earlier, -1);
        return ControlId(study, revision, priority, counted + 1);
    }

    /// <summary>Whether a message that was written tells something of this package.</summary>
    public static bool Names(ReadOnlySpan<byte> message, ModelRow model) => message.IndexOf(Encoding.ASCII.GetBytes(DeviceUid(model))) >= 0;

    /// <summary>The message without its frame, UTF-8.</summary>
    public static byte[] Build(OruContent content)
    {
        var (patient, options) = (content.Patient, content.Options);
        var placer = patient.Placer.Length > 0 ? V(patient.Placer, options.ReceivingApplication) : "";
        var filler = patient.Accession.Length > 0 ? V(patient.Accession, options.ReceivingApplication) : "";
        var letter = new string('^', 5) + content.Letter;
        var writer = new Hl7Writer()
            .AddHeader((3, V(options.SendingApplication)), (4, V(options.SendingFacility)), (5, V(options.ReceivingApplication)), (6, V(options.ReceivingFacility)),
                (7, Hl7Time.Write(content.Written)), (9, "ORU^R01^ORU_R01"), (10, content.ControlId),
                (11, "P"), (12, "2.5.1"), (18, Hl7CharacterSet.Utf8Name))
            .Add("PID", (1, "1"), (3, patient.PatientId.Length > 0 ? V(patient.PatientId, "", "", patient.Issuer, "MR") : ""), (5, Name(patient.Name)), (7, V(patient.BirthDate)), (8, V(patient.Sex)))
            .Add("ORC", (1, "RE"), (2, placer), (3, filler), (7, letter))
            .Add("OBR", (1, "1"), (2, placer), (3, filler), (4, V(patient.Procedure.Value, patient.Procedure.Meaning, patient.Procedure.Scheme)), (5, content.Letter),
                (7, patient.StudyTime is { } time ? Hl7Time.Write(time) : ""), (18, V(patient.Accession)), (25, "P"), (27, letter))
            .Add("TQ1", (1, "1"), (9, V(content.Letter, Meaning(content.Letter), "HL70485")));
        new Observations(writer, content).Write();
        return writer.ToBytes();
    }

    /// <summary>DICOM writes prefix before suffix, HL7 (XPN) the other way round.</summary>
    private static string Name(string dicom)
    {
        var name = PersonName.Parse(dicom);
        var group = new[] { name.Alphabetic, name.Ideographic, name.Phonetic }.FirstOrDefault(g => !g.IsEmpty, PersonNameGroup.Empty);
        return V(group.Family, group.Given, group.Middle, group.Suffix, group.Prefix);
    }

    private static string Meaning(string letter) => letter switch
    {
        "S" => "Stat",
        "A" => "ASAP",
        "T" => "Timing critical",
        _ => "Routine",
    };

    private static string DeviceUid(ModelRow model) => DicomUid.FromName("model", model.ModelId, model.Version, model.Identity);

    private static string V(params IEnumerable<string?> components) => Hl7Writer.Value(components);

    /// <summary>The OBX segments: counted through, a model's set told apart by OBX-4.</summary>
    private sealed class Observations(Hl7Writer writer, OruContent content)
    {
        private int _count;
        private int _set;

        public void Write()
        {
            foreach (var (result, model, report) in content.Results.Where(r => content.Early.All(e => e.Model.Identity != r.Model.Identity)))
            {
                WriteSet(model, result.IsPositive, result.Probability, result.Threshold, result.Priority, result.RunStartedAt, report);
            }

            foreach (var (score, model) in content.Early)
            {
                WriteSet(model, score.IsPositive, score.PositiveProbability, score.Threshold, model.PositivePriority, score.ScoredAt, report: null);
            }

            if (content.RaisedAt is { } raised)
            {
                WriteRaise(raised);
            }
        }

        /// <summary>A set of its own without finding or equipment: a person's word, whoever it was.</summary>
        private void WriteRaise(DateTime at)
        {
            _set++;
            var time = Hl7Time.Write(TimeZoneInfo.ConvertTime(new DateTimeOffset(at, TimeSpan.Zero), content.Zone));
            var abnormal = content.Priority is Priorities.Critical or Priorities.High ? "AA" : "A";
            Add("CWE", V("TRIAGE_PRIORITY", "Triage priority", Private), V(content.Priority, Priorities.Meaning(content.Priority), Private), "", "", abnormal, time, "");
            Add("ST", V("110180", "Study Instance UID", "DCM"), V(content.Study), "", "", "", time, "");
        }

        private void WriteSet(ModelRow model, bool isPositive, double? probability, double threshold, string priority, DateTime ran, string? report)
        {
            _set++;
            var run = Hl7Time.Write(TimeZoneInfo.ConvertTime(new DateTimeOffset(ran, TimeSpan.Zero), content.Zone));
            var equipment = V(Station, "", DeviceUid(model), "ISO");
            var flag = isPositive ? "A" : "N";
            Add("CWE", V("121071", "Finding", "DCM"), Finding(model, isPositive), "", "", flag);
            if (probability is { } p)
            {
                Add("NM", V("122157", "Probability", "DCM"), Number(p), V("1", "no units", "UCUM"), "<" + Number(threshold), flag);
            }

            Add("CWE", V("TRIAGE_PRIORITY", "Triage priority", Private), V(priority, Priorities.Meaning(priority), Private), "", "",
                priority is Priorities.Critical or Priorities.High ? "AA" : flag);
            Add("ST", V("110180", "Study Instance UID", "DCM"), V(content.Study), "", "", "");
            if (report is not null)
            {
                Add("ST", V("SRUID", "SR Instance UID", Private), V(report), "", "", "");
            }

            void Add(string type, string concept, string value, string units, string range, string abnormal) =>
                this.Add(type, concept, value, units, range, abnormal, run, equipment);
        }

        private void Add(string type, string concept, string value, string units, string range, string abnormal, string time, string equipment) => writer.Add("OBX",
            (1, (++_count).ToString(CultureInfo.InvariantCulture)), (2, type), (3, concept), (4, _set.ToString(CultureInfo.InvariantCulture)), (5, value),
            (6, units), (7, range), (8, abnormal), (11, "P"), (14, time), (18, equipment));

        /// <summary>What a positive class is called by its package; a negative says "not flagged" and nothing of absence (safety rule 1).</summary>
        private static string Finding(ModelRow model, bool isPositive)
        {
            if (!isPositive)
            {
                return V("NOTFLAGGED", "Not flagged by this model", Private);
            }

            using var classes = JsonDocument.Parse(model.Classes);
            foreach (var one in classes.RootElement.EnumerateArray().Where(c => c.TryGetProperty("isPositive", out var positive) && positive.GetBoolean()))
            {
                return V(Text(one, "code"), Text(one, "meaning"), Text(one, "scheme"));
            }

            return V("FLAGGED", "Flagged by this model", Private);
        }

        private static string Text(JsonElement one, string property) => one.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";

        private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
    }
}
