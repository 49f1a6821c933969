using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Judges the peer's certificate and remembers why not.</summary>
internal sealed class TlsJudge(bool required)
{
    public string? Refusal { get; private set; }

    public bool Take(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            Refusal = required ? "the peer shows no certificate and one is required" : null;
        }
        else if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            Refusal = "the peer's certificate is not trusted: " + string.Join(", ", chain?.ChainStatus.Select(s => s.Status.ToString()) ?? []);
        }
        else if (errors != SslPolicyErrors.None)
        {
            Refusal = "the peer's certificate is for another name than the one we connect to";
        }

        return Refusal is null;
    }
}
