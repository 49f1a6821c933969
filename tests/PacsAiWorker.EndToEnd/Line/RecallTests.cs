using PacsAiWorker.Dicom.Data;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>A package turns out to be wrong (safety rule 21): from the command to the last line of its list, with a real PACS and a successor beside it.</summary>
[Collection(Lanes.Line)]
public sealed class RecallTests(TestServers servers)
{
    private const string Why = "wrong threshold";

    [Fact]
    public async Task A_recalled_package_is_withdrawn_in_the_PACS_study_by_study_and_its_list_is_tracked_to_closed()
    {
        using var folder = new TempFolder("recall");
        var models = folder.Folder("models");
        ShippedPackage.Install(models, "1.0.0");
        var phantoms = (await PhantomMaker.MakeAsync(folder["images"], 16, 1, 95, "--small", "--plain")).ToList();
        var (flagged, passed, read, stranger) = (phantoms.First(p => p.Lesion), phantoms.First(p => !p.Lesion), phantoms.Last(p => p.Lesion), phantoms.Last(p => !p.Lesion));
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Models:Directory"] = models,
            [$"Models:Stages:{Installation.Model}@1.1.0"] = "report",
            ["Work:PollSeconds"] = 1,
        });
        await line.StartAllAsync();
        foreach (var phantom in new[] { flagged, passed, read })
        {
            Assert.True(Cart.Store(line.DicomPort, phantom.PartTen).IsSuccess);
        }

        // No phantom by its patient: the package, which is for demonstration, takes it for nobody's.
        Assert.True(Cart.Store(line.DicomPort, IdentityRun.Changed(stranger.PartTen, s => s.Set(Tags.PatientID, "NOBODY"))).IsSuccess);
        await line.WaitUntilIdleAsync();
        using var database = new RecordsDatabase(line.Records);
        await new ReaderStore(database).ReadAsync(Guid.Parse(await StudyAsync(line, read)), true, DateTime.UtcNow, "a reader", DateTime.UtcNow, default);
        ShippedPackage.Install(models, "1.1.0");
        await Until.HoldsAsync("the successor is in use", async () => await line.Rows.CountAsync("model WHERE version = '1.1.0'") == 1, () => Task.FromResult(line.AllLogs));
        var before = await ReportsAsync(line);

        var said = (await line.CommandAsync("model", "recall", Installation.Model, "--version", "1.0.0", "--why", Why)).Succeeded().Output;
        Assert.Contains("1 not flagged (1 unread)", said.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("1 unrouted (1 unread)", said.ReplaceLineEndings(" "), StringComparison.Ordinal);
        await Until.HoldsAsync("the worker closes what stands", async () => await line.Rows.CountAsync("recall_study WHERE closed_at IS NOT NULL") == 3, async () => $"{string.Join('\n', await line.Rows.QueryAsync("SELECT * FROM recall_study"))}\n{line.AllLogs}");
        await line.WaitUntilIdleAsync();

        // Each report of it has a successor in the PACS that names it and says that it is withdrawn.
        var after = await ReportsAsync(line);
        foreach (var (sop, study) in before.Select(r => (r.Sop, r.Study)))
        {
            var withdrawal = Assert.Single(after, r => r.Replaces == sop);
            Assert.Equal((study, true, false), (withdrawal.Study, withdrawal.IsWithdrawn, withdrawal.HasNumber));
            Assert.Contains("was recalled on", withdrawal.Text, StringComparison.Ordinal);
            Assert.Contains(Why, withdrawal.Text, StringComparison.Ordinal);
        }

        Assert.Equal(3, before.Count);
        Assert.Equal(9, after.Count);
        Assert.Equal(3, after.Count(r => r is { IsWithdrawn: false, Model: "1.1.0" }));

        // Who was not read came first, and with the tier of fresh work.
        Assert.Equal(read.Study, (await line.Rows.QueryAsync("SELECT s.study_instance_uid AS uid FROM audit_entry a JOIN study s ON s.id = a.study_id WHERE a.action = 'recalled' ORDER BY a.seq"))[^1].Text("uid"));
        Assert.Equal([read.Study], (await line.Rows.QueryAsync("SELECT s.study_instance_uid AS uid FROM work w JOIN instance i ON i.id = w.subject JOIN study s ON s.id = i.study_id WHERE w.kind = 'score' AND w.tier = 3")).Select(r => r.Text("uid")));
        Assert.Equal(["flagged", "flagged", "not flagged"], (await line.Rows.QueryAsync("SELECT kind FROM recall_study WHERE closed_by = 'worker' ORDER BY kind")).Select(r => r.Text("kind")));
        Assert.Equal(0, await line.Rows.CountAsync("result WHERE model_version = '1.0.0' AND withdraws IS NULL AND withdrawn_at IS NULL"));

        // What comes now is scored by the successor alone; nothing lets the other go on by the way.
        Assert.Contains("0 of 1 resumed", (await line.CommandAsync("model", "resume", $"{Installation.Model}@1.0.0", "--reason", "please")).Succeeded().Output, StringComparison.Ordinal);
        var late = phantoms.First(p => p.Lesion && p != flagged && p != read);
        Assert.True(Cart.Store(line.DicomPort, late.PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();
        Assert.Equal(["1.1.0"], (await line.Rows.QueryAsync($"SELECT c.model_version FROM score c JOIN instance i ON i.id = c.instance_id WHERE i.sop_instance_uid = '{late.Sop}'")).Select(r => r.Text("model_version")));
        Assert.Contains("1.0.0 was recalled on", (await line.Rows.QueryAsync($"SELECT withheld FROM instance WHERE sop_instance_uid = '{late.Sop}'"))[0].Text("withheld"), StringComparison.Ordinal);

        // Nobody could score the one that the package passed over: a person closes it, and the list is done.
        var recall = Guid.Parse((await line.Rows.QueryAsync("SELECT id FROM recall"))[0].Text("id"));
        Assert.True(await new RecallStore(database, new WorkTable(database)).CloseAsync(recall, Guid.Parse(await StudyAsync(line, stranger)), "read without the software", "rosa", DateTime.UtcNow, default));
        Assert.Contains("4 of 4", (await line.CommandAsync("model", "recall")).Succeeded().Output, StringComparison.Ordinal);
        (await line.CommandAsync("audit", "verify")).Succeeded();
    }

    private static async Task<string> StudyAsync(Installation line, Phantom phantom) => (await line.Rows.QueryAsync($"SELECT id FROM study WHERE study_instance_uid = '{phantom.Study}'"))[0].Text("id");

    /// <summary>A report as the PACS has it.</summary>
    private sealed record Kept(string Sop, string Study, string Model, string? Replaces, bool IsWithdrawn, bool HasNumber, string Text);

    private static async Task<IReadOnlyList<Kept>> ReportsAsync(Installation line)
    {
        using var folder = new TempFolder("pacs");
        return
        [
            .. (await line.Pacs.DownloadAsync(folder.Folder("files"))).Select(PartTen.Read).Where(f => f.SopClass == SopClasses.Comprehensive3DSr).Select(f =>
            {
                var document = DataSetReader.Read(f.DataSet, TransferSyntax.Find(f.TransferSyntax)!).DataSet;
                var items = Items(document).ToList();
                return new Kept(f.SopInstance, document.GetString(Tags.StudyInstanceUID)!, document.GetItems(Tags.ContributingEquipmentSequence)[0].GetString(Tags.SoftwareVersions)!,
                    document.GetItems(Tags.PredecessorDocumentsSequence).SelectMany(p => p.GetItems(Tags.ReferencedSeriesSequence)).SelectMany(s => s.GetItems(Tags.ReferencedSOPSequence)).Select(r => r.GetString(Tags.ReferencedSOPInstanceUID)).SingleOrDefault(),
                    items.Exists(i => i.GetItems(Tags.ConceptCodeSequence) is [var code, ..] && code.GetString(Tags.CodeValue) == "WITHDRAWN"), items.Exists(i => i.GetString(Tags.ValueType) == "NUM" && i.GetItems(Tags.ConceptNameCodeSequence)[0].GetString(Tags.CodeMeaning)!.Contains("robability", StringComparison.Ordinal)),
                    string.Join('\n', items.Select(i => i.GetString(Tags.TextValue))));
            }),
        ];
    }

    private static IEnumerable<DataSet> Items(DataSet set) => set.GetItems(Tags.ContentSequence).SelectMany(i => Items(i).Prepend(i));
}
