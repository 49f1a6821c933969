using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Tests.Dicom.Dimse;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class ReceiverServiceTests
{
    /// <summary>Nothing here has a database: whoever takes the report decides what it is answered.</summary>
    [Fact]
    public async Task A_report_of_storage_commitment_is_taken_from_the_PACS_that_was_asked_and_from_nobody_else()
    {
        await using var line = await ReceivingLine.StartAsync();
        var events = new MemoryCommitment();
        var log = new KeptLog<ReceiverService>();
        var options = new DicomOptions { Port = 0, Destinations = [new() { Name = "pacs", AeTitle = "PACS", StorageCommitment = true }] };
        using var receiver = new ReceiverService(options, new SpoolOptions { Watermark = new() { Percent = 100 } }, line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), TimeProvider.System, log, events);
        await receiver.StartAsync(default);
        Assert.True(Report(receiver.Port, "PACS").IsSuccess);
        Assert.Equal("PACS", Assert.Single(events.Reports).Peer);
        Assert.Throws<AssociationException>(() => Report(receiver.Port, "OTHER"));
        Assert.Contains("OTHER", Assert.Single(log.Of(1024)), StringComparison.Ordinal);
        Assert.Single(events.Reports);
        await receiver.StoppingAsync(default);
    }

    private static DimseResponse Report(int port, string callingAe)
    {
        using var client = DicomClient.Connect(new PeerAddress("PACSAI", "127.0.0.1", port), callingAe, [new ProposedContext(SopClasses.StorageCommitmentPush, TransferSyntax.ImplicitVrLittleEndian.Uid)],
            new ClientOptions { Roles = [new RoleSelection(SopClasses.StorageCommitmentPush, Scu: false, Scp: true)] });
        var answer = client.ReportEvent(SopClasses.StorageCommitmentPush, SopClasses.StorageCommitmentPushInstance, 1, new CommitmentReport("2.25.1", [new("1.2.3", "2.25.2")], []).ToDataSet());
        client.Release();
        return answer;
    }

    [Fact]
    public async Task Images_of_a_version_that_kept_files_are_not_overlooked()
    {
        await using var line = await ReceivingLine.StartAsync();
        Directory.CreateDirectory(Path.Combine(line.Root, "7f"));
        await File.WriteAllTextAsync(Path.Combine(line.Root, "7f", "0123456789abcdef0123456789abcdef.dcm"), "an image");
        using var receiver = new ReceiverService(new DicomOptions { Port = 0 }, new SpoolOptions(), line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), TimeProvider.System, NullLogger<ReceiverService>.Instance);
        var error = await Assert.ThrowsAsync<IOException>(() => receiver.StartAsync(default));
        Assert.Contains("pacs-ai-worker send", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Port);
    }
}
