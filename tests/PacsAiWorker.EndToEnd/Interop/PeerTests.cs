using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>peer/peer.cc, built once for the run.</summary>
public sealed class PeerProgram : IAsyncLifetime
{
    private readonly TempFolder _folder = new("peer");

    internal string Path => _folder["peer"];

    public async Task InitializeAsync()
    {
        Tool.Find("/usr/include/dcmtk/dcmnet/dimse.h", "libdcmtk-dev");
        var source = System.IO.Path.Combine(AppContext.BaseDirectory, "Interop", "peer", "peer.cc");
        (await Tool.RunAsync(Tool.Find("/usr/bin/g++", "g++"), ["-O0", "-w", "-o", Path, source, "-ldcmnet", "-ldcmdata", "-loflog", "-lofstd"])).Succeeded();
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Performed procedure steps, role selection and event reports against a peer over DCMTK's library, both ways.</summary>
public sealed class PeerTests(PeerProgram peer) : IClassFixture<PeerProgram>
{
    private const string Push = SopClasses.StorageCommitmentPush;

    private static DataSet Step(string status) => new DataSet().Set(MppsDecider.Status, Vr.CS, status);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [Fact]
    public async Task A_performed_procedure_step_lives_by_the_standards_rules()
    {
        using var scp = new InteropScp();
        var result = (await Tool.RunAsync(peer.Path, ["mpps", "127.0.0.1", $"{scp.Port}"])).Succeeded();
        Assert.Equal(["role Default", "create 0000", "create 0111", "set 0000", "set 0110", "error A710", "set 0112"], Lines(result.Output));
        Assert.Equal(MppsState.Completed, Assert.Single(scp.Steps).Value);
    }

    [Fact]
    public async Task A_PACS_reports_in_the_role_that_it_negotiated()
    {
        using var scp = new InteropScp();
        var result = (await Tool.RunAsync(peer.Path, ["report", "127.0.0.1", $"{scp.Port}", "1.2.3.99"])).Succeeded();
        Assert.Equal(["role SCP", "report 0000"], Lines(result.Output));
        Reported(Assert.Single(scp.Reports), "1.2.3.99");
    }

    [Fact]
    public async Task A_PACS_reports_on_the_association_that_asked_and_takes_our_steps()
    {
        var port = Ports.Free();
        await using var program = Child.Start(peer.Path, ["serve", $"{port}"]);
        await Until.HoldsAsync("the peer listens", () => program.Log.Contains("listening", StringComparison.Ordinal), () => program.Log);
        using var events = new InteropScp();
        var syntax = TransferSyntax.ImplicitVrLittleEndian.Uid;
        using var client = DicomClient.Connect(
            new PeerAddress("PEER", "127.0.0.1", port), "PACSAI", [new ProposedContext(Push, syntax), new ProposedContext(ServiceClasses.Mpps, syntax)], new ClientOptions { Commitment = events });
        Assert.True(client.RequestCommitment("1.2.3.98", [new(SopClasses.ComprehensiveSr, "1.2.3.1"), new(SopClasses.ComprehensiveSr, "1.2.3.2")]).IsSuccess);
        Assert.True(client.ServeFor(TimeSpan.FromMinutes(1), () => !events.Reports.IsEmpty));
        Reported(Assert.Single(events.Reports), "1.2.3.98");
        Assert.True(client.CreateInstance(ServiceClasses.Mpps, "1.2.3.7", Step("IN PROGRESS")).IsSuccess);
        Assert.True(client.SetInstance(ServiceClasses.Mpps, "1.2.3.7", Step("COMPLETED")).IsSuccess);
        client.Release();
        await program.WaitForExitAsync();
        Assert.Equal(0, program.ExitCode);
        Assert.Equal(["listening", "action 1 1.2.3.98", "report 0000", "step IN PROGRESS", "step COMPLETED", "released"], Lines(program.Log));
    }

    private static void Reported(CommitmentReport report, string transaction)
    {
        Assert.Equal(transaction, report.TransactionUid);
        Assert.Equal([new CommitmentItem(SopClasses.ComprehensiveSr, "1.2.3.1")], report.Committed);
        Assert.Equal([new CommitmentItem(SopClasses.ComprehensiveSr, "1.2.3.2", DimseStatus.NoSuchInstance)], report.Failed);
    }
}
