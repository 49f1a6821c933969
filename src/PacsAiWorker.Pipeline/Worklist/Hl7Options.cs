namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Section <c>Worklist</c>: how the reading list outside is told, and what it tells us. All of it is off until a site says where.</summary>
public sealed record WorklistOptions
{
    public Hl7Options Hl7 { get; init; } = new();

    public MwlOptions Mwl { get; init; } = new();
}

/// <summary>Section <c>Worklist:Hl7</c>: messages about raised priorities.</summary>
public sealed record Hl7Options
{
    public bool Enabled { get; init; }

    public string Host { get; init; } = "";

    /// <summary>2575 is the registered port of MLLP.</summary>
    public int Port { get; init; } = 2575;

    public DestinationTlsOptions Tls { get; init; } = new();

    /// <summary>The receiver declares that a message can raise a priority there and never lower it: then the order's own priority need not be known.</summary>
    public bool RaiseOnly { get; init; }

    public string SendingApplication { get; init; } = "PACSAI";

    public string SendingFacility { get; init; } = "";

    public string ReceivingApplication { get; init; } = "";

    public string ReceivingFacility { get; init; } = "";

    /// <summary>Letter for TP3: <c>A</c>, <c>T</c>, <c>R</c>, or <c>off</c> for no message.</summary>
    public string ElevatedLetter { get; init; } = "A";

    /// <summary>Days after which a study is too old to be raised, 1 … 365; safety rule 6.</summary>
    public int MaxStudyAgeDays { get; init; } = 7;

    /// <summary>Hours for which a priority that was told of an order counts as what it is now, 1 … 720.</summary>
    public int ExistingPriorityHours { get; init; } = 24;

    /// <summary>Seconds for connection, message and answer together, 1 … 300.</summary>
    public int TimeoutSeconds { get; init; } = 15;

    public Hl7ListenOptions Listen { get; init; } = new();
}

/// <summary>Section <c>Worklist:Hl7:Listen</c>: our port for what the information system tells.</summary>
public sealed record Hl7ListenOptions
{
    public bool Enabled { get; init; }

    public string Bind { get; init; } = "127.0.0.1";

    /// <summary>0 takes any free one.</summary>
    public int Port { get; init; } = 2575;

    public Hl7ListenTlsOptions Tls { get; init; } = new();

    /// <summary>Who may send. Empty: everybody on this machine, and nobody else.</summary>
    public IReadOnlyList<Hl7SenderOptions> Senders { get; init; } = [];
}

/// <summary>Section <c>Worklist:Hl7:Listen:Tls</c>.</summary>
public sealed record Hl7ListenTlsOptions
{
    public bool Enabled { get; init; }

    /// <summary>PEM file with our certificate, then its intermediates.</summary>
    public string CertificatePath { get; init; } = "";

    /// <summary>PEM file with its key, without password; empty: in the certificate's file.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>PEM file with the CAs of the senders' certificates; needed while one is required, else empty: those of the system.</summary>
    public string ClientCaPath { get; init; } = "";

    public bool RequireClientCertificate { get; init; } = true;

    /// <summary><c>bcp195</c> or <c>bcp195-256</c>.</summary>
    public string Profile { get; init; } = "bcp195";
}

/// <summary>One system that may send, <c>Worklist:Hl7:Listen:Senders:N</c>.</summary>
public sealed record Hl7SenderOptions
{
    /// <summary>Its IP address.</summary>
    public string Address { get; init; } = "";

    /// <summary>MSH-3 that it must name; empty takes any.</summary>
    public string Application { get; init; } = "";
}

/// <summary>Section <c>Worklist:Mwl</c>: where the order of a study is looked up. Off while no host is named.</summary>
public sealed record MwlOptions
{
    public string AeTitle { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 104;
}
