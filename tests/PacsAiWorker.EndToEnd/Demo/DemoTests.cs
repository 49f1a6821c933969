using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Demo;

[Collection(Lanes.Line)]
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_accounts_for_every_study_and_leaves_reports_that_validate()
    {
        using var folder = new TempFolder("demo");
        var demo = (await Tool.RunAsync(WorkerProcess.Program, ["demo", "--once", "--out", folder["out"], "--studies", "6"], null, folder.Path)).Succeeded();
        Assert.DoesNotContain("could not", demo.All, StringComparison.Ordinal);
        var rows = JsonNode.Parse(await File.ReadAllTextAsync(folder["out/summary.json"]))!.AsArray();
        Assert.True(rows.Count >= 6);
        Assert.All(rows, r => Assert.True(r!["accounted"]!.GetValue<bool>(), r.ToJsonString()));
        Assert.All(rows.Where(r => r!["reportUid"] is not null), r => Assert.Equal("committed", r!["committed"]!.GetValue<string>()));
        Assert.Contains(rows, r => r!["finding"]!.GetValue<string>() == "lesion flagged");
        Assert.Contains(rows, r => r!["finding"]!.GetValue<string>() == "not flagged");

        var reports = Directory.GetFiles(folder["out/pacs"], "*.dcm");
        var read = await ReportJudges.ReadAsync(reports);
        Assert.All(rows.Select(r => r!["reportUid"]?.GetValue<string>()).OfType<string>(), uid => Assert.Contains(read, r => r.Sop == uid));
        foreach (var report in reports)
        {
            await ReportJudges.AcceptedByDciodvfyAsync(report);
        }

        Assert.NotEmpty(JsonNode.Parse(await File.ReadAllTextAsync(folder["out/worklist.json"]))!.AsArray());
        Assert.True((await File.ReadAllLinesAsync(folder["out/audit.csv"])).Length > 1);
    }
}
