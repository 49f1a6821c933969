namespace PacsAiWorker.Dicom.Upper;

/// <summary>TLS of a listener.</summary>
public sealed record TlsServerOptions(TlsFiles Files)
{
    public TlsProfile Profile { get; init; } = TlsProfile.Bcp195;

    /// <summary>Peers without a certificate of a CA we trust are refused. When false, one that is shown is still checked.</summary>
    public bool RequireClientCertificate { get; init; } = true;

    /// <summary>From the connection to the end of the handshake.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Handshakes at the same time; further ones wait their turn within <see cref="Handshake"/>.</summary>
    public int MaxHandshakes { get; init; } = 32;
}

/// <summary>TLS of a requestor.</summary>
public sealed record TlsClientOptions(TlsFiles Files)
{
    public TlsProfile Profile { get; init; } = TlsProfile.Bcp195;

    /// <summary>Name that the peer's certificate must hold; empty: the host we connect to.</summary>
    public string ServerName { get; init; } = "";

    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);
}
