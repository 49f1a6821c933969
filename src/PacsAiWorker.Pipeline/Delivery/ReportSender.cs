using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>What came of one attempt to store a report.</summary>
public abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>The PACS answered: to the report when all before it was stored, else to the first object that was not.</summary>
    public sealed record Answered(ReportRow Report, ushort Status, string? Comment) : SendOutcome;

    /// <summary>Nothing was sent: since it was read it was withheld or retired.</summary>
    public sealed record NotWanted : SendOutcome;

    /// <summary>It takes reports in this form only, and there is none of it yet.</summary>
    public sealed record OtherForm(ReportForm Form) : SendOutcome;
}

/// <summary>Stores a report and what goes with it, in order, over one association: all of them or it counts as not stored.</summary>
public static class ReportSender
{
    private static readonly string Explicit = TransferSyntax.ExplicitVrLittleEndian.Uid;
    private static readonly string Implicit = TransferSyntax.ImplicitVrLittleEndian.Uid;

    /// <summary>Each SOP class of a report in both syntaxes, each a context of its own, so that the PACS chooses none of them for us; and those of the companions.</summary>
    public static IReadOnlyList<ProposedContext> Contexts(ReportRow report) =>
    [
        .. ReportClasses.All.SelectMany(c => new[] { new ProposedContext(c, Explicit), new ProposedContext(c, Implicit) }),
        .. report.Companions.Select(c => c.SopClassUid).Distinct().Select(c => new ProposedContext(c, Explicit)),
    ];

    /// <param name="stored">The SOP class under which the PACS has it already; null when it has not.</param>
    /// <param name="other">The report on the same result in another form; null when it is not written.</param>
    /// <exception cref="AssociationException">The association broke.</exception>
    public static SendOutcome Send(DicomClient client, ReportRow report, string? stored, Func<ReportForm, ReportRow?> other)
    {
        var sopClass = ReportClasses.Choose(c => client.Accepts(c, Explicit) || client.Accepts(c, Implicit), stored);
        if (sopClass is null)
        {
            return new SendOutcome.Answered(report, DimseStatus.SopClassNotSupported, $"the PACS accepts none of {string.Join(", ", ReportClasses.All.Select(SopClasses.Name))}: let it store one of them, then `work retry`");
        }

        // Heat maps are for review and never primary (safety rule 4): a PACS that takes none gets the report that names none.
        var form = new ReportForm(sopClass, report.WithoutMaps || report.Companions.Any(c => !client.Accepts(c.SopClassUid, Explicit)));
        var sent = form == FormOf(report) ? report : other(form);
        if (sent is null)
        {
            return new SendOutcome.OtherForm(form);
        }

        KillPoint.At(KillPoints.SendBegun);
        foreach (var companion in sent.Companions.OrderBy(c => c.Position))
        {
            var answer = Store(client, companion.SopClassUid, companion.SopInstanceUid, companion.Content, mayTranscode: false);
            if (answer.Status == DimseStatus.SopClassNotSupported)
            {
                form = form with { WithoutMaps = true };
                return other(form) is null ? new SendOutcome.OtherForm(form) : Send(client, other(form)!, stored, other);
            }

            if (DeliveryDecider.Decide(answer.Status, 1) != DeliveryStep.Stored)
            {
                return new SendOutcome.Answered(sent, answer.Status, Words(sent, companion, answer));
            }
        }

        var response = Store(client, sent.SopClassUid, sent.SopInstanceUid, sent.Content, mayTranscode: true);
        KillPoint.At(KillPoints.SendAnswered);
        return new SendOutcome.Answered(sent, response.Status, response.ErrorComment);
    }

    /// <summary>As its row has it.</summary>
    internal static ReportForm FormOf(ReportRow report) => new(report.SopClassUid, report.WithoutMaps);

    /// <summary>Heat maps that a PACS takes by class and then refuses hold back the report that names them: a person has to look.</summary>
    internal static string Words(ReportRow report, ReportCompanionRow companion, DimseResponse answer) =>
        $"object {companion.Position + 1} of {report.Companions.Count} that go before the report: {answer.ErrorComment}";

    /// <summary>The bytes as they are written; in Implicit VR only for a PACS that takes nothing else, and then always the same ones.</summary>
    private static DimseResponse Store(DicomClient client, string sopClass, string sopInstance, byte[] content, bool mayTranscode)
    {
        var bytes = Part10.DataSetOf(content);
        if (client.Accepts(sopClass, Explicit))
        {
            return client.Store(sopClass, sopInstance, Explicit, bytes.Span);
        }

        return mayTranscode && client.Accepts(sopClass, Implicit)
            ? client.Store(sopClass, sopInstance, Implicit, DataSetWriter.Encode(DataSetReader.Read(bytes.Span, TransferSyntax.ExplicitVrLittleEndian).DataSet, TransferSyntax.ImplicitVrLittleEndian))
            : new DimseResponse(DimseStatus.SopClassNotSupported, $"the PACS does not accept {SopClasses.Name(sopClass)}");
    }
}
