using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Pipeline;

/// <summary>TLS as configured, as the network layer takes it.</summary>
public static class DicomTls
{
    /// <summary>Of a port of ours; null while TLS is off.</summary>
    /// <param name="side">The port, for people.</param>
    /// <param name="log">Told when renewed files cannot be used, and when they can again.</param>
    public static TlsServerOptions? Server(TlsOptions options, string side, ILogger? log = null) => !options.Enabled ? null
        : new TlsServerOptions(new TlsFiles(options.CertificatePath, options.KeyPath, options.ClientCaPath) { ProblemChanged = Tell(log, side) })
        {
            RequireClientCertificate = options.RequireClientCertificate,
            Profile = Profile(options.Profile),
        };

    /// <summary>For connections to one PACS. Keep it: the files that worked stay in use only within one.</summary>
    /// <param name="log">Told when renewed files cannot be used, and when they can again.</param>
    public static ClientOptions Client(DestinationOptions destination, ILogger? log = null) => destination.Tls is not { Enabled: true } options ? ClientOptions.Default : new ClientOptions
    {
        Tls = new TlsClientOptions(new TlsFiles(options.CertificatePath, options.KeyPath, options.CaPath) { ProblemChanged = Tell(log, destination.Name) })
        {
            ServerName = options.ServerName,
            Profile = Profile(options.Profile),
        },
    };

    private static Action<string?>? Tell(ILogger? log, string side) => log is null ? null : problem =>
    {
        if (problem is null)
        {
            PipelineLog.TlsFilesUsable(log, side);
        }
        else
        {
            PipelineLog.TlsFilesUnusable(log, side, problem);
        }
    };

    private static TlsProfile Profile(string name) => TlsProfile.Find(name) ?? throw new ArgumentException($"There is no TLS profile {name}.", nameof(name));
}
