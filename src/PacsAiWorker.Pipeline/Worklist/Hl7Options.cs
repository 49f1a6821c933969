namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Section <c>Worklist</c>: how the reading list outside is told, and what it tells us. All of it is off until a site says where.</summary>
public sealed record WorklistOptions
{
    public Hl7Options Hl7 { get; init; } = new();

    public UpsOptions Ups { get; init; } = new();

    public MwlOptions Mwl { get; init; } = new();
}

/// <summary>Section <c>Worklist:Ups</c>: work items for reading raised studies (Unified Procedure Step Push).</summary>
public sealed record UpsOptions
{
    public bool Enabled { get; init; }

    public string AeTitle { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 104;

    public DestinationTlsOptions Tls { get; init; } = new();

    /// <summary>Its owner declares that a work item can raise a study there and never lower it: then the order's own priority need not be known.</summary>
    public bool RaiseOnly { get; init; }

    /// <summary>Worklist Label (0074,1202); empty leaves it to the provider.</summary>
    public string WorklistLabel { get; init; } = "";

    /// <summary>Priority of TP3: <c>MEDIUM</c>, <c>HIGH</c>, or <c>off</c> for no work item.</summary>
    public string Elevated { get; init; } = "MEDIUM";

    /// <summary>AE title of the archive that the images can be fetched from; empty names no images.</summary>
    public string RetrieveAeTitle { get; init; } = "";
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

    public TlsOptions Tls { get; init; } = new();

    /// <summary>Who may send. Empty: everybody on this machine, and nobody else.</summary>
    public IReadOnlyList<Hl7SenderOptions> Senders { get; init; } = [];
}

/// <summary>One system that may send, <c>Worklist:Hl7:Listen:Senders:N</c>.</summary>
public sealed record Hl7SenderOptions
{
    /// <summary>Its IP address.</summary>
    public string Address { get; init; } = "";

    /// <summary>MSH-3 that it must name; empty takes any.</summary>
    public string Application { get; init; } = "";
}

/// <summary>Section <c>Worklist:Mwl</c>: where the order of a study is looked up, and which studies are expected. Off while no host is named.</summary>
public sealed record MwlOptions
{
    public string AeTitle { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 104;

    /// <summary>Ask it every five minutes which ultrasound studies are scheduled today, so that those that do not come are seen.</summary>
    public bool Expect { get; init; }

    /// <summary>AE titles of the stations whose studies are sent here; empty means all.</summary>
    public IReadOnlyList<string> Stations { get; init; } = [];

    /// <summary>Minutes after its scheduled time until a study that did not come is said, 5 … 1440.</summary>
    public int ExpectedAfterMinutes { get; init; } = 120;
}
