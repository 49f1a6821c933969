using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records.Rows;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>What must hold on both roads after real files and phantoms went down the line.</summary>
public abstract class LineContract(LineRun run, ITestOutputHelper output)
{
    // docs/hazards.md: the closed list of reasons.
    private static readonly string[] Reasons =
    [
        "codec", "corrupt", "too small", "no usable region", "colour or spectral Doppler", "M-mode", "report screen", "burned-in text policy", "not ultrasound",
        "unsupported object", "no model applies", "age unknown", "view unknown", "weights not installed", "package expired", "package suspended", "package recalled",
        "runtime missing", "device unavailable", "identity conflict", "awaiting",
    ];

    private Rows Rows => run.Line.Rows;

    [Fact]
    public async Task Every_file_is_kept_byte_for_byte_as_another_receiver_got_it()
    {
        var rows = await Rows.QueryAsync("SELECT file, digest, data_set_bytes, sop_instance_uid, transfer_syntax_uid FROM instance");
        var kept = rows.Select(r => (Row: r, File: run.Line.Kept(r.Text("file")))).ToList();
        Assert.Equal(run.Sent.Count, kept.Count);
        Assert.Equal(run.Elsewhere.Select(f => f.Digest).Order(), kept.Select(k => k.File.Digest).Order());
        Assert.All(kept, k => Assert.Equal((k.File.Digest, (long)k.File.DataSet.Length, k.File.SopInstance, k.File.TransferSyntax),
            (k.Row.Text("digest"), k.Row.Number("data_set_bytes"), k.Row.Text("sop_instance_uid"), k.Row.Text("transfer_syntax_uid"))));
    }

    [Fact]
    public async Task A_file_that_came_twice_has_one_row_that_counts_it()
    {
        Explain(Samples.All.Count == 0);
        Assert.Equal(Samples.All.Count, (await Rows.QueryAsync("SELECT SUM(duplicates) AS n FROM instance"))[0].Number("n"));
    }

    [Fact]
    public async Task Every_image_has_one_outcome_and_a_reason_of_the_closed_list_when_it_was_not_scored()
    {
        var rows = await Rows.QueryAsync("SELECT outcome, outcome_reason, (SELECT COUNT(*) FROM score WHERE instance_id = instance.id) AS scores FROM instance");
        Assert.All(rows, r =>
        {
            if (r.Text("outcome") == "scored")
            {
                Assert.Equal(1, r.Number("scores"));
                return;
            }

            Assert.Equal(("not scored", 0L), (r.Text("outcome"), r.Number("scores")));
            Assert.Contains(r.Text("outcome_reason"), Reasons);
            Assert.NotEqual("awaiting", r.Text("outcome_reason"));
        });
    }

    [Fact]
    public async Task Each_kind_of_phantom_is_scored_or_named_with_its_reason()
    {
        var rows = (await Rows.QueryAsync("SELECT sop_instance_uid, outcome, outcome_reason FROM instance WHERE is_current")).ToDictionary(r => r.Text("sop_instance_uid"));
        Assert.All(run.Phantoms, p => Assert.Equal((p.Kind, p.Reason is null ? "scored" : "not scored", p.Reason), (p.Kind, rows[p.Sop].Text("outcome"), rows[p.Sop]["outcome_reason"])));
    }

    [Fact]
    public async Task The_demonstration_model_refuses_every_real_image()
    {
        Explain(Samples.All.Count == 0);
        var phantoms = run.Phantoms.Select(p => p.Sop).ToHashSet();
        var real = (await Rows.QueryAsync("SELECT sop_instance_uid, outcome, outcome_reason, outcome_detail FROM instance")).Where(r => !phantoms.Contains(r.Text("sop_instance_uid"))).ToList();
        Assert.Equal(Samples.All.Count, real.Count);
        real.ForEach(r => output.WriteLine($"{r["sop_instance_uid"]}: {r["outcome"]}, {r["outcome_reason"]}. {r["outcome_detail"]}"));
        Assert.All(real, r => Assert.Equal("not scored", r.Text("outcome")));
        Assert.Equal(run.Phantoms.Count(p => p.Reason is null), await Rows.CountAsync("score"));
    }

    [Fact]
    public async Task The_PACS_holds_one_report_for_each_study_model_and_revision_and_nothing_else()
    {
        var rows = await Rows.QueryAsync("SELECT s.study_instance_uid AS study, p.sop_instance_uid AS sop, r.revision, r.model_identity, p.content FROM report p JOIN result r ON r.id = p.result_id JOIN study s ON s.id = r.study_id");
        Assert.Equal(run.Phantoms.Select(p => p.Study).Distinct().Order(), rows.Select(r => r.Text("study")).Order());
        Assert.Equal(rows.Select(r => r.Text("sop")).Order(), run.Reports.Select(r => r.Sop).Order());
        Assert.Equal(rows.Count, rows.DistinctBy(r => (r.Text("study"), r.Text("model_identity"), r.Number("revision"))).Count());
        Assert.All(rows, r => Assert.Equal(1, r.Number("revision")));
        Assert.Equal(0, await Rows.CountAsync("delivery WHERE state <> 'stored' OR status <> 0"));
    }

