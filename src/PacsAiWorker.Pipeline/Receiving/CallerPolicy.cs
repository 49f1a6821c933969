using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Pure: who may open an association, and what it may send. The refusing rule is always named.</summary>
public static class CallerPolicy
{
    /// <param name="storageProblem">Why nothing can be kept at the moment; null when all is well.</param>
    public static AssociationDecision Decide(AssociationRequest request, IPAddress remote, DicomOptions options, string? storageProblem)
    {
        if (request.CalledAe != options.AeTitle)
        {
            return AssociationDecision.CalledAeUnknown($"called AE title \"{request.CalledAe}\" is not ours (Dicom:AeTitle is \"{options.AeTitle}\")");
        }

        // A PACS that only reports storage commitment needs no room on the disk, and stores nothing here unless it may send too.
        var reports = AcceptedContexts.ReportsCommitment(request) && IsReporter(options, request.CallingAe);
        var sends = options.AcceptsUnknown || Find(options, request.CallingAe, remote) is not null;
        if (!sends && !reports)
        {
            return AssociationDecision.CallingAeUnknown(Known(options, request.CallingAe)
                ? $"calling AE title \"{request.CallingAe}\" is known, but not from {remote}: correct Dicom:Callers:N:Address"
                : $"calling AE title \"{request.CallingAe}\" is unknown: add it to Dicom:Callers");
        }

        if (storageProblem is not null && !reports)
        {
            return AssociationDecision.LocalLimitExceeded(storageProblem);
        }

        return new AssociationDecision.Accept([.. request.Contexts.Select(c => AcceptedContexts.Decide(c, mpps: sends, commitment: reports, storage: sends && storageProblem is null))]) { Roles = AcceptedContexts.Roles };
    }

    /// <summary>
    /// Whether an AE title is that of a destination that is asked for storage commitment. From which address is not checked: a PACS of several
    /// nodes reports from any, and what it must know, a transaction UID drawn at random, was told to that PACS alone.
    /// </summary>
    public static bool IsReporter(DicomOptions options, string callingAe) => options.Destinations.Any(d => d.StorageCommitment && d.AeTitle == callingAe);

    /// <summary>The configured caller that fits, or null.</summary>
    public static CallerOptions? Find(DicomOptions options, string callingAe, IPAddress remote) =>
        options.Callers.FirstOrDefault(c => c.AeTitle == callingAe && (c.Address.Length == 0 || remote.Equals(IPAddress.Parse(c.Address))));

    /// <summary>The AE titles of which every configured caller sends children only.</summary>
    public static ChildCallers ChildrenOnly(DicomOptions options) =>
        new(options.Callers.GroupBy(c => c.AeTitle).Where(g => g.All(c => c.ChildrenOnly)).Select(g => g.Key).ToHashSet());

    private static bool Known(DicomOptions options, string callingAe) => options.Callers.Any(c => c.AeTitle == callingAe);
}

/// <summary>Pure: which presentation contexts are accepted, PS3.8 Table 9-18.</summary>
public static class AcceptedContexts
{
    private static readonly HashSet<string> Storage = [.. SopClasses.AcceptedStorage];

    /// <summary>Roles that we allow a requestor beside the default: a PACS reports storage commitment as SCP (PS3.4 J.3.3).</summary>
    public static IReadOnlyList<RoleSelection> Roles { get; } = [new(SopClasses.StorageCommitmentPush, Scu: false, Scp: true)];

    /// <summary>Transfer syntaxes of storage: every one we know but JPEG XL, which nothing here decodes.</summary>
    public static IReadOnlyList<string> StorageSyntaxes { get; } =
    [
        .. TransferSyntax.Known.Where(t => !t.Name.StartsWith("JPEG XL", StringComparison.Ordinal)).Select(t => t.Uid),
    ];

    /// <summary>Transfer syntaxes of services that carry attributes.</summary>
    public static IReadOnlyList<string> ServiceSyntaxes { get; } = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];

    /// <summary>Every syntax that can be kept is accepted, decodable or not: what cannot be scored is named later, never refused here.</summary>
    /// <param name="mpps">Performed procedure steps are served.</param>
    /// <param name="commitment">Results of storage commitment are taken, and the requestor proposed to be their SCP.</param>
    /// <param name="storage">It may store.</param>
    public static PresentationContext Decide(PresentationContext proposed, bool mpps = false, bool commitment = false, bool storage = true) => proposed.AbstractSyntax switch
    {
        SopClasses.Verification => First(proposed, StorageSyntaxes),
        ServiceClasses.Mpps when mpps => First(proposed, ServiceSyntaxes),
        SopClasses.StorageCommitmentPush when commitment => First(proposed, ServiceSyntaxes),
        var uid when storage && Storage.Contains(uid) => First(proposed, StorageSyntaxes),
        _ => proposed.Refuse(PresentationContext.AbstractSyntaxNotSupported),
    };

    /// <summary>Whether the requestor proposed to report storage commitment, as its SCP.</summary>
    public static bool ReportsCommitment(AssociationRequest request) => request.Roles.Any(r => r.SopClassUid == SopClasses.StorageCommitmentPush && r.Scp);

    /// <summary>The peer's first choice among what we take, so that nobody has to re-encode.</summary>
    private static PresentationContext First(PresentationContext proposed, IReadOnlyList<string> taken) =>
        proposed.TransferSyntaxes.FirstOrDefault(taken.Contains) is { } syntax ? proposed.Accept(syntax) : proposed.Refuse(PresentationContext.TransferSyntaxesNotSupported);
}
