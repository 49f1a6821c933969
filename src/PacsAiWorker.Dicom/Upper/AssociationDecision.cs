namespace PacsAiWorker.Dicom.Upper;

/// <summary>The application's verdict on an A-ASSOCIATE-RQ. The transport sends it; after a reject nothing more is sent.</summary>
public abstract record AssociationDecision
{
    private AssociationDecision()
    {
    }

    /// <summary>Every proposed context with its result.</summary>
    public sealed record Accept(IReadOnlyList<PresentationContext> Contexts) : AssociationDecision
    {
        /// <summary>Roles that we allow the requestor, if it asked for them; a class that is not here gets the default roles only.</summary>
        public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

        /// <summary>Answers to SOP class extended negotiation (PS3.7 D.3.3.5); sent for classes that the requestor named.</summary>
        public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

        /// <summary>
        /// The identity was checked and holds: what the standard wants back (PS3.7 D.3.3.7.2, empty for user names), sent if a positive
        /// response was asked for. Null: user identity is not supported, and no answer says so.
        /// </summary>
        public byte[]? UserIdentityAnswer { get; init; }
    }

    /// <summary>Codes of PS3.8 table 9-21; <paramref name="Rule"/> names the rule that refused, for log and peers page.</summary>
    public sealed record Reject(byte Result, byte Source, byte Reason, string Rule) : AssociationDecision;

    public static Reject CallingAeUnknown(string rule) => new(AssociateRj.Permanent, 1, 3, rule);

    public static Reject CalledAeUnknown(string rule) => new(AssociateRj.Permanent, 1, 7, rule);

    public static Reject ApplicationContextNotSupported(string rule) => new(AssociateRj.Permanent, 1, 2, rule);

    public static Reject ProtocolVersionNotSupported(string rule) => new(AssociateRj.Permanent, 2, 2, rule);

    public static Reject TemporaryCongestion(string rule) => new(AssociateRj.Transient, 3, 1, rule);

    public static Reject LocalLimitExceeded(string rule) => new(AssociateRj.Transient, 3, 2, rule);
}
