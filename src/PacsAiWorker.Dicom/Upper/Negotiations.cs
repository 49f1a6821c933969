namespace PacsAiWorker.Dicom.Upper;

/// <summary>SCP/SCU role selection (PS3.7 annex D.3.3.4): the roles of the association's requestor, for one SOP class.</summary>
public sealed record RoleSelection(string SopClassUid, bool Scu, bool Scp)
{
    /// <summary>
    /// One answer for each proposal of a class with an accepted context: a role is granted if it was proposed and we allow it. What is
    /// not in <paramref name="allowed"/> may be SCU only, the default.
    /// </summary>
    public static IReadOnlyList<RoleSelection> Answer(
        IReadOnlyList<RoleSelection> proposed, IReadOnlyList<RoleSelection> allowed, IReadOnlyList<PresentationContext> contexts) =>
    [
        .. proposed.DistinctBy(p => p.SopClassUid).Where(p => contexts.Any(c => c.IsAccepted && c.AbstractSyntax == p.SopClassUid)).Select(p =>
        {
            RoleSelection may = allowed.FirstOrDefault(a => a.SopClassUid == p.SopClassUid) ?? new(p.SopClassUid, Scu: true, Scp: false);
            return new RoleSelection(p.SopClassUid, p.Scu && may.Scu, p.Scp && may.Scp);
        }),
    ];
}

/// <summary>
/// Asynchronous operations window (PS3.7 annex D.3.3.3): how many requests the association's requestor may invoke, and be asked to
/// perform, before they are answered. 0 is "no limit".
/// </summary>
public sealed record OperationsWindow(int Invoked, int Performed)
{
    /// <summary>
    /// The acceptor's answer: at most what was proposed and at most <paramref name="most"/> from the peer; from us one at a time, always.
    /// Null if nothing was proposed.
    /// </summary>
    public static OperationsWindow? Answer(OperationsWindow? proposed, int most) =>
        proposed is null ? null : new(proposed.Invoked == 0 ? most : Math.Min(proposed.Invoked, most), 1);
}

/// <summary>SOP class extended negotiation (PS3.7 annex D.3.3.5): bytes whose meaning the service class defines.</summary>
public sealed record ExtendedNegotiation(string SopClassUid, ReadOnlyMemory<byte> Information);

/// <summary>SOP class common extended negotiation (PS3.7 annex D.3.3.6), of a request only: it is never answered.</summary>
public sealed record CommonExtendedNegotiation(string SopClassUid, string ServiceClassUid, IReadOnlyList<string> RelatedGeneralSopClasses);

/// <summary>User identity negotiation (PS3.7 annex D.3.3.7). Its fields are secrets: nothing here puts them into words.</summary>
/// <param name="type">1 user name, 2 user name and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON web token.</param>
/// <param name="positiveResponseRequested">The requestor wants to hear that the identity was accepted.</param>
public sealed class UserIdentity(byte type, bool positiveResponseRequested, ReadOnlyMemory<byte> primary, ReadOnlyMemory<byte> secondary)
{
    public byte Type { get; } = type;

    public bool PositiveResponseRequested { get; } = positiveResponseRequested;

    /// <summary>User name in UTF-8, ticket, assertion or token.</summary>
    public ReadOnlyMemory<byte> Primary { get; } = primary;

    /// <summary>Passcode of type 2.</summary>
    public ReadOnlyMemory<byte> Secondary { get; } = secondary;

    public override string ToString() => $"user identity of type {Type}";
}
