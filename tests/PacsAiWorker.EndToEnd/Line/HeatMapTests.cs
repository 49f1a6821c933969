using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Tests.Pipeline.Delivery;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>Where a site wants heat maps: one flagged phantom, one that is not; one PACS that takes them, one that takes reports only.</summary>
[Collection(Lanes.Line)]
public sealed class HeatMapTests(TestServers servers)
{
    [Fact]
    public async Task A_flagged_image_has_its_heat_map_in_the_PACS_named_by_the_report_and_an_image_that_is_not_has_none()
    {
        using var folder = new TempFolder("heatmaps");
        using var plain = new ScriptedPacs { Accepts = (sopClass, _) => sopClass != SopClasses.SecondaryCapture };
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Models:HeatMaps:0"] = Installation.Model,
            ["Work:PollSeconds"] = 1,
            ["Dicom:Destinations:1:Name"] = "plain",
            ["Dicom:Destinations:1:AeTitle"] = ScriptedPacs.AeTitle,
            ["Dicom:Destinations:1:Host"] = "127.0.0.1",
            ["Dicom:Destinations:1:Port"] = plain.Port,
        });
        await line.Pacs.StartAsync();
        await line.MigrateAsync();
        await line.StartWorkerAsync();
        Assert.True(Cart.Store(line.DicomPort, OnePhantom.Write(folder.Path, "1.2.5", lesion: true)).IsSuccess);
        Assert.True(Cart.Store(line.DicomPort, OnePhantom.Write(folder.Path, "1.2.6", lesion: false)).IsSuccess);
        await line.WaitUntilIdleAsync();

        var files = (await line.Pacs.DownloadAsync(folder.Folder("pacs"))).ToDictionary(f => f, PartTen.Read);
        var map = Assert.Single(files.Values, f => f.SopClass == SopClasses.SecondaryCapture);
        var reports = await ReportJudges.ReadAsync(files.Where(f => f.Value.SopClass == SopClasses.Comprehensive3DSr).Select(f => f.Key));
        Assert.Equal(2, reports.Count);
        Assert.Contains(map.SopInstance, reports.Single(r => r.Study == "1.2.5").Evidence);
        Assert.DoesNotContain(map.SopInstance, reports.Single(r => r.Study == "1.2.6").Evidence);
        Assert.Equal(1, await line.Rows.CountAsync("heat_map"));
        Assert.Equal(0, await line.Rows.CountAsync("delivery WHERE state <> 'stored'"));
        await NamesNoMapAsync(plain, map.SopInstance, reports.Single(r => r.Study == "1.2.5").Sop, folder);
    }

    /// <summary>The PACS that takes none has a report of the flagged study, a document of its own, that is whole without them.</summary>
    private static async Task NamesNoMapAsync(ScriptedPacs plain, string map, string whole, TempFolder folder)
    {
        Assert.All(plain.Stored, s => Assert.Equal(SopClasses.Comprehensive3DSr, s.SopClass));
        var files = new List<string>();
        foreach (var (sopClass, sop, syntax, bytes) in plain.Stored)
        {
            files.Add(folder[sop + ".dcm"]);
            File.WriteAllBytes(files[^1], [.. Part10.Header(new FileMeta(sopClass, sop, syntax)), .. bytes]);
        }

        var report = Assert.Single(await ReportJudges.ReadAsync(files), r => r.Study == "1.2.5");
        Assert.NotEqual(whole, report.Sop);
        Assert.DoesNotContain(map, report.Evidence);
        Assert.DoesNotContain("Visual explanation", report.Words);
        Assert.Equal(2, files.Count);
        await ReportJudges.AcceptedByDciodvfyAsync(report.File);
        await ReportJudges.AcceptedByDsrdumpAsync(report.File);
    }
}
