namespace PacsAiWorker.Records.Rows;

/// <summary>A person, or a program, that may use the desk.</summary>
public sealed class AccountRow
{
    public Guid Id { get; set; }

    /// <summary>As it stands in the audit; unique, whatever its case.</summary>
    public required string Name { get; set; }

    /// <summary><see cref="AccountRoles"/>.</summary>
    public required string Role { get; set; }

    /// <summary>Hash of the password; of a service, SHA-256 of its key.</summary>
    public required string Secret { get; set; }

    /// <summary>Changes with password, role and blocking: a sign-in under an older one has ended.</summary>
    public required string Stamp { get; set; }

    /// <summary>Wrong passwords in a row, and until when no further one is looked at.</summary>
    public int Failures { get; set; }
    public DateTime? LockedUntil { get; set; }

    public DateTime CreatedAt { get; set; }
    public required string CreatedBy { get; set; }

    /// <summary>Since when it may not sign in; null while it may.</summary>
    public DateTime? DisabledAt { get; set; }
}

/// <summary>What an account is for.</summary>
public static class AccountRoles
{
    /// <summary>Sees the list and the studies, and answers results.</summary>
    public const string Viewer = "viewer";

    /// <summary>Also moves studies: read, complete, priority messages.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Sees everything and asks the record; stops a package.</summary>
    public const string Qa = "qa";

    /// <summary>All of it, and the accounts.</summary>
    public const string Admin = "admin";

    /// <summary>A program: reads by the HTTP interface and gives final diagnoses.</summary>
    public const string Service = "service";

    public static readonly IReadOnlyList<string> All = [Viewer, Coordinator, Qa, Admin, Service];
}

/// <summary>A link that makes one account, once, for a while.</summary>
public sealed class InvitationRow
{
    /// <summary>SHA-256 of what stands in the link: whoever reads this table cannot use it.</summary>
    public required string TokenDigest { get; set; }
    public required string Role { get; set; }
    public DateTime CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public DateTime ExpiresAt { get; set; }
    public DateTime? UsedAt { get; set; }
    public Guid? AccountId { get; set; }
}
