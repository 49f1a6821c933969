using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>Our listener and client against DCMTK's programs, plain and with TLS, in each transfer syntax that both know.</summary>
public sealed class DcmtkTests(InteropRun run) : IClassFixture<InteropRun>
{
    private static Task<ToolResult> DcmtkAsync(string program, int port, params IEnumerable<string> arguments) =>
        Tool.RunAsync(Tool.Find($"/usr/bin/{program}", "dcmtk"), ["-v", .. arguments, "-aec", "PACSAI", "127.0.0.1", $"{port}"]);

    private static Task<ToolResult> SendAsync(string program, int port, IEnumerable<string> flags, params IEnumerable<string> files) =>
        Tool.RunAsync(Tool.Find($"/usr/bin/{program}", "dcmtk"), ["-v", .. flags, "-aec", "PACSAI", "127.0.0.1", $"{port}", .. files]);

    private static void Same(IEnumerable<PartTen> sent, InteropScp scp)
    {
        foreach (var file in sent)
        {
            Assert.True(scp.Stored.TryGetValue(file.SopInstance, out var stored), $"{file.TransferSyntax} did not arrive");
            Assert.Equal(file.TransferSyntax, stored.Syntax);
            Assert.True(file.DataSet.AsSpan().SequenceEqual(stored.DataSet), $"{file.TransferSyntax}: bytes differ");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Echoscu_and_storescu_reach_us_in_every_syntax_they_know(bool tls)
    {
        using var scp = new InteropScp(run.Server(tls));
        (await DcmtkAsync("echoscu", scp.Port, run.Flags(tls))).Succeeded();
        var files = run.Objects.Where(o => InteropObjects.StoreScuFlags.ContainsKey(o.TransferSyntax)).ToList();
        Assert.Equal(20, files.Count);
        foreach (var file in files)
        {
            (await SendAsync("storescu", scp.Port, [.. run.Flags(tls), "-R", InteropObjects.StoreScuFlags[file.TransferSyntax]], file.Path)).Succeeded();
        }

        Same(files, scp);
        Assert.All(scp.Ends, e => Assert.Equal("Released: released", e));
    }

    [Fact]
    public async Task What_storescu_deflates_arrives_and_is_read_as_it_was()
    {
        using var scp = new InteropScp();
        var plain = run.Objects.Single(o => o.TransferSyntax == TransferSyntax.ExplicitVrLittleEndian.Uid);
        (await SendAsync("storescu", scp.Port, ["-R", "-xd"], plain.Path)).Succeeded();
        var (syntax, dataSet) = scp.Stored[plain.SopInstance];
        Assert.Equal(TransferSyntax.DeflatedExplicitVrLittleEndian.Uid, syntax);
        using var folder = new TempFolder("deflated");
        await File.WriteAllBytesAsync(folder["got"], [.. Part10.Header(new FileMeta(plain.SopClass, plain.SopInstance, syntax)), .. dataSet]);
        using Part10File got = Part10File.Open(folder["got"]), sent = Part10File.Open(plain.Path);
        Assert.Equal(sent.DataSet.Select(e => (e.Tag, e.Vr, Convert.ToHexString(e.Value.Span))), got.DataSet.Select(e => (e.Tag, e.Vr, Convert.ToHexString(e.Value.Span))));
        Assert.Equal(Pixels(sent), Pixels(got));

        static byte[] Pixels(Part10File file)
        {
            var pixels = new byte[file.PixelDataLength];
            Assert.Equal(pixels.Length, file.ReadPixelBytes(0, pixels));
            return pixels;
        }
    }

    [Fact]
    public async Task Dcmsend_reaches_us_with_everything_it_knows()
    {
        using var scp = new InteropScp();
        var files = run.Objects.Where(o => InteropObjects.StoreScuFlags.ContainsKey(o.TransferSyntax) || o.TransferSyntax == TransferSyntax.JpegLossless.Uid).ToList();
        (await SendAsync("dcmsend", scp.Port, ["-dn"], files.Select(f => f.Path))).Succeeded();
        Assert.Equal(files.Select(f => f.SopInstance).Order(), scp.Stored.Keys.Order());

        // Uncompressed ones it proposes together and encodes anew in the one that we take first.
        string[] encodedAnew = [TransferSyntax.ImplicitVrLittleEndian.Uid, TransferSyntax.ExplicitVrBigEndian.Uid];
        Same(files.Where(f => !encodedAnew.Contains(f.TransferSyntax)), scp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Storescp_takes_from_us_what_we_send_bit_for_bit(bool tls)
    {
        using var folder = new TempFolder("storescp");
        var port = Ports.Free();
        await using var peer = Child.Start(Tool.Find("/usr/bin/storescp", "dcmtk"), [.. run.Flags(tls), "+B", "+xa", "-aet", "PEER", "-od", folder.Path, $"{port}"]);
        await StartedAsync(port, peer, tls);
        var taken = SendAll(port, tls);
        Assert.Superset(InteropObjects.StoreScuFlags.Keys.ToHashSet(), taken.Select(f => f.TransferSyntax).ToHashSet());
        Arrived(taken, folder.Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dcmrecv_takes_from_us_what_we_send_bit_for_bit(bool tls)
    {
        using var folder = new TempFolder("dcmrecv");
        var port = Ports.Free();
        await using var peer = Child.Start(Tool.Find("/usr/bin/dcmrecv", "dcmtk"), [.. run.Flags(tls), "-xf", "/etc/dcmtk/storescp.cfg", "Default", "+B", "-aet", "PEER", "-od", folder.Path, $"{port}"]);
        await StartedAsync(port, peer, tls);
        var taken = SendAll(port, tls);
        Assert.Contains(taken, f => f.TransferSyntax == TransferSyntax.ExplicitVrLittleEndian.Uid);
        Arrived(taken, folder.Path);
    }

    [Fact]
    public async Task A_user_name_with_a_password_is_neither_refused_nor_confirmed()
    {
        using var scp = new InteropScp();
        var file = run.Objects[0];
        var asks = await SendAsync("storescu", scp.Port, ["-usr", "someone", "-pwd", "secret", "-rsp", "-R", "-xe"], file.Path);
        Assert.Contains("User Identity Negotiation", asks.All, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((2, true), (scp.Requests.First().UserIdentity!.Type, scp.Requests.First().UserIdentity!.PositiveResponseRequested));
        (await SendAsync("storescu", scp.Port, ["-usr", "someone", "-pwd", "secret", "-R", "-xe"], file.Path)).Succeeded();
    }

    [Theory]
    [InlineData("+py", true)]
    [InlineData("+px", true)]
    [InlineData("+pz", true)]
    [InlineData("+pa", false)] // retired: AES in CBC mode, static RSA
    [InlineData("+pn", false)] // retired: no encryption
    public async Task Profiles_of_BCP_195_meet_ours_and_retired_ones_do_not(string profile, bool meets)
    {
        using var scp = new InteropScp(run.Server(true));
        Assert.Equal(meets, (await DcmtkAsync("echoscu", scp.Port, [.. run.Flags(true), profile])).ExitCode == 0);
    }

    [Fact]
    public async Task A_peer_without_certificate_and_a_plain_peer_are_refused_with_a_reason_each()
    {
        using var scp = new InteropScp(run.Server(true));
        Assert.NotEqual(0, (await DcmtkAsync("echoscu", scp.Port, "+tla", "+cf", run.Ca)).ExitCode);
        Assert.NotEqual(0, (await DcmtkAsync("echoscu", scp.Port)).ExitCode);
        await Until.HoldsAsync("both refusals are told", () => scp.Refusals.Count == 2, () => string.Join('\n', scp.Refusals));
        Assert.Contains("shows no certificate", scp.Refusals.First(), StringComparison.Ordinal);
        Assert.Contains("plain DICOM on this TLS port", scp.Refusals.Last(), StringComparison.Ordinal);
        (await DcmtkAsync("echoscu", scp.Port, run.Flags(true))).Succeeded();
    }

    [Fact]
    public async Task A_TLS_peer_on_our_plain_port_is_refused_with_a_reason()
    {
        using var scp = new InteropScp();
        Assert.NotEqual(0, (await DcmtkAsync("echoscu", scp.Port, run.Flags(true))).ExitCode);
        await Until.HoldsAsync("the refusal is told", () => scp.Refusals.Any(r => r.Contains("speaks TLS", StringComparison.Ordinal)), () => string.Join('\n', scp.Refusals));
    }

    private async Task StartedAsync(int port, Child peer, bool tls) => await Until.HoldsAsync(
        "the receiver answers", async () => peer.HasExited ? throw new InvalidOperationException(peer.Log) : (await DcmtkAsync("echoscu", port, run.Flags(tls))).ExitCode == 0, () => Task.FromResult(peer.Log));

    /// <summary>Sends every object that the peer accepts, over one association.</summary>
    private List<PartTen> SendAll(int port, bool tls)
    {
        using var client = DicomClient.Connect(
            new PeerAddress("PEER", "127.0.0.1", port), "PACSAI", [.. run.Objects.Select(o => new ProposedContext(o.SopClass, o.TransferSyntax))], run.Client(tls));
        var taken = run.Objects.Where(o => client.Accepts(o.SopClass, o.TransferSyntax)).ToList();
        foreach (var file in taken)
        {
            Assert.True(client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, file.DataSet).IsSuccess);
        }

        client.Release();
        return taken;
    }

    private static void Arrived(List<PartTen> sent, string folder)
    {
        var there = Directory.EnumerateFiles(folder).Select(PartTen.Read).ToDictionary(f => f.SopInstance);
        Assert.Equal(sent.Select(f => (f.SopInstance, f.TransferSyntax, f.Digest)).Order(), there.Values.Select(f => (f.SopInstance, f.TransferSyntax, f.Digest)).Order());
    }
}