    [Fact]
    public async Task The_validators_of_others_find_no_fault_in_the_reports()
    {
        Assert.NotEmpty(run.Reports);
        foreach (var report in run.Reports)
        {
            await ReportJudges.AcceptedByDciodvfyAsync(report.File);
            await ReportJudges.AcceptedByDsrdumpAsync(report.File);
        }
    }

    [Fact]
    public async Task Labels_probabilities_and_referenced_images_in_the_reports_equal_the_rows()
    {
        var classes = JsonNode.Parse((await Rows.QueryAsync("SELECT classes FROM model"))[0].Text("classes"))!.AsArray().ToDictionary(c => c!["id"]!.GetValue<string>(), c => c!);
        var scores = (await Rows.QueryAsync("SELECT i.sop_instance_uid AS sop, i.is_current, t.study_instance_uid AS study, s.* FROM score s JOIN instance i ON i.id = s.instance_id JOIN study t ON t.id = s.study_id")).ToLookup(r => r.Text("study"));
        foreach (var report in run.Reports)
        {
            var rows = scores[report.Study].ToDictionary(r => r.Text("sop"));
            // Every image above threshold and the three highest.
            var reported = rows.Values.OrderByDescending(r => r.Real("positive_probability")).Where((r, i) => r.Flag("is_positive") || i < 3).Select(r => r.Text("sop"));
            Assert.Equal(reported.Order(), report.Images.Select(g => Assert.Single(g.Images)).Order());
            foreach (var group in report.Images)
            {
                var row = rows[group.Images[0]];
                var expected = JsonSerializer.Deserialize<string[]>(row.Text("class_ids"))!.Zip(JsonSerializer.Deserialize<double[]>(row.Text("probabilities"))!).ToList();
                Assert.Equal(expected.Select(e => classes[e.First]["code"]!.GetValue<string>()), group.Probabilities.Select(p => p.Code!));
                Assert.All(expected.Zip(group.Probabilities), pair => Assert.True(pair.Second.Prints(pair.First.Second), $"{pair.Second.Text} in the report, {pair.First.Second:R} in the row"));
                var label = classes.Values.Single(c => c["isPositive"]!.GetValue<bool>() == row.Flag("is_positive"));
                Assert.Equal((label["code"]!.GetValue<string>(), label["meaning"]!.GetValue<string>()), (group.Finding!.Value, group.Finding.Meaning));
                Assert.Equal((row.Text("model_id"), row.Text("model_identity")), (group.Model, group.Identity));
                Assert.Equal(row.Real("threshold"), Assert.Single(group.Thresholds), 6);
            }
        }
    }

    [Fact]
    public async Task The_verdict_on_the_study_in_each_report_equals_its_row()
    {
        var results = (await Rows.QueryAsync("SELECT p.sop_instance_uid AS sop, r.*, i.patient_id FROM result r JOIN report p ON p.result_id = r.id JOIN patient_identity i ON i.study_id = r.study_id")).ToDictionary(r => r.Text("sop"));
        foreach (var report in run.Reports)
        {
            var row = results[report.Sop];
            var whole = Assert.Single(report.Whole);
            Assert.True(Assert.Single(whole.Probabilities).Prints(row.Real("probability")));
            Assert.Equal(row.Flag("is_positive") ? "Phantom lesion" : "Not flagged by this model", whole.Finding!.Meaning);
            Assert.Equal((row.Text("patient_id"), row.Text("sentence")), (report.Patient, report.Comments[0]));
            Assert.Equal(row.Number("images_received") == row.Number("images_scored") ? "COMPLETE" : "PARTIAL", report.Completion);
        }

        Assert.Contains(results.Values, r => r.Flag("is_positive"));
        Assert.Contains(results.Values, r => !r.Flag("is_positive"));
    }

    [Fact]
    public async Task The_evidence_of_a_report_is_exactly_the_scored_images_of_its_study()
    {
        var scored = (await Rows.QueryAsync("SELECT t.study_instance_uid AS study, i.sop_instance_uid AS sop FROM instance i JOIN study t ON t.id = i.study_id WHERE i.outcome = 'scored'")).ToLookup(r => r.Text("study"), r => r.Text("sop"));
        Assert.All(run.Reports, r =>
        {
            Assert.Equal(scored[r.Study].Order(), r.Evidence.Order());
            Assert.Equal([r.Study], r.EvidenceStudies);
        });
    }

    [Fact]
    public void Reports_are_preliminary_and_never_call_a_study_normal()
    {
        Assert.All(run.Reports, r =>
        {
            Assert.Equal(("PRELIMINARY", "UNVERIFIED"), (r.Preliminary, r.Verification));
            Assert.DoesNotContain(r.Words, w => w.Contains("normal", StringComparison.OrdinalIgnoreCase));
        });
    }

