using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Pipeline.Worklist;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>Our C-FIND and findscu read the same worklist from wlmscpfs, and the same studies from Orthanc.</summary>
public sealed class WorklistTests
{
    private static readonly string Syntax = TransferSyntax.ExplicitVrLittleEndian.Uid;

    private static DataSet Query() => new DataSet()
        .Set(Tags.AccessionNumber).Set(Tags.PatientID).Set(Tags.PatientName).Set(Tags.StudyInstanceUID)
        .SetItems(Tags.ScheduledProcedureStepSequence, new DataSet().Set(Tags.Modality, "US").Set(Tags.ScheduledStationAETitle).Set(Tags.ScheduledProcedureStepStartDate));

    [Fact]
    public async Task Both_find_the_same_worklist_entries()
    {
        using var folder = new TempFolder("worklist");
        var port = Ports.Free();
        await FillAsync(folder, 12);
        await using var server = Child.Start(Tool.Find("/usr/bin/wlmscpfs", "dcmtk"), ["-dfp", folder["lists"], $"{port}"]);
        await Until.HoldsAsync("wlmscpfs answers", () => Ports.AnswersAsync(port), () => Task.FromResult(server.Log));

        var result = Find(port, 100);
        Assert.True(result.Final.IsSuccess, result.Final.ToString());
        var found = result.Matches.Select(m => $"{m.GetString(Tags.AccessionNumber)} {m.GetString(Tags.PatientID)} {m.GetString(Tags.StudyInstanceUID)}").Order().ToList();

        var theirs = (await Tool.RunAsync(Tool.Find("/usr/bin/findscu", "dcmtk"),
        [
            "-W", "-aec", "LIST", "-k", "0008,0050", "-k", "0010,0020", "-k", "0020,000d", "-k", "0040,0100[0].0008,0060=US", "-X", "-od", folder.Folder("found"), "127.0.0.1", $"{port}",
        ])).Succeeded();
        var other = Directory.EnumerateFiles(folder["found"]).Select(f => DataSetReader.Read(Body(f), TransferSyntax.ExplicitVrLittleEndian).DataSet)
            .Select(m => $"{m.GetString(Tags.AccessionNumber)} {m.GetString(Tags.PatientID)} {m.GetString(Tags.StudyInstanceUID)}").Order().ToList();
        Assert.True(other.Count == 12, theirs.All);
        Assert.Equal(other, found);
        Assert.Equal(3, Find(port, 3).Matches.Count);
    }

    [Fact]
    public async Task The_priority_of_an_order_is_found_by_its_accession_number_and_patient()
    {
        using var folder = new TempFolder("orders");
        var port = Ports.Free();
        await FillAsync(folder, 2);
        await using var server = Child.Start(Tool.Find("/usr/bin/wlmscpfs", "dcmtk"), ["-dfp", folder["lists"], $"{port}"]);
        await Until.HoldsAsync("wlmscpfs answers", () => Ports.AnswersAsync(port), () => Task.FromResult(server.Log));
        var lookup = new OrderLookup(new MwlOptions { AeTitle = "LIST", Host = "127.0.0.1", Port = port }, "PACSAI", TimeProvider.System, NullLogger<OrderLookup>.Instance);
        Assert.Equal("HIGH", await lookup.PriorityAsync("A1", "P1", default));
        Assert.Equal("", await lookup.PriorityAsync("A0", "P1", default));
        Assert.Equal("", await lookup.PriorityAsync("A7", "P7", default));
        Assert.Equal("", await lookup.PriorityAsync("A*", "", default));
        Assert.Equal(new OrderAnswer("HIGH", "20000101", null), await lookup.AskAsync("A1", "P1", default));
        Assert.Equal(OrderAnswer.Nothing, await lookup.AskAsync("A0", "P1", default));
    }

    private static FindResult Find(int port, int most)
    {
        using var client = DicomClient.Connect(new PeerAddress("LIST", "127.0.0.1", port), "PACSAI", [new ProposedContext(SopClasses.ModalityWorklistFind, Syntax)]);
        var result = client.Find(SopClasses.ModalityWorklistFind, Query(), most);
        client.Release();
        return result;
    }

    /// <summary>The data set of a file that findscu wrote, found with the reader of the tests.</summary>
    private static byte[] Body(string path) => Line.PartTen.Read(path).DataSet;

    private static async Task FillAsync(TempFolder folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await ListAsync(folder, i, $"A{i}", $"P{i}", "20000101");
        }
    }

    /// <summary>Writes one entry of a list LIST for wlmscpfs below the folder's "lists".</summary>
    internal static async Task ListAsync(TempFolder folder, int i, string accession, string patient, string birthDate)
    {
        var list = Directory.CreateDirectory(Path.Combine(folder.Folder("lists"), "LIST")).FullName;
        await File.WriteAllTextAsync(Path.Combine(list, "lockfile"), "");
        var dump = folder[$"{i}.dump"];
        await File.WriteAllTextAsync(dump, $"""
                (0008,0050) SH [{accession}]
                (0010,0010) PN [Phantom^{i}]
                (0010,0020) LO [{patient}]
                (0010,0030) DA [{birthDate}]
                (0010,0040) CS [O]
                (0020,000d) UI [1.2.3.{i + 1}]
                (0032,1060) LO [Ultrasound]
                (0040,0100) SQ
                (fffe,e000) na
                (0008,0060) CS [US]
                (0040,0001) AE [US1]
                (0040,0002) DA [20260101]
                (0040,0003) TM [100000]
                (0040,0007) LO [Ultrasound]
                (0040,0009) SH [S{i}]
                (fffe,e00d) na
                (fffe,e0dd) na
                (0040,1001) SH [R{i}]
                (0040,1003) SH [HIGH]
                """);
        (await Tool.RunAsync(Tool.Find("/usr/bin/dump2dcm", "dcmtk"), [dump, Path.Combine(list, $"{i}.wl")])).Succeeded();
    }
}
