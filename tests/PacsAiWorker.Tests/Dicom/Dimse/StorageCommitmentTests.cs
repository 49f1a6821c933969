using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Tests.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

/// <summary>Results of storage commitment kept in memory.</summary>
internal sealed class MemoryCommitment : ICommitmentEvents
{
    public List<(string Peer, CommitmentReport Report)> Reports { get; } = [];

    public DimseResponse Report(ServiceRequest request, CommitmentReport report)
    {
        Reports.Add((request.PeerAe, report));
        return DimseResponse.Success;
    }
}

public class StorageCommitmentTests
{
    private const string Push = SopClasses.StorageCommitmentPush;
    private const string Instance = SopClasses.StorageCommitmentPushInstance;
    private static readonly CommitmentReport Partly = new("1.2.9", [new("1.2", "1.2.1")], [new("1.2", "1.2.2", 0x0112)]);
    private static readonly ProposedContext Context = new(Push, TransferSyntax.ImplicitVrLittleEndian.Uid);

    private static CommandSet Event(ushort id, ushort type = 2) => new()
    {
        AffectedSopClassUid = Push,
        Field = CommandField.NEventReportRq,
        MessageId = id,
        AffectedSopInstanceUid = Instance,
        EventTypeId = type,
    };

    private static CommandSet Accepted(CommandSet request) => Responses.To(request, DimseResponse.Success);

    private static void Same(CommitmentReport expected, CommitmentReport read)
    {
        Assert.Equal(expected.TransactionUid, read.TransactionUid);
        Assert.Equal(expected.Committed, read.Committed);
        Assert.Equal(expected.Failed, read.Failed);
    }

    [Fact]
    public void A_report_is_read_as_it_was_written()
    {
        Same(Partly, CommitmentReport.Read(2, Partly.ToDataSet()).Report!);
        var all = new CommitmentReport("1.2.9", [new("1.2", "1.2.1")], []);
        Same(all, CommitmentReport.Read(1, all.ToDataSet()).Report!);
        Assert.Equal([1, 2], new[] { (int)all.EventType, Partly.EventType });
    }

    [Fact]
    public void A_report_that_says_nothing_is_refused()
    {
        Assert.Equal(DimseStatus.NoSuchEventType, CommitmentReport.Read(3, Partly.ToDataSet()).Refusal.Status);
        Assert.Equal(DimseStatus.NoSuchEventType, CommitmentReport.Read(null, Partly.ToDataSet()).Refusal.Status);
        Assert.Equal(DimseStatus.MissingAttribute, CommitmentReport.Read(1, new DataSet()).Refusal.Status);
        Assert.Equal(DimseStatus.InvalidAttributeValue, CommitmentReport.Read(1, new DataSet().Set(Tags.TransactionUID, "x")).Refusal.Status);
        Assert.Equal(DimseStatus.MissingAttribute, CommitmentReport.Read(2, new DataSet().Set(Tags.TransactionUID, "1.2")).Refusal.Status);
    }

    [Fact]
    public void A_report_of_success_that_names_failures_is_believed_in_its_failures() =>
        Assert.Single(CommitmentReport.Read(1, Partly.ToDataSet()).Report!.Failed);

    [Fact]
    public async Task The_result_comes_on_the_same_association()
    {
        var events = new MemoryCommitment();
        bool got = await RawPeer.Against(
            peer =>
            {
                CommandSet action = peer.ReceiveRequest();
                Assert.Equal((Instance, (ushort?)1), (action.RequestedSopInstanceUid, action.ActionTypeId));
                peer.Message(1, Accepted(action), null).Message(1, Event(7), Partly.ToDataSet());
                CommandSet answer = peer.ReceiveResponse();
                Assert.Equal((0x8100, (ushort?)7, (ushort?)0, (ushort?)2), (answer.Field, answer.RespondedTo, answer.Status, answer.EventTypeId));
            },
            address =>
            {
                using DicomClient client = DicomClient.Connect(address, "US", [Context], new ClientOptions { Commitment = events });
                Assert.True(client.RequestCommitment("1.2.9", [new("1.2", "1.2.1"), new("1.2", "1.2.2")]).IsSuccess);
                return client.ServeFor(TimeSpan.FromMinutes(1), () => events.Reports.Count > 0);
            });
        Assert.True(got);
        Same(Partly, Assert.Single(events.Reports).Report);
    }

