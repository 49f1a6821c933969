using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>Objects of every transfer syntax and certificates that OpenSSL made, once for all tests of a class.</summary>
public sealed class InteropRun : IAsyncLifetime
{
    private readonly TempFolder _folder = new("interop");

    internal IReadOnlyList<PartTen> Objects { get; private set; } = [];

    internal string Ca => _folder["ca.pem"];

    internal string Key => _folder["peer.key"];

    internal string Certificate => _folder["peer.pem"];

    public async Task InitializeAsync()
    {
        Objects = await InteropObjects.MakeAsync(_folder.Folder("objects"));
        await OpenSslAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", _folder["ca.key"], "-out", Ca, "-subj", "/CN=interop CA", "-days", "30");
        await OpenSslAsync("req", "-newkey", "rsa:2048", "-nodes", "-keyout", Key, "-out", _folder["peer.csr"], "-subj", "/CN=interop peer");
        await File.WriteAllTextAsync(_folder["names"], "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
        await OpenSslAsync("x509", "-req", "-in", _folder["peer.csr"], "-CA", Ca, "-CAkey", _folder["ca.key"], "-CAcreateserial", "-out", Certificate, "-days", "20", "-extfile", _folder["names"]);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    internal TlsFiles Files => new(Certificate, Key, Ca);

    internal TlsServerOptions? Server(bool tls) => tls ? new TlsServerOptions(Files) : null;

    internal ClientOptions Client(bool tls) => tls ? new ClientOptions { Tls = new TlsClientOptions(Files) } : ClientOptions.Default;

    /// <summary>DCMTK's own flags for mutual TLS.</summary>
    internal IReadOnlyList<string> Flags(bool tls) => tls ? ["+tls", Key, Certificate, "+cf", Ca] : [];

    private static async Task OpenSslAsync(params string[] arguments) => (await Tool.RunAsync(Tool.Find("/usr/bin/openssl", "openssl"), arguments)).Succeeded();
}
