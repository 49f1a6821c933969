namespace PacsAiWorker.Dicom.Dimse;

/// <summary>How long a <see cref="DicomClient"/> waits and how much it sends at once.</summary>
public sealed record ClientOptions
{
    public static ClientOptions Default { get; } = new();

    /// <summary>Name lookup and TCP connection.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the association request to its answer.</summary>
    public TimeSpan Associate { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the last byte of a request to its response.</summary>
    public TimeSpan Response { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the peer to take a PDU of ours.</summary>
    public TimeSpan Send { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the answer to a release.</summary>
    public TimeSpan Release { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Announced to the peer; responses are small.</summary>
    public int MaxPduBytes { get; init; } = 262_144;

    /// <summary>Longest PDU sent, whatever the peer would take.</summary>
    public int MaxSendPduBytes { get; init; } = 1 << 20;

    /// <summary>Longest data set of a response, such as one match of C-FIND.</summary>
    public int MaxResponseBytes { get; init; } = 4 << 20;

    /// <summary>Roles to propose for SOP classes where we are not SCU (PS3.7 D.3.3.4).</summary>
    public IReadOnlyList<Upper.RoleSelection> Roles { get; init; } = [];

    /// <summary>Who we say we are (PS3.7 D.3.3.7); null says nothing.</summary>
    public Upper.UserIdentity? UserIdentity { get; init; }

    /// <summary>Takes results of storage commitment that come on this association; null refuses them.</summary>
    public ICommitmentEvents? Commitment { get; init; }

    /// <summary>TCP_QUICKACK before each receive: peers that hold back half of their response need not wait.</summary>
    public bool QuickAck { get; init; } = true;

    /// <summary>Null: plain TCP.</summary>
    public Upper.TlsClientOptions? Tls { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>An abstract syntax and the transfer syntaxes offered for it, in order of preference.</summary>
public sealed record ProposedContext(string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes)
{
    public ProposedContext(string abstractSyntax, params string[] transferSyntaxes)
        : this(abstractSyntax, (IReadOnlyList<string>)transferSyntaxes)
    {
    }
}
