using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public sealed class TlsTests : IDisposable
{
    private static readonly ProposedContext Echo = new(SopClasses.Verification, TransferSyntax.ImplicitVrLittleEndian.Uid);
    private static readonly ProposedContext Ultrasound = new(SopClasses.UltrasoundImage, TransferSyntax.ExplicitVrLittleEndian.Uid);

    private readonly TestCertificates certificates = new TestCertificates().Make("server").Make("cart");

    public void Dispose() => certificates.Dispose();

    private TestListener Listener(string name = "server", bool mutual = true, Func<TlsServerOptions, TlsServerOptions>? change = null)
    {
        var tls = new TlsServerOptions(certificates.Files(name)) { RequireClientCertificate = mutual };
        return new TestListener(o => o with { Tls = change?.Invoke(tls) ?? tls });
    }

    private ClientOptions Cart(TlsFiles? files = null) => new() { Tls = new TlsClientOptions(files ?? certificates.Files("cart")) };

    private static string Refusal(TestListener test, ClientOptions options) =>
        Assert.Throws<AssociationException>(() => test.Connect(options, Echo).Echo()).Message;

    [Fact]
    public void An_instance_arrives_byte_for_byte_over_mutual_TLS()
    {
        using TestListener test = Listener();
        byte[] sent = new byte[3_000_001];
        new Random(1).NextBytes(sent);
        using DicomClient client = test.Connect(Cart(), Echo, Ultrasound);
        Assert.True(client.Echo().IsSuccess);
        Assert.True(client.Store(SopClasses.UltrasoundImage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian.Uid, sent).IsSuccess);
        client.Release();
        Assert.Equal(sent, Assert.Single(test.Application.Stored).Bytes);
        Assert.Equal(AssociationEndKind.Released, test.Application.NextEnd().Kind);
    }

    [Theory]
    [InlineData("bcp195")]
    [InlineData("bcp195-256")]
    public void Each_profile_finds_a_suite(string name)
    {
        using TestListener test = Listener(change: t => t with { Profile = TlsProfile.Find(name)! });
        using DicomClient client = test.Connect(Cart(), Echo);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void A_required_certificate_that_is_not_shown_is_named()
    {
        using TestListener test = Listener();
        Refusal(test, Cart(certificates.Trusting()));
        Assert.Equal("the peer shows no certificate and one is required", test.Application.NextRefusal());
    }

    [Fact]
    public void An_optional_certificate_need_not_be_shown()
    {
        using TestListener test = Listener(mutual: false);
        using DicomClient client = test.Connect(Cart(certificates.Trusting()), Echo);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void A_certificate_of_another_CA_is_not_trusted_on_either_side()
    {
        using var others = new TestCertificates();
        others.Make("cart");
        using TestListener test = Listener(mutual: false);
        Refusal(test, Cart(new TlsFiles(others.PathOf("cart.pem"), others.PathOf("cart.key"), certificates.Ca)));
        Assert.Contains("not trusted", test.Application.NextRefusal(), StringComparison.Ordinal);
        Assert.Contains("not trusted", Refusal(test, Cart(others.Trusting())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_ran_out_is_refused()
    {
        certificates.Make("old", until: new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using TestListener test = Listener("old");
        Assert.Contains("NotTimeValid", Refusal(test, Cart()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_for_another_name_is_refused_unless_that_name_is_expected()
    {
        certificates.Make("elsewhere", dns: "pacs.example");
        using TestListener test = Listener("elsewhere");
        Assert.Contains("another name", Refusal(test, Cart()), StringComparison.Ordinal);
        using DicomClient client = test.Connect(new ClientOptions { Tls = new TlsClientOptions(certificates.Files("cart")) { ServerName = "pacs.example" } }, Echo);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void A_plain_peer_on_a_TLS_port_is_named_and_others_are_served()
    {
        using TestListener test = Listener();
        Assert.Throws<AssociationException>(() => test.Connect(Echo));
        Assert.Contains("plain DICOM on this TLS port", test.Application.NextRefusal(), StringComparison.Ordinal);
        using DicomClient client = test.Connect(Cart(), Echo);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void Http_on_a_TLS_port_is_no_handshake()
    {
        using TestListener test = Listener();
        using RawPeer peer = test.Raw().Send("GET / HTTP/1.1\r\n"u8.ToArray());
        Assert.Contains("no TLS handshake", test.Application.NextRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_TLS_peer_on_a_plain_port_is_named_on_both_sides()
    {
        using var test = new TestListener();
        Assert.Contains("TLS", Refusal(test, Cart()), StringComparison.Ordinal);
        Assert.Contains("the peer speaks TLS where plain DICOM is spoken", test.Application.NextRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Silent_peers_hold_no_turn_and_never_stand_before_others()
    {
        using TestListener test = Listener(change: t => t with { MaxHandshakes = 1 });
        var silent = Enumerable.Range(0, 20).Select(_ => test.Raw()).ToList();
        using DicomClient client = test.Connect(Cart(), Echo);
        Assert.True(client.Echo().IsSuccess);
        silent.ForEach(p => p.Dispose());
    }

    [Fact]
    public void A_peer_that_begins_no_handshake_is_let_go()
    {
        using TestListener test = Listener(change: t => t with { Handshake = TimeSpan.FromMilliseconds(50) });
        using RawPeer peer = test.Raw();
        Assert.Empty(peer.Receive());
        Assert.Equal("no TLS handshake in time", test.Application.NextRefusal());
    }

    [Fact]
    public void A_handshake_that_stops_half_way_is_let_go()
    {
        using TestListener test = Listener(change: t => t with { Handshake = TimeSpan.FromMilliseconds(50) });
        using RawPeer peer = test.Raw().Send(TlsChannel.HandshakeRecord, 3, 1, 0, 200, 1);
        Assert.Equal("no TLS handshake in time", test.Application.NextRefusal());
    }

    [Fact]
    public async Task Stopping_ends_idle_TLS_associations()
    {
        using TestListener test = Listener();
        using DicomClient client = test.Connect(Cart(), Echo);
        Assert.True(client.Echo().IsSuccess);
        await test.Listener.StopAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AssociationEndKind.Stopped, test.Application.NextEnd().Kind);
        Assert.Throws<AssociationException>(() => client.Echo());
    }

    [Fact]
    public void A_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not()
    {
        certificates.Make("renewed", until: new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        TlsFiles files = certificates.Files("renewed");
        Assert.Equal(2100, files.ExpiresUtc!.Value.Year);

        certificates.Make("renewed", until: new DateTimeOffset(2110, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.SetLastWriteTimeUtc(certificates.PathOf("renewed.pem"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2110, files.ExpiresUtc!.Value.Year);

        File.WriteAllText(certificates.PathOf("renewed.pem"), "half a certi");
        File.SetLastWriteTimeUtc(certificates.PathOf("renewed.pem"), new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2110, files.ExpiresUtc!.Value.Year);
        Assert.Contains("renewed.pem holds no certificate", files.Problem, StringComparison.Ordinal);
    }

    /// <summary>A Secret volume: tls.crt leads to ..data/tls.crt, and only the link ..data is replaced. Nothing at tls.crt itself changes.</summary>
    [Fact]
    public void A_certificate_renewed_by_swapping_a_link_in_the_middle_is_taken_even_if_it_is_as_old_as_the_last()
    {
        string folder = certificates.PathOf("secret");
        Directory.CreateDirectory(folder);
        Rotate(folder, "..2026_01", 2100);
        File.CreateSymbolicLink(Path.Combine(folder, "tls.crt"), Path.Combine("..data", "tls.crt"));
        File.CreateSymbolicLink(Path.Combine(folder, "tls.key"), Path.Combine("..data", "tls.key"));
        var files = new TlsFiles(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), certificates.Ca);
        Assert.Equal(2100, files.ExpiresUtc!.Value.Year);

        Rotate(folder, "..2026_02", 2110);
        Assert.Equal(2110, files.ExpiresUtc!.Value.Year);
        Assert.Null(files.Problem);
    }

    private void Rotate(string folder, string version, int year)
    {
        certificates.Make("secret", until: new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Directory.CreateDirectory(Path.Combine(folder, version));
        foreach ((string from, string to) in new[] { ("secret.pem", "tls.crt"), ("secret.key", "tls.key") })
        {
            string file = Path.Combine(folder, version, to);
            File.Move(certificates.PathOf(from), file);
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        string link = Path.Combine(folder, "..data");
        File.Delete(link);
        Directory.CreateSymbolicLink(link, version);
    }

    [Fact]
    public void A_problem_with_renewed_files_is_told_when_it_comes_and_when_it_goes()
    {
        certificates.Make("told");
        string good = File.ReadAllText(certificates.PathOf("told.pem"));
        var told = new List<string?>();
        var files = new TlsFiles(certificates.PathOf("told.pem"), certificates.PathOf("told.key"), certificates.Ca) { ProblemChanged = told.Add };
        files.Check();
        File.WriteAllText(certificates.PathOf("told.pem"), "half a certi");
        files.Check();
        files.Check();
        Assert.Contains("told.pem holds no certificate", Assert.Single(told), StringComparison.Ordinal);
        File.WriteAllText(certificates.PathOf("told.pem"), good);
        files.Check();
        Assert.Null(told[1]);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void An_unusable_file_is_named_with_its_remedy()
    {
        certificates.Make("other");
        string missing = certificates.PathOf("none.pem");
        Assert.Contains("none.pem cannot be read: put the file there", Why(new TlsFiles(missing, "", certificates.Ca)), StringComparison.Ordinal);
        Assert.Contains("server.key holds no certificate in PEM", Why(new TlsFiles(certificates.PathOf("server.key"), "", "")), StringComparison.Ordinal);
        Assert.Contains("other.key holds no private key that fits", Why(new TlsFiles(certificates.PathOf("server.pem"), certificates.PathOf("other.key"), "")), StringComparison.Ordinal);
        Assert.Contains("server.pem holds no private key", Why(new TlsFiles(certificates.PathOf("server.pem"), "", "")), StringComparison.Ordinal);
    }

    private static string Why(TlsFiles files) => Assert.Throws<TlsFileException>(files.Check).Message;

    [Fact]
    public void A_listener_whose_certificate_vanished_before_its_first_use_refuses_and_says_why()
    {
        using TestListener test = new(o => o with { Tls = new TlsServerOptions(new TlsFiles(certificates.PathOf("gone.pem"), "", "")) });
        Refusal(test, Cart());
        Assert.Contains("gone.pem cannot be read", test.Application.NextRefusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_profile_is_TLS_1_2_or_newer_with_forward_secrecy_and_AEAD()
    {
        foreach (System.Net.Security.TlsCipherSuite suite in TlsProfile.All.SelectMany(p => p.CipherSuites))
        {
            string name = suite.ToString();
            Assert.True(name.StartsWith("TLS_AES_", StringComparison.Ordinal) || name.StartsWith("TLS_CHACHA20_", StringComparison.Ordinal) || name.Contains("ECDHE", StringComparison.Ordinal), name);
            Assert.True(name.Contains("GCM", StringComparison.Ordinal) || name.Contains("POLY1305", StringComparison.Ordinal), name);
        }
    }
}
