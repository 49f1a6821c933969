using System.Buffers.Binary;
using System.Text;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class HostilePeerTests
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);
    private static readonly ProposedContext Ultrasound = new(SopClasses.UltrasoundImage, TransferSyntax.ExplicitVrLittleEndian.Uid);
    private static readonly (byte, byte) ByUser = (AbortCodes.ServiceUser, 0);
    private static readonly (byte, byte) Unrecognized = (AbortCodes.ServiceProvider, AbortCodes.UnrecognizedPdu);
    private static readonly (byte, byte) Unexpected = (AbortCodes.ServiceProvider, AbortCodes.UnexpectedPdu);
    private static readonly (byte, byte) Invalid = (AbortCodes.ServiceProvider, AbortCodes.InvalidParameter);

    private static CommandSet StoreRq(ushort id = 1) => new()
    {
        Field = CommandField.CStoreRq,
        MessageId = id,
        AffectedSopClassUid = SopClasses.UltrasoundImage,
        AffectedSopInstanceUid = "1.2.3",
        DataSetType = CommandSet.WithDataSet,
    };

    private static byte[] Header(byte type, uint length)
    {
        byte[] header = [type, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(2), length);
        return header;
    }

    /// <summary>After the abort the listener waits for the close, and goes on serving others.</summary>
    private static void Aborted(TestListener test, RawPeer peer, (byte, byte) expected, string rule)
    {
        Assert.Equal(expected, peer.ReceiveAbort());
        peer.Dispose();
        AssociationEnd end = test.Application.NextEnd();
        Assert.Equal(AssociationEndKind.AbortedByUs, end.Kind);
        Assert.Contains(rule, end.Reason, StringComparison.Ordinal);
        using DicomClient other = test.Connect(Echo);
        Assert.True(other.Echo().IsSuccess);
    }

    [Fact]
    public void Http_on_the_port_is_aborted_without_allocating_what_it_spells()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Send(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: worker\r\n\r\n"));
        Assert.Equal(Unrecognized, peer.ReceiveAbort());
        peer.Dispose();
        Assert.Contains("no PDU", test.Application.NextRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_of_four_gigabytes_is_refused_from_its_header()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Send(Header(PduType.AssociateRq, 0xFFFFFFF0));
        Assert.Equal(Invalid, peer.ReceiveAbort());
    }

    [Fact]
    public void Data_before_an_association_is_unexpected()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Send(Header(PduType.DataTf, 100));
        Assert.Equal(Unexpected, peer.ReceiveAbort());
    }

    [Fact]
    public void A_request_whose_item_runs_past_its_end_is_invalid()
    {
        using var test = new TestListener();
        byte[] body = new byte[72];
        body[1] = 1;
        body[68] = 0x10;
        body[70] = 0x7F; // item length 32512
        using RawPeer peer = test.Raw().Send([.. Header(PduType.AssociateRq, 72), .. body]);
        Assert.Equal(Invalid, peer.ReceiveAbort());
    }

    [Fact]
    public void A_PDU_longer_than_announced_is_invalid()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Send(Header(PduType.DataTf, 0xFFFFFFFF));
        Aborted(test, peer, Invalid, "announced");
    }

    [Fact]
    public void A_PDV_that_leaves_its_PDU_is_invalid()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Send([.. Header(PduType.DataTf, 10), 0, 0, 0, 7, 1, 3, 0, 0, 0, 0]);
        Aborted(test, peer, Invalid, "does not fit");
    }

    [Fact]
    public void A_PDV_without_room_for_its_header_is_invalid()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Send([.. Header(PduType.DataTf, 6), 0, 0, 0, 1, 1, 3]);
        Aborted(test, peer, Invalid, "does not fit");
    }

    [Fact]
    public void A_context_that_was_not_accepted_is_invalid()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Data(3, DataTf.Command, [0, 0]);
        Aborted(test, peer, Invalid, "context 3");
    }

    [Fact]
    public void Data_before_a_command_is_refused()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Ultrasound).Data(1, DataTf.Last, [1, 2]);
        Aborted(test, peer, ByUser, "no command announced");
    }

    [Fact]
    public void Data_after_an_echo_is_refused()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Command(1, new CommandSet { Field = CommandField.CEchoRq, MessageId = 1 });
        Assert.Equal((ushort)0, peer.ReceiveResponse().Status);
        Aborted(test, peer.Data(1, DataTf.Last, [1, 2]), ByUser, "no command announced");
    }

    [Fact]
    public void A_command_inside_a_data_set_is_refused_and_the_instance_given_up()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Ultrasound).Command(1, StoreRq()).Data(1, 0, [1, 2]).Command(1, StoreRq(2));
        Aborted(test, peer, ByUser, "inside a data set");
        Assert.Single(test.Application.Abandoned);
        Assert.Empty(test.Application.Stored);
    }

    [Fact]
    public void Fragments_of_two_contexts_are_not_mixed()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Ultrasound, Echo).Command(1, StoreRq()).Data(3, DataTf.Last, [1, 2]);
        Aborted(test, peer, ByUser, "mixed");
    }

    [Fact]
    public void A_command_without_end_is_cut_off_at_its_limit()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo);
        for (int i = 0; i < 5; i++)
        {
            peer.Data(1, DataTf.Command, new byte[16_000]);
        }

        Aborted(test, peer, ByUser, "65536");
    }

    [Fact]
    public void A_data_set_without_end_is_cut_off_at_its_limit()
    {
        using var test = new TestListener(o => o with { MaxDataSetBytes = 1000 });
        RawPeer peer = test.Raw().Associate(Ultrasound, Echo).Command(1, StoreRq()).Data(1, 0, new byte[600]).Data(1, 0, new byte[600]);
        Aborted(test, peer, ByUser, "1000");
        Assert.Single(test.Application.Abandoned);
    }

    [Fact]
    public void A_command_that_is_damaged_is_refused()
    {
        using var test = new TestListener();
        RawPeer peer = test.Raw().Associate(Echo).Data(1, DataTf.Command | DataTf.Last, [0, 0, 0, 1, 0xFF, 0xFF, 0, 0]);
        Aborted(test, peer, ByUser, "ends inside an element");
    }

    [Fact]
    public void Empty_fragments_are_allowed()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Associate(Ultrasound).Command(1, StoreRq()).Data(1, 0, []).Data(1, 0, [1, 2]).Data(1, DataTf.Last, []);
        Assert.Equal((ushort)0, peer.ReceiveResponse().Status);
        Assert.Equal([1, 2], Assert.Single(test.Application.Stored).Bytes);
    }

    [Fact]
    public void A_class_that_is_not_that_of_the_context_gets_0122()
    {
        using var test = new TestListener();
        CommandSet command = StoreRq();
        command.AffectedSopClassUid = SopClasses.RawData;
        using RawPeer peer = test.Raw().Associate(Ultrasound).Command(1, command).Data(1, DataTf.Last, [1, 2]);
        Assert.Equal(DimseStatus.SopClassNotSupported, peer.ReceiveResponse().Status);
        Assert.Empty(test.Application.Stored);
    }

    [Fact]
    public void An_unknown_request_gets_0211()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Associate(Ultrasound).Command(1, new CommandSet { Field = 0x0020, MessageId = 9, DataSetType = 0 }).Data(1, DataTf.Last, [1, 2]);
        CommandSet response = peer.ReceiveResponse();
        Assert.Equal(0x8020, response.Field);
        Assert.Equal((ushort?)9, response.RespondedTo);
        Assert.Equal(DimseStatus.UnrecognizedOperation, response.Status);
    }

    [Fact]
    public void A_peer_that_says_nothing_is_let_go_after_ARTIM()
    {
        using var test = new TestListener(o => o with { Artim = TimeSpan.FromMilliseconds(50) });
        using RawPeer peer = test.Raw();
        Assert.Empty(peer.Receive());
        Assert.Equal("no association request in time", test.Application.NextRefusal());
    }

    [Fact]
    public void A_peer_that_stops_in_the_middle_of_a_PDU_is_aborted()
    {
        using var test = new TestListener(o => o with { WholePdu = TimeSpan.FromMilliseconds(50) });
        using RawPeer peer = test.Raw().Associate(Ultrasound).Command(1, StoreRq()).Send(Header(PduType.DataTf, 1000));
        Assert.Equal(ByUser, peer.ReceiveAbort());
        peer.Dispose();
        Assert.Equal(AssociationEndKind.TimedOut, test.Application.NextEnd().Kind);
        Assert.Single(test.Application.Abandoned);
    }

    [Fact]
    public void An_application_context_of_something_else_is_rejected()
    {
        using var test = new TestListener();
        using RawPeer peer = test.Raw().Send(new AssociationRequest { CalledAe = "A", CallingAe = "B", Contexts = [], ApplicationContext = "1.2.3" }.Write());
        Assert.Equal([PduType.AssociateRj, 0, 0, 0, 0, 4, 0, 1, 1, 2], peer.Receive());
    }

    [Fact]
    public void When_silent_connections_take_every_place_one_of_them_gives_way_to_a_sender_from_elsewhere()
    {
        using var test = new TestListener(o => o with { MaxAssociations = 4 });
        using var silent = new Silent(test.Listener, 2, 4);
        using DicomClient honest = test.Connect(Echo);
        Assert.True(honest.Echo().IsSuccess);
        Assert.Equal(4, test.Listener.Open);
        Assert.Contains("place", test.Application.NextRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Silent_connections_do_not_take_places_from_each_other_nor_from_associations()
    {
        using var test = new TestListener(o => o with { MaxAssociations = 4 });
        using DicomClient first = test.Connect(Echo);
        using DicomClient second = test.Connect(Echo);
        using var silent = new Silent(test.Listener, 2, 2);
        using var more = new RawPeer(test.Listener.Port, "127.0.0.4");
        Assert.Contains("more than 4", test.Application.NextRefusal(), StringComparison.Ordinal);
        Assert.True(first.Echo().IsSuccess);
        Assert.True(second.Echo().IsSuccess);
    }

    /// <summary>Connections that say nothing, from two addresses in turn.</summary>
    private sealed class Silent : IDisposable
    {
        private readonly List<RawPeer> peers;

        public Silent(DicomListener listener, int firstAddress, int number)
        {
            int open = listener.Open + number;
            peers = [.. Enumerable.Range(0, number).Select(i => new RawPeer(listener.Port, $"127.0.0.{firstAddress + (i % 2)}"))];
            Assert.True(SpinWait.SpinUntil(() => listener.Open == open, TimeSpan.FromMinutes(1)));
        }

        public void Dispose() => peers.ForEach(p => p.Dispose());
    }
}
