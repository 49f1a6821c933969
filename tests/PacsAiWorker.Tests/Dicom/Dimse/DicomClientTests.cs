using System.Net;
using System.Net.Sockets;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

public class DicomClientTests
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);
    private static readonly ClientOptions Short = new() { Response = TimeSpan.FromMilliseconds(50), Release = TimeSpan.FromMilliseconds(50) };

    /// <summary>A peer that runs a script against its one connection and then waits for the close.</summary>
    private static async Task<string> Against(Action<Socket> script, Func<PeerAddress, string> client)
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        Task peer = Task.Run(() =>
        {
            using Socket socket = listening.Accept();
            script(socket);
            byte[] waste = new byte[4096];
            try
            {
                while (socket.Receive(waste) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The client reset the connection, which is a close as well.
            }
        });
        string result = await Task.Run(() => client(new PeerAddress("PEER", "127.0.0.1", ((IPEndPoint)listening.LocalEndPoint!).Port)));
        await peer;
        return result;
    }

    private static void Accept(Socket socket)
    {
        byte[] request = new byte[4096];
        socket.Receive(request);
        socket.Send(new AssociateAc([new(1, "", [], 0, TransferSyntax.ImplicitVrLittleEndian.Uid)], new UserInformation { MaxPdu = 16_384 })
            .Write(new AssociationRequest { CalledAe = "A", CallingAe = "B", Contexts = [] }));
        socket.Receive(request); // the echo request
    }

    private static string Failure(PeerAddress peer, ClientOptions options)
    {
        using DicomClient client = DicomClient.Connect(peer, "US", [Echo], options);
        AssociationException error = Assert.Throws<AssociationException>(() => client.Echo());
        Assert.True(error.Transient);
        Assert.False(client.IsOpen);
        Assert.Throws<AssociationException>(() => client.Echo());
        client.Release();
        return error.Message;
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_aborted_and_the_association_never_used_again() =>
        Assert.Contains("silent", await Against(Accept, p => Failure(p, Short)), StringComparison.Ordinal);

    [Fact]
    public async Task An_abort_instead_of_an_answer_says_why() => Assert.Contains(
        "invalid PDU parameter",
        await Against(
            s =>
            {
                Accept(s);
                s.Send(new Abort(2, 6).Write());
            },
            p => Failure(p, ClientOptions.Default)),
        StringComparison.Ordinal);

    [Fact]
    public async Task An_answer_to_another_request_breaks_the_association() => Assert.Contains(
        "not to the request",
        await Against(
            s =>
            {
                Accept(s);
                byte[] pdu = new byte[DataTf.FrontBytes + CommandSet.MaxBytes];
                int length = new CommandSet { Field = 0x8030, RespondedTo = 99, Status = 0 }.Write(pdu.AsSpan(DataTf.FrontBytes));
                DataTf.WriteFront(pdu, 1, 3, length);
                s.Send(pdu.AsSpan(0, DataTf.FrontBytes + length));
            },
            p => Failure(p, ClientOptions.Default)),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_peer_that_closes_at_once_is_no_association() => Assert.Contains(
        "closed",
        await Against(
            s =>
            {
                s.Receive(new byte[4096]);
                s.Shutdown(SocketShutdown.Send);
            },
            p => Assert.Throws<AssociationException>(() => DicomClient.Connect(p, "US", [Echo])).Message),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_transfer_syntax_that_was_not_proposed_is_no_acceptance() => Assert.Equal(
        "4",
        await Against(
            s =>
            {
                s.Receive(new byte[4096]);
                s.Send(new AssociateAc([new(1, "", [], 0, "1.2.3.4")], new UserInformation()).Write(new AssociationRequest { CalledAe = "A", CallingAe = "B", Contexts = [] }));
            },
            p =>
            {
                using DicomClient client = DicomClient.Connect(p, "US", [Echo]);
                Assert.False(client.Contexts[0].IsAccepted);
                return $"{client.Contexts[0].Result}";
            }));

    [Fact]
    public void A_closed_port_is_a_transient_failure_in_words()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, not listening
        var peer = new PeerAddress("PEER", "127.0.0.1", ((IPEndPoint)bound.LocalEndPoint!).Port);
        AssociationException error = Assert.Throws<AssociationException>(() => DicomClient.Connect(peer, "US", [Echo]));
        Assert.True(error.Transient);
        Assert.Contains(peer.ToString(), error.Message, StringComparison.Ordinal);
    }
}
