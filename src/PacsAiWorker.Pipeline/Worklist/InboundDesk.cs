using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>Writes what the information system told, a message in one transaction with its audit.</summary>
public sealed class InboundDesk(RecordsDatabase database, InboundStore store, StudyTimes times, TimeProvider clock)
{
    /// <summary>Returns once all of it is committed; gives what became of it in a few words without a name or number.</summary>
    public async Task<string> TakeAsync(InboundNews news, CancellationToken cancellation)
    {
        if (news.Facts.Count == 0)
        {
            return "nothing new";
        }

        return await database.WriteAsync(async transaction =>
        {
            var events = new List<AuditEvent>();
            foreach (var fact in news.Facts)
            {
                events.AddRange(fact switch
                {
                    InboundFact.PatientUpdated update => await ReconcileAsync(transaction, news, update.Patient, [], cancellation),
                    InboundFact.PatientsMerged merge => await ReconcileAsync(transaction, news, merge.Patient, merge.GivenUp, cancellation),
                    InboundFact.OrderTold order => await OrderAsync(transaction, news, order.Accession, order.PatientIds, o => Change(o, order, news), cancellation),
                    InboundFact.StudyRead read => await OrderAsync(transaction, news, read.Accession, read.PatientIds, o => Change(o, news), cancellation),
                    _ => [],
                });
            }

            await AuditChain.AppendAsync(transaction, events, clock.GetUtcNow().UtcDateTime, cancellation);
            return events.Count == 0 ? "nothing new" : string.Join(", ", events.Select(e => e.Action).Distinct());
        }, cancellation);
    }

    /// <summary>A patient of whom no study is here is not remembered: studies that come later bring their identity with them.</summary>
    private async Task<IReadOnlyList<AuditEvent>> ReconcileAsync(
        RecordsTransaction transaction, InboundNews news, ToldPatient patient, IReadOnlyList<ToldId> givenUp, CancellationToken cancellation)
    {
        var events = new List<AuditEvent>();
        var ids = (givenUp.Count > 0 ? givenUp : patient.Ids).Select(i => i.Value).ToList();
        foreach (var candidate in await InboundStore.OfPatientAsync(transaction, ids, cancellation))
        {
            var study = candidate.Study.Id;
            switch (Reconciliation.Decide(candidate, patient, givenUp, news.Source, news.At))
            {
                case ReconciliationVerdict.Changed reconciled:
                    var outcome = await store.ReconcileAsync(transaction, reconciled.Row, times.Cap, cancellation);
                    events.Add(new AuditEvent("identity reconciled", $"study:{study}", study, new { news.Source, changed = reconciled.Words, reissued = outcome.IsDecidedAgain }));
                    events.AddRange(outcome.Withheld.Select(d => Event("delivery withheld", candidate, d)));
                    events.AddRange(outcome.GivenUp.Select(d => Event("commitment given up", candidate, d)));
                    break;
                case ReconciliationVerdict.Unsure:
                    events.Add(new AuditEvent("identity not reconciled", $"study:{study}", study, new { news.Source, why = "the issuer of the patient id is not known on both sides, and the birth dates are not the same" }));
                    break;
                case ReconciliationVerdict.Ambiguous:
                    throw new InboundRefusedException(AcknowledgementCode.Error,
                        "PID-3 names several identifiers, and none is clearly the one in place of MRG-1: give it the assigning authority of MRG-1, or name one identifier of type MR");
            }
        }

        return events;

        static AuditEvent Event(string action, PatientCandidate study, DeliveryRow delivery) =>
            new(action, $"report:{delivery.ReportId}", study.Study.Id, new { delivery.Destination, why = DeliveryStore.Superseded });
    }

    private async Task<IReadOnlyList<AuditEvent>> OrderAsync(
        RecordsTransaction transaction, InboundNews news, string accession, IReadOnlyList<ToldId> patientIds, Func<OrderContextRow, object?> change, CancellationToken cancellation)
    {
        var studies = await InboundStore.OfOrderAsync(transaction, accession, cancellation);
        var others = studies.Where(s => patientIds.Count > 0 && s.PatientId is { Length: > 0 } id && patientIds.All(p => p.Value != id.Trim())).ToList();
        if (others.Count > 0)
        {
            return [.. others.Select(o => new AuditEvent("order of another patient", $"study:{o.Study}", o.Study, new { news.Source }))];
        }

        object? detail = null;
        var row = await InboundStore.WriteOrderAsync(transaction, accession, [.. studies.Select(s => s.Study)], clock.GetUtcNow().UtcDateTime, o => detail = change(o), cancellation);
        return detail is null ? [] : studies.Count == 0
            ? [new AuditEvent("order told", $"order:{row.AccessionDigest}", null, detail)]
            : [.. studies.Select(s => new AuditEvent("order told", $"order:{row.AccessionDigest}", s.Study, detail))];
    }

    /// <summary>Each part keeps its own time: an older message never takes a newer one's word back.</summary>
    private static object? Change(OrderContextRow row, InboundFact.OrderTold order, InboundNews news)
    {
        var (before, status) = (row.Priority, row.Status);
        if (order.Priority.Length > 0 && (row.PriorityAt is null || row.PriorityAt <= news.At))
        {
            (row.Priority, row.PrioritySource, row.PriorityAt) = (order.Priority, news.Source, news.At);
        }

        if (order.Status.Length > 0 && (row.StatusAt is null || row.StatusAt <= news.At))
        {
            (row.Status, row.StatusSource, row.StatusAt) = (order.Status, news.Source, news.At);
        }

        return before == row.Priority && status == row.Status ? null : new { news.Source, priority = row.Priority, before, status = row.Status };
    }

    private static object? Change(OrderContextRow row, InboundNews news)
    {
        if (row.ReadState == ReadStates.Read)
        {
            return null;
        }

        (row.ReadState, row.ReadSource, row.ReadAt) = (ReadStates.Read, news.Source, news.At);
        return new { news.Source, read = row.ReadState };
    }
}
