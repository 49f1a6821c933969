using System.Text.Json.Nodes;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>Whose image is it: each rule against the real worker, every test on a study of its own.</summary>
[Collection(Lanes.Line)]
public sealed class IdentityTests(IdentityRun run) : IClassFixture<IdentityRun>
{
    private readonly Installation _line = run.Line;

    [Fact]
    public async Task A_corrected_header_holds_the_results_until_a_person_takes_it_and_then_they_are_issued_again_for_the_other_patient()
    {
        var images = run.Study(0);
        var uid = run.Phantoms[0].Study;
        Send(images);
        await _line.WaitUntilIdleAsync();
        Send(images.Select(i => IdentityRun.Changed(i, s => s.Set(Tags.PatientID, "PHANTOM-CORRECTED"))));
        await Until.HoldsAsync("both corrections await confirmation", async () => await _line.Rows.CountAsync("instance WHERE set_aside = 'correction'") == 2, () => Task.FromResult(_line.AllLogs));
        Assert.Contains("a correction awaits confirmation", (await EntryAsync(uid))["held"]![0]!.GetValue<string>(), StringComparison.Ordinal);
        var status = await _line.CommandAsync("status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains($"study confirm {uid} --take new", status.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _line.CommandAsync("study", "confirm", uid, "--why", "which?")).ExitCode);

        (await _line.CommandAsync("study", "confirm", uid, "--take", "new", "--why", "wrong wristband")).Succeeded();
        await Until.HoldsAsync("it is decided anew", async () => await _line.Rows.CountAsync($"study WHERE study_instance_uid = '{uid}' AND state = 'complete' AND revision > 1 AND EXISTS (SELECT 1 FROM result r WHERE r.study_id = study.id AND r.withdrawn_at IS NULL)") == 1, () => Task.FromResult(_line.AllLogs));
        await _line.WaitUntilIdleAsync();
        var entry = await EntryAsync(uid);
        Assert.Equal(("PHANTOM-CORRECTED", 0), (entry["patientId"]!.GetValue<string>(), entry["held"]!.AsArray().Count));
        Assert.Contains("corrected", entry["results"]![0]!["withdrawn"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("PHANTOM-CORRECTED", (await ReportsAsync(uid)).MaxBy(r => r.Number).Patient);
        Assert.Equal(1, await AuditedAsync("study confirmed", uid));
        Assert.Equal(0, await _line.Rows.CountAsync("audit_entry WHERE detail LIKE '%PHANTOM-CORRECTED%'"));
        Assert.DoesNotContain("PHANTOM-CORRECTED", _line.AllLogs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copies_in_a_study_of_their_own_are_linked_raise_nothing_and_are_reported_nowhere_until_a_note_rejects_the_originals()
    {
        var images = run.Study(1);
        var (uid, copied) = (run.Phantoms[2].Study, run.Phantoms[2].Study + ".777");
        Send(images);
        await _line.WaitUntilIdleAsync();
        Send(images.Select(i => IdentityRun.Changed(i, s => s.Set(Tags.StudyInstanceUID, copied).Set(Tags.SOPInstanceUID, i.SopInstance + ".777"))));
        await _line.WaitUntilIdleAsync();
        var entry = await EntryAsync(copied);
        Assert.Contains($"copies of images of another study ({uid})", entry["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(("complete", "TP0", 0), (entry["state"]!.GetValue<string>(), entry["priority"]!.GetValue<string>(), entry["results"]!.AsArray().Count));
        Assert.Equal(2, await _line.Rows.CountAsync("instance WHERE outcome = 'copy' AND copy_of IS NOT NULL"));
        Assert.Empty(await ReportsAsync(copied));

        // The usual way of quality control: the copies are right, the originals are rejected.
        Send([Note(images, run.Phantoms[2], "113038")]);
        await Until.HoldsAsync("the copies speak for themselves", async () => await _line.Rows.CountAsync($"result r JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = '{copied}'") == 1, () => Task.FromResult(_line.AllLogs));
        await _line.WaitUntilIdleAsync();
        Assert.Single(await ReportsAsync(copied));
        var original = await EntryAsync(uid);
        Assert.Contains("2 images rejected by a note", original["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("Incorrect Modality Worklist Entry (113038)", original["results"]![0]!["withdrawn"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotEqual("TP0", original["priority"]!.GetValue<string>());

        // What was said of them is taken back where it was said: the PACS has a successor that says so, and its predecessor as it was.
        Assert.Contains("nothing of this study stands scored any more", original["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.All(["orthanc", "archive"], d => Assert.Contains(original["results"]![1]!["deliveries"]!.AsArray(), e => e!["destination"]!.GetValue<string>() == d && e["storedAt"] is not null));
        using var folder = new TempFolder("withdrawn");
        var reports = (await _line.Pacs.DownloadAsync(folder.Folder("files"))).Where(f => PartTen.Read(f).SopClass == SopClasses.Comprehensive3DSr).ToList();
        var both = (await ReportJudges.ReadAsync(reports)).Where(r => r.Study == uid).ToList();
        Assert.Equal(2, both.Count);
        var (first, second) = (both.Single(r => r.Predecessors.Count == 0), both.Single(r => r.Predecessors.Count == 1));
        Assert.Equal(first.Sop, second.Predecessors[0]);
        Assert.Contains("Withdrawn", second.Words);
        Assert.Contains(second.Comments, c => c.StartsWith("Withdrawn: rejected: Incorrect Modality Worklist Entry (113038)", StringComparison.Ordinal));
        Assert.Empty(Assert.Single(second.Whole).Probabilities);
        await ReportJudges.AcceptedByDciodvfyAsync(second.File);
        await ReportJudges.AcceptedByDsrdumpAsync(second.File);
    }

    [Fact]
    public async Task A_study_of_which_one_image_is_rejected_is_decided_again_without_it()
    {
        var images = run.Study(2);
        var uid = run.Phantoms[4].Study;
        Send(images);
        await _line.WaitUntilIdleAsync();
        Send([Note([images[0]], run.Phantoms[4], "113001")]);
        await Until.HoldsAsync("it is decided without the image", async () => await _line.Rows.CountAsync($"result r JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = '{uid}' AND r.withdrawn_at IS NULL AND r.images_scored = 1 AND s.state = 'complete'") > 0, () => Task.FromResult(_line.AllLogs));
        await _line.WaitUntilIdleAsync();
        var last = (await ReportsAsync(uid)).MaxBy(r => r.Number);
        Assert.DoesNotContain(images[0].SopInstance, last.Evidence);
        Assert.Contains(images[1].SopInstance, last.Evidence);
    }

    [Fact]
    public async Task After_an_archive_changed_the_identity_further_reports_of_the_study_wait_for_a_person_and_those_to_another_archive_do_not()
    {
        var images = run.Study(3);
        var uid = run.Phantoms[6].Study;
        run.Archive.Answer = 0xB000;
        Send(images.Take(1));
        await _line.WaitUntilIdleAsync();
        run.Archive.Answer = 0;
        Assert.Contains("archive changed the identity (B000)", (await EntryAsync(uid))["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Send(images.Skip(1));
        await Until.HoldsAsync("the next report is held for that archive alone", async () => await _line.Rows.CountAsync("work WHERE kind = 'deliver' AND state = 'ready' AND reason_code = 'held' AND lane = 'archive'") == 1, () => Task.FromResult(_line.AllLogs));
        await Until.HoldsAsync("the other archive has both", async () => await DeliveredAsync(uid, "orthanc") == 2);
        Assert.Equal(1, await DeliveredAsync(uid, "archive"));

        (await _line.CommandAsync("study", "confirm", uid, "--why", "the archive adds its issuer")).Succeeded();
        await Until.HoldsAsync("it goes on", async () => await DeliveredAsync(uid, "archive") == 2, () => Task.FromResult(_line.AllLogs));
        Assert.Equal(1, await AuditedAsync("archive changed the identity", uid));
    }

    [Fact]
    public async Task Images_that_lacked_the_age_are_scored_when_a_later_image_brings_the_birth_date()
    {
        var images = run.Study(4);
        var uid = run.Phantoms[8].Study;
        Send([IdentityRun.Changed(images[0], s => s.Set(Tags.PatientBirthDate))]);
        await _line.WaitUntilIdleAsync();
        Assert.Equal("age unknown", (await _line.Rows.QueryAsync($"SELECT outcome_reason FROM instance WHERE sop_instance_uid = '{images[0].SopInstance}'"))[0].Text("outcome_reason"));
        Send(images.Skip(1));
        await Until.HoldsAsync("both are scored", async () => await _line.Rows.CountAsync($"result r JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = '{uid}' AND s.state = 'complete' AND r.images_scored = 2") == 1, () => Task.FromResult(_line.AllLogs));
        await _line.WaitUntilIdleAsync();
        Assert.Equal(1, await AuditedAsync("age known", uid));
    }

    [Fact]
    public async Task Images_whose_patient_s_age_nothing_tells_but_the_modality_worklist_are_scored_by_what_it_says_and_the_list_says_so()
    {
        var uid = run.Phantoms[10].Study;
        Send(run.Study(5).Select(i => IdentityRun.Changed(i, s => s.Set(Tags.PatientBirthDate).Set(Tags.AccessionNumber, IdentityRun.Ordered))));
        await Until.HoldsAsync("both are scored", async () => await _line.Rows.CountAsync($"result r JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = '{uid}' AND s.state = 'complete' AND r.images_scored = 2") == 1, () => Task.FromResult(_line.AllLogs));
        await _line.WaitUntilIdleAsync();
        Assert.Equal(1, await _line.Rows.CountAsync($"audit_entry a JOIN study s ON s.id = a.study_id WHERE s.study_instance_uid = '{uid}' AND a.action = 'age known' AND a.detail LIKE '%modality worklist%'"));
        Assert.Contains("age from the modality worklist", (await EntryAsync(uid))["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, await _line.Rows.CountAsync($"patient_identity p JOIN study s ON s.id = p.study_id WHERE s.study_instance_uid = '{uid}' AND p.birth_date <> ''"));
        Assert.DoesNotContain("19700101", _line.AllLogs, StringComparison.Ordinal);
    }

    private void Send(IEnumerable<PartTen> images) => Assert.All(images.ToList(), i => Assert.True(Cart.Store(_line.DicomPort, i).IsSuccess));

    private async Task<JsonNode> EntryAsync(string study) =>
        JsonNode.Parse((await _line.CommandAsync("worklist", "--json")).Succeeded().Output)!.AsArray().Single(e => e!["studyInstanceUid"]!.GetValue<string>() == study)!;

    private Task<long> AuditedAsync(string action, string study) => _line.Rows.CountAsync($"audit_entry a JOIN study s ON s.id = a.study_id WHERE s.study_instance_uid = '{study}' AND a.action = '{action}'");

    private Task<long> DeliveredAsync(string study, string destination) => _line.Rows.CountAsync(
        $"delivery d JOIN report p ON p.id = d.report_id JOIN result r ON r.id = p.result_id JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = '{study}' AND d.destination = '{destination}' AND d.state = 'stored'");

    /// <summary>What stands in Orthanc, read by pydicom.</summary>
    private async Task<IReadOnlyList<(int Number, string Patient, IReadOnlyList<string> Evidence)>> ReportsAsync(string study)
    {
        using var folder = new TempFolder("pacs");
        var files = (await _line.Pacs.DownloadAsync(folder.Folder("files"))).Where(f => PartTen.Read(f).SopClass == SopClasses.Comprehensive3DSr).ToList();
        var revisions = files.ToDictionary(f => PartTen.Read(f).SopInstance, f => DataSetReader.Read(PartTen.Read(f).DataSet, TransferSyntax.ExplicitVrLittleEndian).DataSet.GetInt(Tags.InstanceNumber)!.Value);
        return [.. (await ReportJudges.ReadAsync(files)).Where(r => r.Study == study).Select(r => (revisions[r.Sop], r.Patient, (IReadOnlyList<string>)[.. r.Evidence]))];
    }

    /// <summary>A Key Object Selection that names images (IHE Imaging Object Change Management).</summary>
    private static PartTen Note(List<PartTen> images, Phantoms.Phantom of, string code)
    {
        static DataSet Reference(PartTen image) => new DataSet().Set(Tags.ReferencedSOPClassUID, image.SopClass).Set(Tags.ReferencedSOPInstanceUID, image.SopInstance);
        var sop = of.Study + ".999";
        var document = new DataSet()
            .Set(Tags.SOPClassUID, SopClasses.KeyObjectSelection).Set(Tags.SOPInstanceUID, sop).Set(Tags.Modality, "KO").Set(Tags.PatientID, of.Patient)
            .Set(Tags.StudyInstanceUID, of.Study).Set(Tags.SeriesInstanceUID, of.Study + ".998")
            .SetItems(Tags.CurrentRequestedProcedureEvidenceSequence, new DataSet().Set(Tags.StudyInstanceUID, of.Study)
                .SetItems(Tags.ReferencedSeriesSequence, new DataSet().Set(Tags.SeriesInstanceUID, of.Study + ".1").SetItems(Tags.ReferencedSOPSequence, [.. images.Select(Reference)])))
            .Set(Tags.ValueType, "CONTAINER")
            .SetItems(Tags.ConceptNameCodeSequence, new DataSet().Set(Tags.CodeValue, code).Set(Tags.CodingSchemeDesignator, "DCM").Set(Tags.CodeMeaning, "Rejected"))
            .SetItems(Tags.ContentSequence, [.. images.Select(i => new DataSet().Set(Tags.RelationshipType, "CONTAINS").Set(Tags.ValueType, "IMAGE").SetItems(Tags.ReferencedSOPSequence, Reference(i)))]);
        var path = images[0].Path + ".note.dcm";
        File.WriteAllBytes(path, Part10.ToBytes(new FileMeta(SopClasses.KeyObjectSelection, sop, TransferSyntax.ExplicitVrLittleEndian.Uid), document));
        return PartTen.Read(path);
    }
}
