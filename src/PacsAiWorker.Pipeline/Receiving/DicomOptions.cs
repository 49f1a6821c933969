using System.Net;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Section <c>Dicom</c>: who we are, who may send, where results go.</summary>
public sealed record DicomOptions
{
    /// <summary>Our AE title, at most 16 characters.</summary>
    public string AeTitle { get; init; } = "PACSAI";

    /// <summary>TCP port; 0 takes any free one.</summary>
    public int Port { get; init; } = 11112;

    /// <summary>Address to listen on; loopback until a site opens it.</summary>
    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>Carts and routers that may send.</summary>
    public IReadOnlyList<CallerOptions> Callers { get; init; } = [];

    /// <summary>Unset means: only while bound to loopback.</summary>
    public bool? AcceptUnknownCallers { get; init; }

    /// <summary>Acknowledge TCP segments at once (Linux): senders with Nagle's algorithm are many times faster. Off only to measure.</summary>
    public bool QuickAcknowledge { get; init; } = true;

    /// <summary>PACS that receive the reports. None: reports wait.</summary>
    public IReadOnlyList<DestinationOptions> Destinations { get; init; } = [];

    public TlsOptions Tls { get; init; } = new();

    /// <summary>Requests that a peer may send before the answer to the first, if it negotiates that; served in order.</summary>
    public int MaxOutstandingRequests { get; init; } = 16;

    public bool AcceptsUnknown => AcceptUnknownCallers ?? IPAddress.IsLoopback(IPAddress.Parse(Bind));
}

/// <summary>One application entity that may send.</summary>
public sealed record CallerOptions
{
    public string AeTitle { get; init; } = "";

    /// <summary>Its address; empty accepts the AE title from anywhere (an AE title is a name, not a credential).</summary>
    public string Address { get; init; } = "";

    /// <summary>Site its studies belong to; empty means <c>Site:Name</c>.</summary>
    public string Site { get; init; } = "";

    /// <summary>Quiet time of its studies in seconds; 0 means <c>Studies:QuietSeconds</c>.</summary>
    public int QuietSeconds { get; init; }

    /// <summary>Tier of its studies before anything is scored: 0 stat, 1 urgent, 2 routine, 3 backfill; null takes that of the order, else routine.</summary>
    public int? Tier { get; init; }

    /// <summary>It sends children only: at most 18 years where the header says nothing about the age.</summary>
    public bool ChildrenOnly { get; init; }
}
