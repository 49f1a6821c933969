using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Tests.Dicom.Upper;

namespace PacsAiWorker.Tests.Pipeline;

public sealed class DicomTlsTests
{
    [Fact]
    public void A_broken_renewal_of_our_port_is_logged_once_with_the_file()
    {
        using var certificates = new TestCertificates().Make("port");
        var log = new KeptLog<DicomTlsTests>();
        var files = DicomTls.Server(new TlsOptions { Enabled = true, CertificatePath = certificates.PathOf("port.pem"), KeyPath = certificates.PathOf("port.key"), ClientCaPath = certificates.Ca }, "our port", log)!.Files;
        files.Check();
        File.WriteAllText(certificates.PathOf("port.key"), "half a key");
        files.Check();
        files.Check();
        var line = Assert.Single(log.Of(1010));
        Assert.Contains("our port", line, StringComparison.Ordinal);
        Assert.Contains("port.key", line, StringComparison.Ordinal);
    }
}
