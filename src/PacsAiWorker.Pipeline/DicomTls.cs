using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Pipeline;

/// <summary>TLS as configured, as the network layer takes it.</summary>
public static class DicomTls
{
    /// <summary>Of our port; null while TLS is off.</summary>
    public static TlsServerOptions? Server(TlsOptions options) => !options.Enabled ? null
        : new TlsServerOptions(new TlsFiles(options.CertificatePath, options.KeyPath, options.ClientCaPath))
        {
            RequireClientCertificate = options.RequireClientCertificate,
            Profile = Profile(options.Profile),
        };

    /// <summary>For connections to one PACS.</summary>
    public static ClientOptions Client(DestinationTlsOptions options) => !options.Enabled ? ClientOptions.Default : new ClientOptions
    {
        Tls = new TlsClientOptions(new TlsFiles(options.CertificatePath, options.KeyPath, options.CaPath))
        {
            ServerName = options.ServerName,
            Profile = Profile(options.Profile),
        },
    };

    private static TlsProfile Profile(string name) => TlsProfile.Find(name) ?? throw new ArgumentException($"There is no TLS profile {name}.", nameof(name));
}
