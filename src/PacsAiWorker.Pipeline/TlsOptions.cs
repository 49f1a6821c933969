namespace PacsAiWorker.Pipeline;

/// <summary>TLS on a port of ours: <c>Dicom:Tls</c> (PS3.15 annex B.12) and <c>Worklist:Hl7:Listen:Tls</c>.</summary>
public sealed record TlsOptions
{
    public bool Enabled { get; init; }

    /// <summary>PEM file with our certificate, then its intermediates.</summary>
    public string CertificatePath { get; init; } = "";

    /// <summary>PEM file with its key, without password; empty: in the certificate's file.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>PEM file with the CAs of the peers' certificates; needed while one is required, else empty: those of the system.</summary>
    public string ClientCaPath { get; init; } = "";

    public bool RequireClientCertificate { get; init; } = true;

    /// <summary><c>bcp195</c> or <c>bcp195-256</c>.</summary>
    public string Profile { get; init; } = "bcp195";
}
