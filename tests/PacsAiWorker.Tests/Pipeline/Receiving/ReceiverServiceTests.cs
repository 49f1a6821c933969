using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
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
        using var receiver = new ReceiverService(options, new SpoolOptions { Watermark = new() { Percent = 100 } }, line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), line.Steps, TimeProvider.System, log, events);
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
        using var receiver = new ReceiverService(new DicomOptions { Port = 0 }, new SpoolOptions(), line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), line.Steps, TimeProvider.System, NullLogger<ReceiverService>.Instance);
        var error = await Assert.ThrowsAsync<IOException>(() => receiver.StartAsync(default));
        Assert.Contains("pacs-ai-worker send", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Port);
    }

    /// <summary>A modality over a real association: what it says of its step stands in the records, and what the standard forbids is refused.</summary>
    [Fact]
    public async Task A_modality_tells_of_its_step_and_what_it_made()
    {
        await using var line = await ReceivingLine.StartAsync();
        using var receiver = new ReceiverService(new DicomOptions { Port = 0 }, new SpoolOptions(), line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), line.Steps, TimeProvider.System, NullLogger<ReceiverService>.Instance);
        await receiver.StartAsync(default);
        using (var modality = DicomClient.Connect(new PeerAddress("PACSAI", "127.0.0.1", receiver.Port), "US1", [new ProposedContext(ServiceClasses.Mpps, [TransferSyntax.ExplicitVrLittleEndian.Uid])]))
        {
            DataSet begun = new DataSet().Set(MppsDecider.Status, "IN PROGRESS");
            Assert.Equal(DimseStatus.MissingAttributeValue, modality.CreateInstance(ServiceClasses.Mpps, "1.2.3", begun).Status);
            begun.SetItems(Tags.ScheduledStepAttributesSequence, new DataSet().Set(Tags.StudyInstanceUID, "1.2"));
            Assert.True(modality.CreateInstance(ServiceClasses.Mpps, "1.2.3", begun).IsSuccess);
            Assert.Equal(DimseStatus.DuplicateInstance, modality.CreateInstance(ServiceClasses.Mpps, "1.2.3", begun).Status);
            DataSet ended = new DataSet().Set(MppsDecider.Status, "COMPLETED").SetItems(Tags.PerformedSeriesSequence, new DataSet().SetItems(Tags.ReferencedImageSequence,
                new DataSet().Set(Tags.ReferencedSOPInstanceUID, "1.2.1.1"), new DataSet().Set(Tags.ReferencedSOPInstanceUID, "1.2.1.2")));
            Assert.True(modality.SetInstance(ServiceClasses.Mpps, "1.2.3", ended).IsSuccess);
            Assert.Equal(MppsDecider.MayNoLongerBeUpdated, modality.SetInstance(ServiceClasses.Mpps, "1.2.3", ended).ErrorId);
            modality.Release();
        }

        await receiver.StoppingAsync(default);
        var step = await new PerformedStepStore(line.Database, new WorkTable(line.Database), TimeProvider.System).FindAsync("1.2.3", default);
        Assert.Equal((StepStates.Completed, "1.2", "US1", """["1.2.1.1","1.2.1.2"]"""), (step!.State, step.StudyInstanceUid, step.CallingAe, step.Images));
    }
}
