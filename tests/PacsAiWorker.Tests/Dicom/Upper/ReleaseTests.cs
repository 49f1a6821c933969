using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class ReleaseTests
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);

    private static Task<bool> Release(Action<RawPeer> script) => RawPeer.Against(
        peer =>
        {
            Assert.Equal(PduType.ReleaseRq, peer.Receive()[0]);
            script(peer);
        },
        address =>
        {
            using DicomClient client = DicomClient.Connect(address, "US", [Echo]);
            client.Release();
            return client.IsOpen;
        });

    [Fact]
    public async Task When_both_release_at_once_the_requestor_answers_first() => Assert.False(await Release(peer =>
    {
        peer.Send(PacsAiWorker.Dicom.Upper.Release.WriteRq()); // AR-8, Sta9
        Assert.Equal(PduType.ReleaseRp, peer.Receive()[0]); // AR-9, Sta11
        peer.Send(PacsAiWorker.Dicom.Upper.Release.WriteRp()); // AR-3
        Assert.Empty(peer.Receive());
    }));

    [Fact]
    public async Task Data_that_was_on_its_way_does_not_disturb_a_release() => Assert.False(await Release(peer =>
    {
        peer.Command(1, new CommandSet { Field = 0x8030, RespondedTo = 1, Status = 0 }); // AR-6
        peer.Send(PacsAiWorker.Dicom.Upper.Release.WriteRp());
        Assert.Empty(peer.Receive());
    }));

    [Fact]
    public async Task Something_else_during_a_release_is_aborted() => Assert.False(await Release(peer =>
    {
        peer.Send(new AssociateRj(1, 1, 1).Write());
        Assert.Equal(PduType.Abort, peer.Receive()[0]);
    }));
}
