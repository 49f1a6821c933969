using System.Net;
using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class LimitTests
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);

    /// <summary>A clock that stands still unless it is told.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }

    /// <summary>A peer whose bytes come in pieces, each after the same wait.</summary>
    private sealed class SlowChannel(byte[] input, int piece, TimeSpan wait, ManualTime time) : IChannel
    {
        private int at;

        public byte LastSent { get; private set; }

        public int Receive(Span<byte> into, TimeSpan allowed)
        {
            time.Advance(wait);
            int count = Math.Min(Math.Min(into.Length, piece), input.Length - at);
            input.AsSpan(at, count).CopyTo(into);
            at += count;
            return count;
        }

        public bool HasBytes(TimeSpan within) => true;

        public void Send(ReadOnlySpan<byte> bytes) => LastSent = bytes[0];

        public void StopReceiving() => at = input.Length;

        public void Dispose() => at = input.Length;
    }

    private static byte[] Pdu(byte control, byte[] fragment)
    {
        byte[] pdu = new byte[DataTf.FrontBytes + fragment.Length];
        DataTf.WriteFront(pdu, 1, control, fragment.Length);
        fragment.CopyTo(pdu, DataTf.FrontBytes);
        return pdu;
    }

    /// <summary>An association that stores one instance in so many PDUs.</summary>
    private static byte[] Conversation(int pdus, int bytesEach)
    {
        byte[] request = new AssociationRequest
        {
            CalledAe = "A",
            CallingAe = "B",
            Contexts = [new PresentationContext(1, SopClasses.UltrasoundImage, [TransferSyntax.ImplicitVrLittleEndian.Uid])],
        }.Write();
        byte[] command = new byte[CommandSet.MaxBytes];
        int length = new CommandSet
        {
            AffectedSopClassUid = SopClasses.UltrasoundImage,
            Field = CommandField.CStoreRq,
            MessageId = 1,
            AffectedSopInstanceUid = "1.2",
            DataSetType = CommandSet.WithDataSet,
        }.Write(command);
        using var all = new MemoryStream();
        all.Write(request);
        all.Write(Pdu(DataTf.Command | DataTf.Last, command[..length]));
        for (int i = 1; i <= pdus; i++)
        {
            all.Write(Pdu(i == pdus ? DataTf.Last : (byte)0, new byte[bytesEach]));
        }

        all.Write(Release.WriteRq());
        return all.ToArray();
    }

    private static (TestApplication Application, byte LastSent) Serve(byte[] input, int piece, TimeSpan wait)
    {
        var time = new ManualTime();
        var options = new ListenerOptions(IPAddress.Loopback, 0) { Time = time };
        var application = new TestApplication();
        var channel = new SlowChannel(input, piece, wait, time);
        using var session = new AssociationSession(() => channel, IPAddress.Loopback, new ReceiveBuffers(), new AssociationCounts(options), options, application);
        session.Run();
        return (application, channel.LastSent);
    }

    [Fact]
    public void A_peer_that_sends_less_than_the_least_rate_inside_a_message_is_aborted()
    {
        (TestApplication application, byte last) = Serve(Conversation(100, 100), piece: 100, TimeSpan.FromSeconds(1)); // 100 bytes a second
        AssociationEnd end = application.NextEnd();
        Assert.Equal((AssociationEndKind.TimedOut, "the peer sends less than 1024 bytes a second"), (end.Kind, end.Reason));
        Assert.Equal(PduType.Abort, last);
        Assert.Single(application.Abandoned);
    }

    [Fact]
    public void A_peer_just_above_the_least_rate_is_served()
    {
        (TestApplication application, byte last) = Serve(Conversation(100, 2000), piece: 1100, TimeSpan.FromSeconds(1));
        Assert.Equal(AssociationEndKind.Released, application.NextEnd().Kind);
        Assert.Equal(PduType.ReleaseRp, last);
        Assert.Single(application.Stored);
    }

    [Fact]
    public void A_PDU_that_takes_longer_than_a_whole_PDU_may_is_aborted()
    {
        (TestApplication application, byte _) = Serve(Conversation(1, 100_000), piece: 2000, TimeSpan.FromSeconds(1));
        Assert.Equal((AssociationEndKind.TimedOut, "the peer is too slow"), (application.NextEnd() is var end ? end.Kind : default, end.Reason));
    }

    [Fact]
    public void A_request_in_drops_is_let_go_after_ARTIM()
    {
        (TestApplication application, byte _) = Serve(Conversation(1, 10), piece: 2, TimeSpan.FromSeconds(1));
        Assert.Equal("the peer is too slow", application.NextRefusal());
    }

    [Fact]
    public void Receiving_allocates_nothing_for_each_PDU()
    {
        static long Bytes(byte[] input)
        {
            var options = new ListenerOptions(IPAddress.Loopback, 0);
            var application = new TestApplication { OnBegin = _ => StoreStart.Into(NoSink.Instance) };
            var channel = new SlowChannel(input, 65_536, TimeSpan.Zero, new ManualTime());
            var buffers = new ReceiveBuffers();
            using var session = new AssociationSession(() => channel, IPAddress.Loopback, buffers, new AssociationCounts(options), options, application);
            long before = GC.GetAllocatedBytesForCurrentThread();
            session.Run();
            long after = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(AssociationEndKind.Released, application.NextEnd().Kind);
            return after - before;
        }

        byte[] few = Conversation(10, 4000);
        byte[] many = Conversation(2010, 4000);
        Bytes(few); // the first run pays for what happens once
        long each = (Bytes(many) - Bytes(few)) / 2000;
        Assert.InRange(each, 0, 16);
    }

    private sealed class NoSink : IStoreSink
    {
        public static readonly NoSink Instance = new();

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
        {
        }

        public DimseResponse Complete() => DimseResponse.Success;

        public void Abandon(string reason)
        {
        }
    }

    [Fact]
    public void Connections_from_one_address_have_a_limit_of_their_own()
    {
        using var test = new TestListener(o => o with { MaxAssociationsPerAddress = 1 });
        using DicomClient first = test.Connect(Echo);
        AssociationException error = Assert.Throws<AssociationException>(() => DicomClient.Connect(test.Address, "OTHER", [Echo]));
        Assert.True(error.Transient);
        Assert.Contains("local limit exceeded", error.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", test.Application.NextRefusal(), StringComparison.Ordinal);
        Assert.True(first.Echo().IsSuccess);
    }

    [Fact]
    public void A_listener_on_IPv6_serves_it()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return;
        }

        using var test = new TestListener(o => o with { Bind = IPAddress.IPv6Loopback });
        using DicomClient client = DicomClient.Connect(new PeerAddress("WORKER", "::1", test.Listener.Port), "CART", [Echo]);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void A_listener_on_every_address_sees_IPv4_peers_as_such()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return;
        }

        using var test = new TestListener(o => o with { Bind = IPAddress.IPv6Any, MaxAssociationsPerAddress = 1 });
        using DicomClient first = test.Connect(Echo);
        Assert.Throws<AssociationException>(() => test.Connect(Echo));
        Assert.Contains("from 127.0.0.1", test.Application.NextRefusal(), StringComparison.Ordinal);
        Assert.True(first.Echo().IsSuccess);
    }
}
