using System.Globalization;
using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Worklist;

/// <summary>The real worker beside DCMTK's modality worklist: one study comes and a person decides about it, one that is expected does not.</summary>
[Collection(Lanes.Line)]
public sealed class PersonAndAbsenceTests(TestServers servers)
{
    [Fact]
    public async Task A_person_lowers_and_raises_a_study_its_times_are_measured_and_a_study_that_is_expected_and_does_not_come_is_named_until_dismissed()
    {
        using var folder = new TempFolder("absent");
        var lists = Ports.Free();

        // A zone in which the day is some hours old, whenever the test runs.
        var zone = DateTime.UtcNow.Hour < 4 ? "Etc/GMT-8" : "Etc/UTC";
        await ExpectAsync(folder, TimeZoneInfo.ConvertTimeFromUtc(DateTime.UtcNow, TimeZoneInfo.FindSystemTimeZoneById(zone)));
        await using var list = Child.Start(Tool.Find("/usr/bin/wlmscpfs", "dcmtk"), ["-dfp", folder["lists"], $"{lists}"]);
        await Until.HoldsAsync("wlmscpfs answers", () => Ports.AnswersAsync(lists), () => Task.FromResult(list.Log));
        var phantom = (await PhantomMaker.MakeAsync(folder["images"], 6, 1, 67, "--small", "--plain")).First(p => p.Lesion);
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Site:TimeZone"] = zone,
            ["Worklist:Mwl:AeTitle"] = "LIST",
            ["Worklist:Mwl:Host"] = "127.0.0.1",
            ["Worklist:Mwl:Port"] = lists,
            ["Worklist:Mwl:Expect"] = true,
            ["Worklist:Mwl:ExpectedAfterMinutes"] = 5,
            [$"Models:Priorities:0:Model"] = Installation.Model,
            [$"Models:Priorities:0:Priority"] = "TP2",
        });
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, phantom.PartTen).IsSuccess);
        await line.WaitUntilIdleAsync();

        var entry = await EntryAsync(line);
        var study = entry["studyInstanceUid"]!.GetValue<string>();
        Assert.Equal("TP2", entry["priority"]!.GetValue<string>());
        Assert.All(new[] { "secondsToScore", "secondsToFlag", "secondsToDecision", "secondsToStored" }, step => Assert.True(entry["times"]![step]!.GetValue<double>() >= 0, entry.ToJsonString()));
        Assert.False(entry["times"]!["isSkewed"]!.GetValue<bool>());

        Assert.Equal(2, (await line.CommandAsync("worklist", "lower", study, "--model", "kidney", "--why", "x")).ExitCode);
        (await line.CommandAsync("worklist", "lower", study, "--model", Installation.Model, "--why", "an artefact")).Succeeded();
        entry = await EntryAsync(line);
        Assert.Equal(("TP4", "an artefact"), (entry["priority"]!.GetValue<string>(), entry["overrides"]![0]!["why"]!.GetValue<string>()));
        (await line.CommandAsync("worklist", "raise", study, "--to", "TP1", "--why", "in pain")).Succeeded();
        Assert.Equal("TP1", (await EntryAsync(line))["priority"]!.GetValue<string>());
        (await line.CommandAsync("worklist", "lower", study, "--raised", "--why", "was another patient")).Succeeded();
        Assert.Equal("TP4", (await EntryAsync(line))["priority"]!.GetValue<string>());

        var status = await line.CommandAsync("status", "--json");
        Assert.Equal(1, status.ExitCode);
        var absent = Assert.Single(JsonNode.Parse(status.Output)!["absent"]!.AsArray())!;
        Assert.Equal(("an expected study has not come", "1.2.3.77"), (absent["kind"]!.GetValue<string>(), absent["studyInstanceUid"]!.GetValue<string>()));
        Assert.Equal(1, JsonNode.Parse(status.Output)!["timeToFlag"]![0]!["flag"]!["count"]!.GetValue<int>());
        Assert.DoesNotContain("Absentee", line.AllLogs + status.Output + (await line.Worker.GetAsync("metrics")).Text, StringComparison.Ordinal);
        (await line.CommandAsync("worklist", "dismiss", absent["subject"]!.GetValue<string>(), "--why", "did not appear")).Succeeded();
        Assert.Equal(0, (await line.CommandAsync("status")).ExitCode);

        var metrics = (await line.Worker.GetAsync("metrics")).Text;
        Assert.Contains("pacsai_door_to_flag_seconds_count{tier=\"routine\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("pacsai_door_to_sr_seconds_count{tier=\"routine\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("pacsai_invariant_violations{rule=\"a study has no verdict after its limit\"} 0\n", metrics, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> EntryAsync(Installation line) => JsonNode.Parse((await line.CommandAsync("worklist", "--json")).Succeeded().Output)!.AsArray()[0]!;

    /// <summary>One ultrasound scheduled for the first minutes of the day.</summary>
    private static async Task ExpectAsync(TempFolder folder, DateTime today)
    {
        var list = Directory.CreateDirectory(Path.Combine(folder.Folder("lists"), "LIST")).FullName;
        await File.WriteAllTextAsync(Path.Combine(list, "lockfile"), "");
        await File.WriteAllTextAsync(folder["absent.dump"], $"""
            (0008,0050) SH [A77]
            (0010,0010) PN [Absentee^Jane]
            (0010,0020) LO [P77]
            (0010,0030) DA [20000101]
            (0010,0040) CS [O]
            (0020,000d) UI [1.2.3.77]
            (0032,1060) LO [Ultrasound]
            (0040,0100) SQ
            (fffe,e000) na
            (0008,0060) CS [US]
            (0040,0001) AE [US1]
            (0040,0002) DA [{today.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}]
            (0040,0003) TM [000500]
            (0040,0007) LO [Ultrasound]
            (0040,0009) SH [S77]
            (fffe,e00d) na
            (fffe,e0dd) na
            (0040,1001) SH [R77]
            (0040,1003) SH [ROUTINE]
            """);
        (await Tool.RunAsync(Tool.Find("/usr/bin/dump2dcm", "dcmtk"), [folder["absent.dump"], Path.Combine(list, "absent.wl")])).Succeeded();
    }
}