    [Fact]
    public async Task The_result_may_overtake_the_response_to_the_request()
    {
        var events = new MemoryCommitment();
        await RawPeer.Against(
            peer =>
            {
                CommandSet action = peer.ReceiveRequest();
                peer.Message(1, Event(7), Partly.ToDataSet()).Message(1, Accepted(action), null);
                Assert.Equal((ushort?)7, peer.ReceiveResponse().RespondedTo);
            },
            address =>
            {
                using DicomClient client = DicomClient.Connect(address, "US", [Context], new ClientOptions { Commitment = events });
                return client.RequestCommitment("1.2.9", [new("1.2", "1.2.1")]);
            });
        Assert.Single(events.Reports);
    }

    [Fact]
    public async Task Without_a_result_in_time_the_association_goes_on()
    {
        bool open = await RawPeer.Against(
            peer =>
            {
                peer.Message(1, Accepted(peer.ReceiveRequest()), null);
                peer.Message(1, Accepted(peer.ReceiveRequest()), null);
            },
            address =>
            {
                using DicomClient client = DicomClient.Connect(address, "US", [Context]);
                Assert.True(client.RequestCommitment("1.2.9", []).IsSuccess);
                Assert.False(client.ServeFor(TimeSpan.FromMilliseconds(20), () => false));
                return client.RequestCommitment("1.2.10", []).IsSuccess && client.IsOpen;
            });
        Assert.True(open);
    }

    [Fact]
    public async Task A_peer_that_releases_while_we_wait_ends_it_in_order()
    {
        string why = await RawPeer.Against(
            peer =>
            {
                peer.Message(1, Accepted(peer.ReceiveRequest()), null).Send(Release.WriteRq());
                Assert.Equal(PduType.ReleaseRp, peer.Receive()[0]);
            },
            address =>
            {
                using DicomClient client = DicomClient.Connect(address, "US", [Context]);
                client.RequestCommitment("1.2.9", []);
                return Assert.Throws<AssociationException>(() => client.ServeFor(TimeSpan.FromMinutes(1), () => false)).Message;
            });
        Assert.Contains("released", why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_PACS_reports_on_an_association_of_its_own()
    {
        using var test = new TestListener();
        var events = new MemoryCommitment();
        test.Application.Commitment = events;
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))])
        {
            Roles = [new RoleSelection(Push, Scu: false, Scp: true)],
        };
        using DicomClient pacs = test.Connect(new ClientOptions { Roles = [new RoleSelection(Push, false, true)] }, Context);
        Assert.True(pacs.ReportEvent(Push, Instance, 2, Partly.ToDataSet()).IsSuccess);
        Assert.Equal(DimseStatus.NoSuchEventType, pacs.ReportEvent(Push, Instance, 5, Partly.ToDataSet()).Status);
        pacs.Release();
        (string peer, CommitmentReport report) = Assert.Single(events.Reports);
        Assert.Equal("CART", peer);
        Same(Partly, report);
    }

    [Fact]
    public void A_report_from_a_peer_that_did_not_negotiate_the_SCP_role_is_refused()
    {
        using var test = new TestListener();
        test.Application.Commitment = new MemoryCommitment();
        test.Application.OnDecide = r => new AssociationDecision.Accept([.. r.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);
        using DicomClient pacs = test.Connect(Context);
        Assert.Equal(DimseStatus.NotAuthorized, pacs.ReportEvent(Push, Instance, 2, Partly.ToDataSet()).Status);
    }
}
