namespace PacsAiWorker.Pipeline;

/// <summary>One PACS, <c>Dicom:Destinations:N</c>.</summary>
public sealed record DestinationOptions
{
    /// <summary>Name in records and pages; deliveries are bound to it.</summary>
    public string Name { get; init; } = "";

    public string AeTitle { get; init; } = "";

    public string Host { get; init; } = "";

    public int Port { get; init; } = 104;

    /// <summary>Base of its DICOMweb service, for STOW-RS (PS3.18 section 10.5) instead of <see cref="AeTitle"/>, <see cref="Host"/> and <see cref="Port"/>; empty: DIMSE.</summary>
    public string Url { get; init; } = "";

    /// <summary>File with the bearer token for <see cref="Url"/>, read for each request; empty: none.</summary>
    public string TokenFile { get; init; } = "";

    public DestinationTlsOptions Tls { get; init; } = new();

    /// <summary>Ask it to promise that it keeps what it stored (PS3.4 annex J), and wait for that before images may leave the spool.</summary>
    public bool StorageCommitment { get; init; }

    /// <summary>Seconds that the association is kept open for its report; a PACS that opens one of its own is not waited for.</summary>
    public int CommitmentWaitSeconds { get; init; } = 10;

    /// <summary>After STOW-RS ask by QIDO-RS (PS3.18 section 10.6) whether it has what it stored, and wait for that before images may leave the spool.</summary>
    public bool VerifyByQuery { get; init; }

    /// <summary>Hours until it is asked again; of a destination that is asked by a query, until what it does not have is stored again.</summary>
    public int CommitmentHours { get; init; } = 24;

    /// <summary>Associations that store in it at a time; one more asks for commitment.</summary>
    public int MaxAssociations { get; init; } = 2;

    /// <summary>Whether more than its answer to the transfer is wanted.</summary>
    public bool WantsProof => StorageCommitment || VerifyByQuery;

    /// <summary>The machine that gets the reports.</summary>
    public string Machine() => Url.Length > 0 ? new Uri(Url).DnsSafeHost : Host;

    /// <summary>Where it is, for people.</summary>
    public string Address() => Url.Length > 0 ? Url : $"{AeTitle}@{Host}:{Port}";
}

/// <summary><c>Dicom:Destinations:N:Tls</c>: how we connect to one PACS.</summary>
public sealed record DestinationTlsOptions
{
    public bool Enabled { get; init; }

    /// <summary>PEM file with the CAs of its certificate; empty: those of the system.</summary>
    public string CaPath { get; init; } = "";

    /// <summary>PEM file with the certificate we show; empty: none.</summary>
    public string CertificatePath { get; init; } = "";

    /// <summary>PEM file with its key, without password; empty: in the certificate's file.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>Name that its certificate must hold; empty: Host.</summary>
    public string ServerName { get; init; } = "";

    /// <summary><c>bcp195</c> or <c>bcp195-256</c>.</summary>
    public string Profile { get; init; } = "bcp195";
}
