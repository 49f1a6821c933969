using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>The whole worker sends to Orthanc's DICOMweb service.</summary>
[Collection(Lanes.Line)]
public sealed class StowEndToEndTests
{
    [Fact]
    public async Task A_report_goes_to_Orthanc_by_STOW_RS_bit_for_bit_and_is_found_there_by_QIDO_RS()
    {
        using var folder = new TempFolder("stow");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 2, 72, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = Installation.ByWeb().With(new Dictionary<string, object?> { ["Dicom:Destinations:0:VerifyByQuery"] = true });
        await line.StartAllAsync();
        Assert.All(files, f => Assert.True(Cart.Store(line.DicomPort, f).IsSuccess));
        await Until.HoldsAsync("the report is found", async () => await line.Rows.CountAsync("delivery WHERE committed_at IS NOT NULL") == 1, () => Task.FromResult(line.AllLogs));
        await line.WaitUntilIdleAsync();
        var row = Assert.Single(await line.Rows.QueryAsync("SELECT d.state, d.detail, d.commitment, p.sop_instance_uid AS sop, p.content FROM delivery d JOIN report p ON p.id = d.report_id"));
        Assert.Equal(("stored", "0000H HTTP 200", "found by query"), (row.Text("state"), row.Text("detail"), row.Text("commitment")));
        Assert.Equal("1 of 1 found by query (QIDO-RS)", (await line.Rows.QueryAsync("SELECT detail FROM commitment_request"))[0].Text("detail"));
        Assert.Contains("found by query", (await line.CommandAsync("worklist")).Succeeded().Output, StringComparison.Ordinal);
        var stored = Assert.Single(await line.Pacs.InstancesAsync());
        Assert.Equal(row.Text("sop"), stored.Key);
        Assert.Equal(row.Bytes("content"), await line.Pacs.FileAsync(stored.Value));
    }
}
