using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>In what form a PACS takes the report on a result.</summary>
/// <param name="WithoutMaps">It does not take the heat maps that the result has.</param>
public sealed record ReportForm(string SopClassUid, bool WithoutMaps = false);

/// <summary>What Delivery reads and writes.</summary>
public sealed class DeliveryStore(RecordsDatabase database, WorkTable work)
{
    /// <summary>Why a report that was written before its patient was reconciled is not sent.</summary>
    public const string Superseded = "superseded: the patient was reconciled";

    /// <summary>The delivery with its report, what goes with that, and its result.</summary>
    public async Task<DeliveryRow> ReadAsync(Guid delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Deliveries.AsNoTracking()
            .Include(d => d.Report).ThenInclude(r => r!.Result)
            .Include(d => d.Report).ThenInclude(r => r!.Companions.OrderBy(c => c.Position))
            .SingleAsync(d => d.Id == delivery, cancellation);
    }

    /// <summary>Whether it shall still be sent: it may have been withheld, retired or held since it was read.</summary>
    public async Task<bool> IsWantedAsync(Guid delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Deliveries.AnyAsync(d => d.Id == delivery && (d.State == DeliveryStates.Pending || d.State == DeliveryStates.Refused)
            && !context.Holds.Any(h => h.StudyId == d.Report!.Result!.StudyId && h.EndedAt == null && (h.Destination == "" || h.Destination == d.Destination)), cancellation);
    }

    /// <summary>
    /// Who the patient of a study is has changed: what was written under the earlier identity goes out no more, and what a PACS stored of it
    /// is not stored there again. A transfer that runs at this moment may still reach it: its answer is not kept.
    /// </summary>
    /// <returns>Deliveries that are withheld, and those whose promise is not waited for.</returns>
    public static async Task<(IReadOnlyList<DeliveryRow> Withheld, IReadOnlyList<DeliveryRow> GivenUp)> SupersedeAsync(
        RecordsTransaction transaction, Guid study, CancellationToken cancellation, string why = Superseded)
    {
        // The delivery before its work, as a finishing delivery does.
        const string OfStudy = "report_id IN (SELECT report.id FROM report JOIN result ON result.id = report.result_id WHERE result.study_id = {0})";
        var context = transaction.Context;
        var withheld = await context.Deliveries.FromSqlRaw(
            "UPDATE delivery SET state = 'withheld', detail = {1} WHERE state IN ('pending', 'refused') AND " + OfStudy + " RETURNING *", study, why).AsNoTracking().ToListAsync(cancellation);
        var givenUp = await context.Deliveries.FromSqlRaw(
            "UPDATE delivery SET commitment = 'given up' WHERE commitment IN ('due', 'asked', 'failed') AND " + OfStudy + " RETURNING *", study).AsNoTracking().ToListAsync(cancellation);
        foreach (var delivery in withheld)
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Deliver, $"{delivery.Id}", "superseded", why, cancellation);
        }

        foreach (var delivery in givenUp)
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Commit, $"{delivery.Id}", "superseded", why, cancellation);
        }

        return (withheld, givenUp);
    }

    /// <summary>Why it waits although nothing hinders it: who the patient of its study is is in doubt. Null: it does not.</summary>
    public async Task<StudyHoldRow?> HoldAsync(DeliveryRow delivery, CancellationToken cancellation)
    {
        var study = delivery.Report!.Result!.StudyId;
        await using var context = database.Open();
        return await context.Holds.AsNoTracking().Where(h => h.StudyId == study && h.EndedAt == null && (h.Destination == "" || h.Destination == delivery.Destination))
            .OrderBy(h => h.Destination).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The package whose result it carries.</summary>
    public async Task<ModelRow?> ModelAsync(DeliveryRow delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Identity == delivery.Report!.Result!.ModelIdentity, cancellation);
    }

    /// <summary>The report on a result in another form; null while it is not written.</summary>
    public async Task<ReportRow?> ReportAsync(Guid result, ReportForm form, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Reports.AsNoTracking().Include(r => r.Result).Include(r => r.Companions.OrderBy(c => c.Position))
            .SingleOrDefaultAsync(r => r.ResultId == result && r.SopClassUid == form.SopClassUid && r.WithoutMaps == form.WithoutMaps, cancellation);
    }

    /// <summary>The work that writes that report, when it waits for a person or was given up by one; else null.</summary>
    public async Task<WorkRow?> StoppedReportAsync(Guid result, ReportForm form, CancellationToken cancellation)
    {
        var key = ReportStore.KeyOf(result, form.SopClassUid, form.WithoutMaps);
        await using var context = database.Open();
        return await context.Work.AsNoTracking().SingleOrDefaultAsync(w => w.Kind == WorkKinds.Report && w.DedupeKey == key && (w.State == WorkStates.Parked || w.State == WorkStates.Cancelled), cancellation);
    }

    /// <summary>Has the report on a result written in another form; its deliveries are woken when it is.</summary>
    public Task WriteReportAsync(RecordsTransaction transaction, Guid result, ReportForm form, short tier, CancellationToken cancellation) =>
        work.EnqueueAsync(transaction, new NewWork(WorkKinds.Report, ReportStore.KeyOf(result, form.SopClassUid, form.WithoutMaps), result, tier), cancellation);

    /// <summary>When the last image came that a result could know of, UTC; the time of the verdict where none is left.</summary>
    public static async Task<DateTime> LastImageAsync(RecordsTransaction transaction, ResultRow result, CancellationToken cancellation) =>
        await transaction.Context.Instances.Where(i => i.StudyId == result.StudyId && i.IsCurrent && i.ReceivedAt <= result.DecidedAt).MaxAsync(i => (DateTime?)i.ReceivedAt, cancellation) ?? result.DecidedAt;

    /// <summary>Keeps an answer: the last one on the delivery, each one in its own row. Gives the number of attempts so far.</summary>
    public static Task<int> WriteAsync(RecordsTransaction transaction, Guid delivery, string state, int? status, string detail, DateTime now, CancellationToken cancellation) =>
        WriteAsync(transaction, delivery, null, state, status, detail, now, cancellation);

    /// <summary>As above.</summary>
    /// <param name="report">The report that was sent, where it is one in another form; the delivery is bound to it. Null leaves it.</param>
    public static async Task<int> WriteAsync(RecordsTransaction transaction, Guid delivery, Guid? report, string state, int? status, string detail, DateTime now, CancellationToken cancellation)
    {
        var row = await transaction.Context.Deliveries.SingleAsync(d => d.Id == delivery, cancellation);
        (row.State, row.Status, row.Detail) = (state, status, detail);
        row.ReportId = report ?? row.ReportId;
        row.Attempts++;
        row.StoredAt = state == DeliveryStates.Stored ? now : null;
        transaction.Context.DeliveryAttempts.Add(new DeliveryAttemptRow { Id = Guid.CreateVersion7(), DeliveryId = delivery, At = now, Status = status, Detail = detail });
        await transaction.Context.SaveChangesAsync(cancellation);
        return row.Attempts;
    }
}
