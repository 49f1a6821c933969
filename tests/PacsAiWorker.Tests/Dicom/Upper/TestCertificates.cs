using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Tests.Dicom.Upper;

/// <summary>A CA of the test's own and certificates it signs, as PEM files in a folder.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset Born = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Dies = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("pacsai-tls-").FullName;
    private readonly X509Certificate2 ca = NewCa();

    public TestCertificates() => File.WriteAllText(Ca, ca.ExportCertificatePem());

    public string Ca => Path.Combine(folder, "ca.pem");

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>Writes NAME.pem and NAME.key; the certificate is for the name and for 127.0.0.1.</summary>
    public TestCertificates Make(string name, DateTimeOffset? until = null, string? dns = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dns ?? name);
        if (dns is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(ca, Born, until ?? Dies.AddYears(-1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf(name + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        return this;
    }

    public TlsFiles Files(string name) => new(PathOf(name + ".pem"), PathOf(name + ".key"), Ca);

    /// <summary>No certificate of our own, the CA trusted.</summary>
    public TlsFiles Trusting() => new("", "", Ca);

    public void Dispose()
    {
        ca.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static X509Certificate2 NewCa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Born, Dies);
    }
}
