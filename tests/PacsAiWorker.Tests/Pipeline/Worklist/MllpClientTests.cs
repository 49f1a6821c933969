using System.Text;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Tests.Dicom.Upper;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class MllpClientTests : IAsyncLifetime
{
    private const string Id = "P202897f8a01c522495b";

    private static readonly byte[] Message = Encoding.UTF8.GetBytes($"MSH|^~\\&|PACSAI|HOSP|RIS|HOSP|20261121231702+0000||ORU^R01^ORU_R01|{Id}|P|2.5.1\r");

    private readonly ScriptedRis _ris = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _ris.DisposeAsync();

    private Task<Acknowledgement> SendAsync(MllpPeer? peer = null) => MllpClient.SendAsync(peer ?? _ris.Peer(), Message, Id, TimeProvider.System, default);

    [Fact]
    public async Task A_message_arrives_as_it_was_written_and_is_acknowledged()
    {
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync()).Code);
        Assert.Equal(Message, Assert.Single(_ris.Received));
    }

    [Theory]
    [InlineData("AA", AcknowledgementCode.Accept, "AA")]
    [InlineData("CA", AcknowledgementCode.Accept, "AA")]
    [InlineData("AE", AcknowledgementCode.Error, "AE (207)")]
    [InlineData("AR", AcknowledgementCode.Reject, "AR (207)")]
    public async Task Each_code_means_what_the_table_says_and_the_words_of_the_receiver_are_not_kept(string code, object expected, string words)
    {
        _ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer(code, id, code.EndsWith('A') ? "" : "207^patient Doe is not known")));
            return true;
        };
        var answer = await SendAsync();
        Assert.Equal((expected, words), (answer.Code, answer.ToString()));
    }

    [Fact]
    public async Task An_answer_in_pieces_is_put_together()
    {
        _ris.Script = async (id, stream) =>
        {
            foreach (var one in Mllp.Wrap(ScriptedRis.Answer("AA", id)))
            {
                await stream.WriteAsync(new[] { one });
                await stream.FlushAsync();
            }

            return true;
        };
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync()).Code);
    }

    [Fact]
    public async Task Of_two_answers_in_one_packet_the_one_to_this_message_counts()
    {
        _ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync((byte[])[.. Mllp.Wrap(ScriptedRis.Answer("AR", "another")), .. Mllp.Wrap(ScriptedRis.Answer("AA", id))]);
            return true;
        };
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync()).Code);
    }

    [Fact]
    public async Task An_answer_without_its_last_carriage_returns_is_taken()
    {
        _ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync((byte[])[Mllp.Start, .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(ScriptedRis.Answer("AA", id)).TrimEnd('\r')), Mllp.End]);
            return true;
        };
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync()).Code);
    }

    [Fact]
    public async Task An_answer_to_another_message_is_none()
    {
        _ris.Script = async (_, stream) =>
        {
            await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer("AA", "another")));
            return false;
        };
        Assert.Contains("without an answer to this message", (await Assert.ThrowsAsync<MllpException>(() => SendAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_peer_is_given_up_after_the_time_limit()
    {
        _ris.Script = (_, _) => Task.FromResult(true);
        Assert.Contains("within 1 s", (await Assert.ThrowsAsync<MllpException>(() => SendAsync(_ris.Peer(seconds: 1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_closes_after_each_message_is_served_message_by_message()
    {
        _ris.Script = async (id, stream) =>
        {
            await stream.WriteAsync(Mllp.Wrap(ScriptedRis.Answer("AA", id)));
            return false;
        };
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(AcknowledgementCode.Accept, (await SendAsync()).Code);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "not framed")]
    [InlineData("\u000bPID|1\r\u001c\r", "cannot be read")]
    [InlineData("\u000bMSH|^~\\&|RIS\r\u001c\r", "no MSA")]
    [InlineData("\u000bMSH|^~\\&|RIS", "middle")]
    public async Task What_is_no_answer_is_named(string bytes, string said)
    {
        _ris.Script = async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes));
            return false;
        };
        Assert.Contains(said, (await Assert.ThrowsAsync<MllpException>(() => SendAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_sends_without_end_is_cut_off()
    {
        _ris.Script = async (_, stream) =>
        {
            await stream.WriteAsync(new[] { Mllp.Start });
            await stream.WriteAsync(Encoding.UTF8.GetBytes(new string('x', 100_000)));
            return true;
        };
        Assert.Contains("more than 65536 bytes", (await Assert.ThrowsAsync<MllpException>(() => SendAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_trickles_in_is_given_up_after_its_time()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var slow = new System.Net.Sockets.TcpClient();
        await slow.ConnectAsync((System.Net.IPEndPoint)listener.LocalEndpoint);
        using var taken = await listener.AcceptTcpClientAsync();
        await slow.GetStream().WriteAsync((byte[])[Mllp.Start, .. Message]);
        var reader = new MllpReader(taken.GetStream(), 1 << 20, TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Contains("not whole", (await Assert.ThrowsAsync<MllpException>(() => reader.ReadAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TLS_with_certificates_on_both_sides_a_message_is_acknowledged()
    {
        using var certificates = new TestCertificates();
        await using var ris = new ScriptedRis(new TlsServerOptions(certificates.Make("ris").Files("ris")));
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync(ris.Peer(new TlsClientOptions(certificates.Make("worker").Files("worker"))))).Code);
    }

    [Fact]
    public async Task Over_TLS_a_refused_client_certificate_is_no_delivery()
    {
        using var certificates = new TestCertificates();
        using var strangers = new TestCertificates();
        await using var ris = new ScriptedRis(new TlsServerOptions(certificates.Make("ris").Files("ris")));
        var stranger = new TlsFiles(strangers.Make("worker").PathOf("worker.pem"), strangers.PathOf("worker.key"), certificates.Ca);
        var error = await Record.ExceptionAsync(() => SendAsync(ris.Peer(new TlsClientOptions(stranger))));
        Assert.True(error is IOException or MllpException, $"{error}");
        Assert.Empty(ris.Received);
    }

    [Fact]
    public async Task Over_TLS_a_receiver_that_nobody_vouches_for_gets_nothing()
    {
        using var certificates = new TestCertificates();
        using var strangers = new TestCertificates();
        await using var ris = new ScriptedRis(new TlsServerOptions(strangers.Make("ris").Files("ris")) { RequireClientCertificate = false });
        Assert.Contains("not trusted", (await Assert.ThrowsAsync<IOException>(() => SendAsync(ris.Peer(new TlsClientOptions(certificates.Trusting()))))).Message, StringComparison.Ordinal);
        Assert.Empty(ris.Received);
    }
}
