using PacsAiWorker.Dicom.Data;
using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>Where a site wants heat maps: one flagged phantom, one that is not.</summary>
[Collection(Lanes.Line)]
public sealed class HeatMapTests(TestServers servers)
{
    [Fact]
    public async Task A_flagged_image_has_its_heat_map_in_the_PACS_named_by_the_report_and_an_image_that_is_not_has_none()
    {
        using var folder = new TempFolder("heatmaps");
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { [$"Models:HeatMaps:0"] = Installation.Model });
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
    }
}
