using System.Net;
using PacsAiWorker.Dicom.Data;
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

        if (!options.AcceptsUnknown && Find(options, request.CallingAe, remote) is null)
        {
            return AssociationDecision.CallingAeUnknown(Known(options, request.CallingAe)
                ? $"calling AE title \"{request.CallingAe}\" is known, but not from {remote}: correct Dicom:Callers:N:Address"
                : $"calling AE title \"{request.CallingAe}\" is unknown: add it to Dicom:Callers");
        }

        if (storageProblem is not null)
        {
            return AssociationDecision.LocalLimitExceeded(storageProblem);
        }

        return new AssociationDecision.Accept([.. request.Contexts.Select(AcceptedContexts.Decide)]);
    }

    /// <summary>The configured caller that fits, or null.</summary>
    public static CallerOptions? Find(DicomOptions options, string callingAe, IPAddress remote) =>
        options.Callers.FirstOrDefault(c => c.AeTitle == callingAe && (c.Address.Length == 0 || remote.Equals(IPAddress.Parse(c.Address))));

    private static bool Known(DicomOptions options, string callingAe) => options.Callers.Any(c => c.AeTitle == callingAe);
}

/// <summary>Pure: which presentation contexts are accepted, PS3.8 Table 9-18.</summary>
public static class AcceptedContexts
{
    // Deflated and JPEG XL are not taken yet (docs/conformance in a later version).
    private static readonly HashSet<string> Taken =
    [
        .. TransferSyntax.Known
            .Where(t => !t.Deflated && !t.Name.StartsWith("JPEG XL", StringComparison.Ordinal))
            .Select(t => t.Uid),
    ];

    private static readonly HashSet<string> Storage = [.. SopClasses.AcceptedStorage];

    /// <summary>Every syntax that can be kept is accepted, decodable or not: what cannot be scored is named later, never refused here.</summary>
    public static PresentationContext Decide(PresentationContext proposed)
    {
        if (proposed.AbstractSyntax != SopClasses.Verification && !Storage.Contains(proposed.AbstractSyntax))
        {
            return proposed.Refuse(PresentationContext.AbstractSyntaxNotSupported);
        }

        var syntax = proposed.TransferSyntaxes.FirstOrDefault(Taken.Contains);
        return syntax is null ? proposed.Refuse(PresentationContext.TransferSyntaxesNotSupported) : proposed.Accept(syntax);
    }
}
