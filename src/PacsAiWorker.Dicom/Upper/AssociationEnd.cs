namespace PacsAiWorker.Dicom.Upper;

/// <summary>How an association ended.</summary>
public enum AssociationEndKind
{
    Released,
    Rejected,
    AbortedByPeer,
    AbortedByUs,
    TimedOut,
    ConnectionLost,
    Stopped,
}

/// <param name="Kind">How.</param>
/// <param name="Reason">Why, in words; no patient data.</param>
/// <param name="Messages">C-STORE and C-ECHO requests that were answered.</param>
public sealed record AssociationEnd(AssociationEndKind Kind, string Reason, int Messages);
