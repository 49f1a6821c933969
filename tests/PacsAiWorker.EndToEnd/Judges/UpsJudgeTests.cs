using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records.Rows;
using Xunit;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>No program of others here knows the object itself (dciodvfy has no such class), so they judge its encoding.</summary>
public sealed class UpsJudgeTests
{
    [Fact]
    public async Task Others_read_a_work_item_as_we_wrote_it()
    {
        using var folder = new TempFolder("ups");
        var patient = new OruPatient("PID-1", "HOSP", "Mc & Sons^Zoë", "20190101", "F", "ACC1", "ORD1", null);
        var item = UpsBuilder.Create(new UpsContent("1.2.3", Priorities.High, "A", patient, new DateTimeOffset(2026, 11, 22, 10, 30, 0, TimeSpan.FromHours(1)),
            [new UpsImage("1.2.3.1", SopClasses.UltrasoundImage, "1.2.3.1.1")], new UpsOptions { RetrieveAeTitle = "ARCHIVE", WorklistLabel = "AI" }));
        var file = folder["item.dcm"];
        await File.WriteAllBytesAsync(file, Part10.ToBytes(new FileMeta(SopClasses.UnifiedProcedureStepPush, "2.25.1", TransferSyntax.ExplicitVrLittleEndian.Uid), item));

        var ours = DataSetsElements.Ours(item).Select(e => (e.Path, e.Vr)).Order().ToList();
        var theirs = Assert.Single(await DataSetsElements.PydicomAsync([file]));
        Assert.Null(theirs.Error);
        Assert.Equal(ours, theirs.Elements.Select(e => (e.Path, e.Vr)).Order());
        Assert.Null((await DataSetsElements.DcmdumpAsync(file)).Error);
    }
}