    [Fact]
    public async Task The_worklist_puts_flagged_studies_first_and_says_why()
    {
        var list = JsonNode.Parse((await run.Line.CommandAsync("worklist", "--json")).Succeeded().Output)!.AsArray();
        var flagged = (await Rows.QueryAsync("SELECT t.study_instance_uid AS study FROM result r JOIN study t ON t.id = r.study_id WHERE r.is_positive")).Select(r => r.Text("study")).ToHashSet();
        Assert.Equal(run.Phantoms.Where(p => p.Lesion).Select(p => p.Study).Distinct().Order(), flagged.Order());
        Assert.All(list, e =>
        {
            var study = e!["studyInstanceUid"]!.GetValue<string>();
            var expected = flagged.Contains(study) ? "TP3" : run.Phantoms.Any(p => p.Study == study) ? "TP4" : "TP0";
            Assert.Equal(expected, e["priority"]!.GetValue<string>());
            Assert.NotEmpty(e["reason"]!.GetValue<string>());
        });
        Assert.Equal(flagged.Count, list.TakeWhile(e => e!["priority"]!.GetValue<string>() == "TP3").Count());
        Assert.Equal(await Rows.CountAsync("study"), list.Count);
    }

    [Fact]
    public async Task The_audit_names_each_image_that_was_not_scored_with_its_reason()
    {
        var lines = JsonNode.Parse((await run.Line.CommandAsync("audit", "query", "--action", "not scored", "--limit", "5000", "--json")).Succeeded().Output)!.AsArray();
        var said = lines.Select(l => (l!["sopInstanceUid"]!.GetValue<string>(), JsonNode.Parse(l["detail"]!.GetValue<string>())!["reason"]!.GetValue<string>())).Order().ToList();
        var rows = await Rows.QueryAsync("SELECT sop_instance_uid, outcome_reason FROM instance WHERE outcome = 'not scored' AND is_current");
        Assert.Equal(rows.Select(r => (r.Text("sop_instance_uid"), r.Text("outcome_reason"))).Order(), said);
    }

    [Fact]
    public async Task No_identity_of_a_patient_stands_in_log_metrics_or_audit()
    {
        var audit = (await run.Line.CommandAsync("audit", "query", "--limit", "5000", "--json")).Succeeded().Output;
        foreach (var place in new[] { run.Line.AllLogs, run.Metrics, audit })
        {
            Assert.NotEmpty(place);
            Assert.DoesNotContain("ZZMARKER", place, StringComparison.OrdinalIgnoreCase);
            Assert.All(run.Phantoms.Select(p => p.Patient).Distinct(), id => Assert.DoesNotContain(id, place, StringComparison.OrdinalIgnoreCase));
        }
    }

    private void Explain(bool none)
    {
        if (none)
        {
            output.WriteLine(Samples.WhyNone);
        }
    }
}

[Collection(Lanes.Line)]
public sealed class EmbeddedLineTests(EmbeddedLineRun run, ITestOutputHelper output) : LineContract(run, output), IClassFixture<EmbeddedLineRun>;

[Collection(Lanes.Line)]
public sealed class DistributedLineTests(DistributedLineRun run, ITestOutputHelper output) : LineContract(run, output), IClassFixture<DistributedLineRun>
{
    [Fact]
    public async Task Every_queue_is_a_durable_quorum_queue_with_a_dead_letter_exchange()
    {
        var queues = await run.Line.Broker!.QueuesAsync(run.Line.BrokerHost!, "name", "type", "durable", "auto_delete", "arguments", "messages");
        var work = queues.Where(q => q[0].StartsWith("pacsai.", StringComparison.Ordinal)).ToList();
        Assert.Equal((4 * WorkKinds.All.Count) + 1, work.Count);
        Assert.All(work, q => Assert.Equal((q[0], "quorum", "true", "false"), (q[0], q[1], q[2], q[3])));
        Assert.All(work.Where(q => q[0] != "pacsai.dead"), q => Assert.Contains("x-dead-letter-exchange", q[4], StringComparison.Ordinal));
        Assert.Equal("0", work.Single(q => q[0] == "pacsai.dead")[5]);
        Assert.Equal(queues.Select(q => q[0]).Order(), work.Select(q => q[0]).Order());
    }

    [Fact]
    public void Messages_on_the_broker_carry_keys_and_nothing_of_patient_or_study()
    {
        // One a work row: score, study, report and delivery.
        Assert.True(run.Messages.Count >= run.Phantoms.Count, $"{run.Messages.Count} messages");
        var studies = run.Phantoms.Select(p => p.Study).Distinct().ToList();
        Assert.All(run.Messages, m =>
        {
            Assert.Contains("workId", m, StringComparison.Ordinal);
            Assert.DoesNotContain("ZZMARKER", m, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("PHANTOM-", m, StringComparison.Ordinal);
            Assert.All(studies, uid => Assert.DoesNotContain(uid, m, StringComparison.Ordinal));
        });
    }
}
