using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class DicomListenerTests
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);
    private static readonly ProposedContext Ultrasound = new(SopClasses.UltrasoundImage, TransferSyntax.ExplicitVrLittleEndian.Uid);
    private static readonly string ExplicitLittle = TransferSyntax.ExplicitVrLittleEndian.Uid;

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void An_echo_is_answered_and_a_release_ends_the_association()
    {
        using var test = new TestListener();
        using DicomClient client = test.Connect(Echo);
        Assert.True(client.Echo().IsSuccess);
        Assert.True(client.Echo().IsSuccess);
        client.Release();
        Assert.False(client.IsOpen);
        Assert.Equal(new AssociationEnd(AssociationEndKind.Released, "released", 2), test.Application.NextEnd());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(262_138)] // exactly one fragment
    [InlineData(262_140)]
    [InlineData(524_276)] // exactly two
    [InlineData(3_000_001)]
    public void Data_sets_arrive_byte_for_byte(int length)
    {
        using var test = new TestListener();
        using DicomClient client = test.Connect(Echo, Ultrasound);
        byte[] sent = Bytes(length);
        Assert.True(client.Store(SopClasses.UltrasoundImage, "1.2.3", ExplicitLittle, sent).IsSuccess);
        Assert.True(client.Store(SopClasses.UltrasoundImage, "1.2.4", ExplicitLittle, sent).IsSuccess);
        Assert.Equal(2, test.Application.Stored.Count);
        foreach (TestApplication.StoredObject stored in test.Application.Stored)
        {
            Assert.Equal(sent, stored.Bytes);
            Assert.Equal(ExplicitLittle, stored.Context.TransferSyntaxUid);
            Assert.Equal("CART", stored.Context.Association.CallingAe);
        }
    }

    [Fact]
    public void A_small_PDU_of_the_peer_makes_small_fragments()
    {
        using var test = new TestListener(o => o with { MaxPduBytes = 16_384 });
        using DicomClient client = test.Connect(Ultrasound);
        byte[] sent = Bytes(100_000);
        Assert.True(client.Store(SopClasses.UltrasoundImage, "1.2.3", ExplicitLittle, sent).IsSuccess);
        Assert.Equal(sent, Assert.Single(test.Application.Stored).Bytes);
    }

    [Fact]
    public void Contexts_are_answered_one_by_one()
    {
        using var test = new TestListener();
        using DicomClient client = test.Connect(Ultrasound, new("1.2.3.4", ExplicitLittle), new(SopClasses.RawData, "1.2.3.5"));
        Assert.Equal([0, 3, 4], client.Contexts.Select(c => (int)c.Result));
        Assert.True(client.Accepts(SopClasses.UltrasoundImage, ExplicitLittle));
        Assert.False(client.Accepts(SopClasses.RawData, ExplicitLittle));
        AssociationException error = Assert.Throws<AssociationException>(() => client.Store(SopClasses.RawData, "1.2", ExplicitLittle, []));
        Assert.False(error.Transient);
        Assert.True(client.IsOpen);
    }

    [Fact]
    public void A_refusal_drains_the_data_set_and_the_association_goes_on()
    {
        using var test = new TestListener();
        using DicomClient client = test.Connect(Ultrasound);
        test.Application.OnBegin = c => c.SopInstanceUid == "1.9"
            ? StoreStart.Refused(DimseStatus.NotAuthorized, "not for you")
            : StoreStart.Into(new TestApplication.Sink(test.Application, c));
        Assert.Equal(new DimseResponse(0x0124, "not for you"), client.Store(SopClasses.UltrasoundImage, "1.9", ExplicitLittle, Bytes(1_000_000)));
        Assert.True(client.Store(SopClasses.UltrasoundImage, "1.8", ExplicitLittle, Bytes(10)).IsSuccess);
    }

    private sealed class BrokenSink(TestApplication application, StoreContext context) : TestApplication.Sink(application, context)
    {
        public override void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices) => throw new IOException("disk full");
    }

    [Fact]
    public void A_sink_that_throws_gives_A700_and_is_abandoned()
    {
        using var test = new TestListener();
        test.Application.OnBegin = c => StoreStart.Into(new BrokenSink(test.Application, c));
        using DicomClient client = test.Connect(Ultrasound);
        DimseResponse response = client.Store(SopClasses.UltrasoundImage, "1.2", ExplicitLittle, Bytes(2_000_000));
        Assert.Equal(DimseStatus.OutOfResources, response.Status);
        Assert.Single(test.Application.Abandoned);
        Assert.IsType<IOException>(Assert.Single(test.Application.Failures));
        Assert.True(client.IsOpen);
    }

    [Fact]
    public void A_reject_reaches_the_requestor_in_words()
    {
        using var test = new TestListener();
        test.Application.OnDecide = _ => AssociationDecision.CallingAeUnknown("no rule for CART");
        AssociationException error = Assert.Throws<AssociationException>(() => test.Connect(Echo));
        Assert.Contains("calling AE title not recognized", error.Message, StringComparison.Ordinal);
        Assert.False(error.Transient);
        AssociationEnd end = test.Application.NextEnd();
        Assert.Equal((AssociationEndKind.Rejected, "no rule for CART"), (end.Kind, end.Reason));
    }

    [Fact]
    public void Associations_over_a_limit_are_rejected_for_now()
    {
        using var test = new TestListener(o => o with { MaxAssociationsPerAe = 1, MaxAssociations = 2 });
        using DicomClient first = test.Connect(Echo);
        AssociationException perAe = Assert.Throws<AssociationException>(() => test.Connect(Echo));
        Assert.True(perAe.Transient);
        Assert.Contains("local limit exceeded", perAe.Message, StringComparison.Ordinal);
        Assert.Equal(AssociationEndKind.Rejected, test.Application.NextEnd().Kind);

        using DicomClient second = DicomClient.Connect(test.Address, "OTHER", [Echo]);
        AssociationException total = Assert.Throws<AssociationException>(() => DicomClient.Connect(test.Address, "THIRD", [Echo]));
        Assert.True(total.Transient);
        Assert.Contains("temporary congestion", total.Message, StringComparison.Ordinal);
        Assert.True(first.Echo().IsSuccess);
        Assert.True(second.Echo().IsSuccess);
    }

    [Fact]
    public void A_client_that_goes_away_in_the_middle_leaves_nothing_behind()
    {
        using var test = new TestListener();
        using (RawPeer peer = test.Raw().Associate(Ultrasound))
        {
            peer.Command(1, new CommandSet
            {
                Field = CommandField.CStoreRq,
                MessageId = 1,
                AffectedSopClassUid = SopClasses.UltrasoundImage,
                AffectedSopInstanceUid = "1.2",
                DataSetType = CommandSet.WithDataSet,
            });
            peer.Data(1, 0, Bytes(1000));
        }

        Assert.Equal(AssociationEndKind.ConnectionLost, test.Application.NextEnd().Kind);
        Assert.Single(test.Application.Abandoned);
        Assert.Empty(test.Application.Stored);
    }

    [Fact]
    public async Task Stopping_closes_idle_associations_and_refuses_new_ones()
    {
        using var test = new TestListener();
        using DicomClient client = test.Connect(Echo);
        Assert.True(client.Echo().IsSuccess);
        await test.Listener.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, test.Listener.Open);
        Assert.Equal(AssociationEndKind.Stopped, test.Application.NextEnd().Kind);
        Assert.True(Assert.Throws<AssociationException>(() => client.Echo()).Transient);
    }

    [Fact]
    public async Task Stopping_lets_a_running_message_finish()
    {
        using var test = new TestListener();
        using var begun = new ManualResetEventSlim();
        test.Application.OnBegin = c =>
        {
            begun.Set();
            return StoreStart.Into(new TestApplication.Sink(test.Application, c));
        };
        using RawPeer peer = test.Raw().Associate(Ultrasound);
        peer.Command(1, new CommandSet
        {
            Field = CommandField.CStoreRq,
            MessageId = 7,
            AffectedSopClassUid = SopClasses.UltrasoundImage,
            AffectedSopInstanceUid = "1.2",
            DataSetType = CommandSet.WithDataSet,
        });
        begun.Wait();
        Task stop = test.Listener.StopAsync(TimeSpan.FromMinutes(1));
        peer.Data(1, DataTf.Last, Bytes(1000));
        Assert.Equal((ushort)0, peer.ReceiveResponse().Status);
        Assert.Equal((AbortCodes.ServiceUser, (byte)0), peer.ReceiveAbort());
        peer.Dispose();
        await stop;
        Assert.Single(test.Application.Stored);
    }
}
