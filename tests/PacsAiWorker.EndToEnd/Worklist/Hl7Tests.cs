using System.Text.Json;
using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Worklist;

/// <summary>The real worker beside an information system made of python3-hl7.</summary>
[Collection(Lanes.Line)]
public sealed class Hl7Tests(TestServers servers)
{
    /// <summary>One message as python3-hl7 understood it.</summary>
    private sealed record Told(
        string Sha256, string Kind, string Control, string Version, string Charset, string PatientId, string Family, string Given, string BirthDate, string Sex,
        string Filler, string Accession, string ResultStatus, IReadOnlyList<string> Letters, IReadOnlyList<ToldValue> Observations);

    private sealed record ToldValue(string Type, IReadOnlyList<string> Concept, string Set, IReadOnlyList<string> Value, IReadOnlyList<string> Units, string Range, string Flag, string Status);

    private sealed record Answered(string Code, string Control, string Sent);

    [Fact]
    public async Task Each_rise_is_told_as_the_rows_have_it_through_a_receiver_that_is_away_and_a_worker_that_is_killed_before_it_saw_the_answer()
    {
        using var folder = new TempFolder("hl7");
        var (port, silent, heard) = (Ports.Free(), folder["silent.jsonl"], folder["heard.jsonl"]);
        var phantoms = await PhantomMaker.MakeAsync(folder["images"], 6, 1, 61, "--small", "--plain", "--name", "Mc & Sons^Zoë");
        await using var line = await Installation.NewAsync(servers, Road.Embedded, Settings(port));
        await line.StartAllAsync();
        Assert.All(phantoms, p => Assert.True(Cart.Store(line.DicomPort, p.PartTen).IsSuccess));
        await Until.HoldsAsync("all are decided, and an attempt of each that was flagged found nobody", async () => await line.Rows.CountAsync("study WHERE state = 'complete'") == 6
            && await line.Rows.CountAsync("study WHERE priority = 'TP3'") == await line.Rows.CountAsync("priority_notice WHERE attempts > 0"), () => Task.FromResult(line.AllLogs));
        var flagged = (await line.Rows.QueryAsync("SELECT study_instance_uid AS study FROM study WHERE priority = 'TP3'")).Select(r => r.Text("study")).Order().ToList();
        Assert.NotEmpty(flagged);

        // The message arrives, the answer never: the worker dies without knowing.
        await using (var receiver = Listen(port, silent, "--silent"))
        {
            await Until.HoldsAsync("a message arrived", () => File.Exists(silent), () => receiver.Log + line.AllLogs);
            await line.Worker.KillAsync();
        }

        await using var ris = Listen(port, heard);
        await line.StartWorkerAsync();
        await line.WaitUntilIdleAsync();
        Assert.Equal(flagged.Count, await line.Rows.CountAsync("priority_notice WHERE state = 'acknowledged'"));

        var messages = Read(heard);
        Assert.Equal(messages.Count, messages.Select(m => m.Control).Distinct().Count());
        foreach (var first in Read(silent))
        {
            Assert.Equal(first.Sha256, messages.Single(m => m.Control == first.Control).Sha256);
        }

        var rows = await line.Rows.QueryAsync("""
            SELECT s.study_instance_uid AS study, n.control_id, n.letter, n.priority, i.patient_id, i.accession_number, i.birth_date, i.sex, r.probability, r.threshold, r.priority AS result_priority
            FROM priority_notice n JOIN study s ON s.id = n.study_id JOIN patient_identity i ON i.study_id = s.id JOIN result r ON r.study_id = s.id
            """);
        Assert.Equal(flagged, rows.Select(r => r.Text("study")).Order());
        foreach (var row in rows)
        {
            Compare(row, messages.Single(m => m.Control == row.Text("control_id")));
        }

        Assert.DoesNotContain("Sons", line.AllLogs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_information_system_tells_is_seen_on_the_worklist_and_lets_a_rise_be_told_that_waited_for_it()
    {
        using var folder = new TempFolder("ris");
        var (port, own, heard) = (Ports.Free(), Ports.Free(), folder["heard.jsonl"]);
        var phantom = (await PhantomMaker.MakeAsync(folder["images"], 6, 1, 62, "--small", "--plain")).First(p => p.Lesion);
        await using var ris = Listen(port, heard);
        var settings = Settings(port);
        settings["Worklist:Hl7:RaiseOnly"] = false;
        settings["Worklist:Hl7:Listen:Enabled"] = true;
        settings["Worklist:Hl7:Listen:Port"] = own;
        settings["Work:PollSeconds"] = 1;
        await using var line = await Installation.NewAsync(servers, Road.Distributed, settings);
        await line.StartAllAsync();
        (await line.CommandAsync("worklist", "stop", "--why", "go-live next week")).Succeeded();
        Assert.True(Cart.Store(line.DicomPort, phantom.PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();
        var accession = (await line.Rows.QueryAsync("SELECT accession_number FROM patient_identity"))[0].Text("accession_number");
        Assert.Contains("go-live next week", (await EntryAsync(line))["notices"]![0]!["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("PRIORITY MESSAGES ARE STOPPED", (await line.CommandAsync("status")).Output, StringComparison.Ordinal);
        Assert.Contains("PRIORITY MESSAGES ARE STOPPED", (await line.CommandAsync("worklist")).Succeeded().Output, StringComparison.Ordinal);

        (await line.CommandAsync("worklist", "resume", "--why", "it is next week")).Succeeded();
        await Until.HoldsAsync("the order's priority is what is missing now", async () => await line.Rows.CountAsync("priority_notice WHERE reason_code = 'unknown priority'") == 1, () => Task.FromResult(line.AllLogs));
        Assert.False(File.Exists(heard));

        await TellAsync(own, "AA", "ORM", phantom.Patient, accession, "R");
        await Until.HoldsAsync("the rise was told", async () => await line.Rows.CountAsync("priority_notice WHERE state = 'acknowledged'") == 1, () => Task.FromResult(line.AllLogs));
        Assert.Equal(accession, Assert.Single(Read(heard)).Accession);
        Assert.Equal("ROUTINE", (await EntryAsync(line))["order"]!["priority"]!.GetValue<string>());

        await TellAsync(own, "AE", "JUNK", phantom.Patient, accession);
        await TellAsync(own, "AA", "A08", phantom.Patient, accession, "Reconciled");
        await TellAsync(own, "AA", "A40", "PHANTOM-NEW", accession, phantom.Patient);
        await TellAsync(own, "AA", "ORU", "PHANTOM-NEW", accession);
        await line.WaitUntilIdleAsync();
        var entry = await EntryAsync(line);
        Assert.Equal(("PHANTOM-NEW", "ADT^A40", "read", "ORU^R01"), (entry["patientId"]!.GetValue<string>(), entry["identityFrom"]!.GetValue<string>(),
            entry["order"]!["readState"]!.GetValue<string>(), entry["order"]!["readSource"]!.GetValue<string>()));
        Assert.Equal("complete", entry["state"]!.GetValue<string>());
        Assert.InRange(entry["revision"]!.GetValue<int>(), 2, 3);
        Assert.Equal("Reconciled^Jane", (await line.Rows.QueryAsync("SELECT patient_name FROM reconciled_identity"))[0].Text("patient_name"));
        Assert.Equal(entry["revision"]!.GetValue<int>(), (await line.Rows.QueryAsync("SELECT MAX(revision) AS n FROM result"))[0].Number("n"));
        var audit = (await line.CommandAsync("audit", "query", "--json")).Succeeded().Output;
        Assert.Contains("identity reconciled", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("Reconciled^", audit + line.AllLogs, StringComparison.Ordinal);
        Assert.DoesNotContain(phantom.Patient, audit + line.AllLogs, StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Settings(int port) => new()
    {
        ["Worklist:Hl7:Enabled"] = true,
        ["Worklist:Hl7:Host"] = "127.0.0.1",
        ["Worklist:Hl7:Port"] = port,
        ["Worklist:Hl7:RaiseOnly"] = true,
        ["Worklist:Hl7:ReceivingApplication"] = "RIS",
        ["Worklist:Hl7:MaxStudyAgeDays"] = 365,
    };

    private static Child Listen(int port, string file, params string[] more)
    {
        Tool.Find("/usr/lib/python3/dist-packages/hl7/__init__.py", "python3-hl7");
        return Child.Start("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Worklist/listen_hl7.py"), $"{port}", file, .. more]);
    }

    private static IReadOnlyList<Told> Read(string file) => [.. File.ReadLines(file).Select(l => JsonSerializer.Deserialize<Told>(l, JsonSerializerOptions.Web)!)];

    private static async Task TellAsync(int port, string expected, params string[] arguments)
    {
        var answer = await PhantomMaker.PythonAsync<Answered>("Worklist/send_hl7.py", [$"{port}", .. arguments]);
        Assert.Equal((expected, answer.Sent), (answer.Code, answer.Control));
    }

    private static async Task<JsonNode> EntryAsync(Installation line) => JsonNode.Parse((await line.CommandAsync("worklist", "--json")).Succeeded().Output)!.AsArray()[0]!;

    private static void Compare(Row row, Told told)
    {
        Assert.Equal(("ORU^R01^ORU_R01", "2.5.1", "UNICODE UTF-8", "P"), (told.Kind, told.Version, told.Charset, told.ResultStatus));
        Assert.Equal((row.Text("patient_id"), "Mc & Sons", "Zoë"), (told.PatientId, told.Family, told.Given));
        Assert.Equal((row["birth_date"] ?? "", row["sex"] ?? ""), (told.BirthDate, told.Sex));
        Assert.Equal((row.Text("accession_number"), row.Text("accession_number")), (told.Accession, told.Filler));
        Assert.All(told.Letters, l => Assert.Equal(row.Text("letter"), l));
        ToldValue Of(string concept) => told.Observations.Single(o => o.Concept[0] == concept);
        Assert.Equal(row.Text("study"), Of("110180").Value[0]);
        Assert.Equal(row.Text("result_priority"), Of("TRIAGE_PRIORITY").Value[0]);
        Assert.Equal(Math.Round(row.Real("probability"), 4), double.Parse(Of("122157").Value[0], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(("1", "no units", "UCUM"), (Of("122157").Units[0], Of("122157").Units[1], Of("122157").Units[2]));
        Assert.Equal("A", Of("121071").Flag);
        Assert.All(told.Observations, o => Assert.Equal("P", o.Status));
    }
}
