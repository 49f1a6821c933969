using System.Net;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Where a listener listens and what a peer may cost. Defaults from the limits table of the reliability design.</summary>
/// <param name="Bind">Local address.</param>
/// <param name="Port">TCP port; 0 takes any free one.</param>
/// <param name="MaxPduBytes">Longest P-DATA-TF announced and taken, 16 KiB to 1 MiB.</param>
public sealed record ListenerOptions(IPAddress Bind, int Port, int MaxPduBytes = 262_144)
{
    public int MaxAssociations { get; init; } = 200;

    public int MaxAssociationsPerAe { get; init; } = 50;

    public int MaxAssociationsPerAddress { get; init; } = 100;

    /// <summary>ARTIM (PS3.8 section 9.1.4): time to the request, and to the peer's close after a reject, abort or release.</summary>
    public TimeSpan Artim { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence between PDUs.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waiting for the rest of a PDU once begun.</summary>
    public TimeSpan WholePdu { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest peer inside a message, measured over <see cref="WholePdu"/> of waiting.</summary>
    public int MinBytesPerSecond { get; init; } = 1024;

    public int MaxCommandBytes { get; init; } = 64 * 1024;

    public long MaxDataSetBytes { get; init; } = 2L << 30;

    /// <summary>Data set of a normalized request (N-CREATE, N-SET, N-EVENT-REPORT), which is held in memory.</summary>
    public int MaxAttributeBytes { get; init; } = 4 << 20;

    /// <summary>TCP_QUICKACK before each receive: frees senders that hold back a PDU's body until its head is acknowledged.</summary>
    public bool QuickAck { get; init; } = true;

    /// <summary>Null: plain TCP.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Requests a peer may send before the answer to the first (PS3.7 D.3.3.3), if it asks; they are served in order. 1: none.</summary>
    public int MaxOutstandingRequests { get; init; } = 16;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
