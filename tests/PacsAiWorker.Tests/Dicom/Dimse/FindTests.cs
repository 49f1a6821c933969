using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Tests.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

public class FindTests
{
    private const string Worklist = SopClasses.ModalityWorklistFind;
    private static readonly ProposedContext Context = new(Worklist, TransferSyntax.ImplicitVrLittleEndian.Uid);

    private static CommandSet Response(CommandSet request, ushort status, string? comment = null) => Responses.To(request, new DimseResponse(status, comment));

    private static DataSet Match(int number) => new DataSet().Set(Tags.AccessionNumber, $"A{number}");

    private static Task<FindResult> Find(Action<RawPeer> script, int most = 10_000) => RawPeer.Against(script, address =>
    {
        using DicomClient client = DicomClient.Connect(address, "US", [Context]);
        FindResult result = client.Find(Worklist, new DataSet().Set(Tags.AccessionNumber), most);
        client.Dispose();
        return result;
    });

    [Fact]
    public async Task Matches_come_until_the_final_response()
    {
        FindResult result = await Find(peer =>
        {
            CommandSet request = peer.ReceiveRequest();
            Assert.Equal((Worklist, true), (request.AffectedSopClassUid, request.HasDataSet));
            peer.Message(1, Response(request, DimseStatus.Pending), Match(1)).Message(1, Response(request, DimseStatus.PendingWithWarning), Match(2));
            peer.Message(1, Response(request, DimseStatus.Success), null);
        });
        Assert.True(result.Final.IsSuccess);
        Assert.Equal(["A1", "A2"], result.Matches.Select(m => m.GetString(Tags.AccessionNumber)));
    }

    [Fact]
    public async Task A_refusal_is_told_with_what_came_before_it()
    {
        FindResult result = await Find(peer =>
        {
            CommandSet request = peer.ReceiveRequest();
            peer.Message(1, Response(request, DimseStatus.Pending), Match(1)).Message(1, Response(request, 0xA900, "no such key"), null);
        });
        Assert.Equal((0xA900, "no such key"), (result.Final.Status, result.Final.ErrorComment));
        Assert.Single(result.Matches);
    }

    [Fact]
    public async Task Enough_is_cancelled_and_what_comes_late_is_thrown_away()
    {
        FindResult result = await Find(
            peer =>
            {
                CommandSet request = peer.ReceiveRequest();
                peer.Message(1, Response(request, DimseStatus.Pending), Match(1)).Message(1, Response(request, DimseStatus.Pending), Match(2));
                CommandSet cancel = peer.ReceiveResponse();
                Assert.Equal((CommandField.CCancelRq, request.MessageId), (cancel.Field, cancel.RespondedTo));
                peer.Message(1, Response(request, DimseStatus.Pending), Match(3)).Message(1, Response(request, DimseStatus.Cancelled), null);
            },
            most: 2);
        Assert.Equal(DimseStatus.Cancelled, result.Final.Status);
        Assert.Equal(2, result.Matches.Count);
    }

    [Fact]
    public async Task A_match_that_cannot_be_understood_breaks_the_association() => await RawPeer.Against(
        peer =>
        {
            CommandSet request = peer.ReceiveRequest();
            CommandSet pending = Response(request, DimseStatus.Pending);
            pending.DataSetType = CommandSet.WithDataSet;
            peer.Command(1, pending).Data(1, DataTf.Last, [8, 0, 0x50, 0, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2]);
        },
        address =>
        {
            using DicomClient client = DicomClient.Connect(address, "US", [Context]);
            AssociationException error = Assert.Throws<AssociationException>(() => client.Find(Worklist, new DataSet().Set(Tags.AccessionNumber)));
            Assert.Contains("cannot be understood", error.Message, StringComparison.Ordinal);
            return client.IsOpen;
        });

    [Fact]
    public async Task A_model_that_was_not_accepted_is_no_broken_association()
    {
        bool open = await RawPeer.Against(_ => { }, address =>
        {
            using DicomClient client = DicomClient.Connect(address, "US", [Context]);
            Assert.False(Assert.Throws<AssociationException>(() => client.Find(ServiceClasses.StudyRootFind, new DataSet())).Transient);
            return client.IsOpen;
        });
        Assert.True(open);
    }
}
