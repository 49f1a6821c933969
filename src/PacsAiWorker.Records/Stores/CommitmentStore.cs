using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>One object that a PACS shall keep.</summary>
public sealed record SentInstance(string SopClassUid, string SopInstanceUid);

/// <summary>A delivery and what was asked and answered about it, oldest question first.</summary>
/// <param name="Instances">All that was stored with it, the report last.</param>
public sealed record CommitmentStanding(
    DeliveryRow Delivery, Guid StudyId, bool IsDemonstration, IReadOnlyList<SentInstance> Instances, IReadOnlyList<CommitmentRequestRow> Requests);

/// <summary>What Delivery reads and writes about storage commitment.</summary>
public sealed class CommitmentStore(RecordsDatabase database, WorkTable work)
{
    /// <summary>A PACS may be away for weeks: its promise is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    public async Task<CommitmentStanding> ReadAsync(Guid delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await ReadAsync(context, delivery, cancellation);
    }

    /// <summary>The delivery that a transaction asks about; null when there is no such transaction.</summary>
    public async Task<CommitmentStanding?> FindAsync(string transactionUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.CommitmentRequests.AsNoTracking().SingleOrDefaultAsync(r => r.TransactionUid == transactionUid, cancellation) is { } request
            ? await ReadAsync(context, request.DeliveryId, cancellation)
            : null;
    }

    /// <summary>Whether the report on a transaction has come.</summary>
    public async Task<bool> IsAnsweredAsync(string transactionUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.CommitmentRequests.AnyAsync(r => r.TransactionUid == transactionUid && r.AnsweredAt != null, cancellation);
    }

    /// <summary>A delivery is stored, and its PACS shall be asked for its promise; nothing to do where it has given it.</summary>
    public async Task DueAsync(RecordsTransaction transaction, DeliveryRow delivery, short tier, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        var row = await transaction.Context.Deliveries.SingleAsync(d => d.Id == delivery.Id, cancellation);
        if (row.CommittedAt is null)
        {
            row.Commitment = CommitmentStates.Due;
            await ExpireAsync(transaction, delivery.Id, cancellation);
            Add(transaction, delivery.Id, transactionUid, now);
            await transaction.Context.SaveChangesAsync(cancellation);
            await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Commit, delivery.Id.ToString(), delivery.Id, tier, MaxAttempts: NoLimit, Lane: delivery.Destination), cancellation);
        }
    }

    /// <summary>Another question takes the place of those without an answer; their reports still count if they come.</summary>
    public static async Task AskAnewAsync(RecordsTransaction transaction, Guid delivery, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        await ExpireAsync(transaction, delivery, cancellation);
        Add(transaction, delivery, transactionUid, now);
        await SetAsync(transaction, delivery, CommitmentStates.Due, cancellation);
    }

    /// <summary>The PACS has the question. False when its report has come meanwhile, or another question was asked: then nothing is written.</summary>
    public static async Task<bool> AskedAsync(RecordsTransaction transaction, Guid delivery, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        // Locks the question until the transaction ends: a report that comes at this moment finds it waiting, and wakes the work.
        var mine = transaction.Context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid && (r.State == CommitmentRequestStates.New || r.State == CommitmentRequestStates.Asked));
        var asked = await mine.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, CommitmentRequestStates.Asked).SetProperty(r => r.AskedAt, r => r.AskedAt ?? now), cancellation) == 1;
        if (asked)
        {
            await SetAsync(transaction, delivery, CommitmentStates.Asked, cancellation);
        }

        return asked;
    }

    /// <summary>The PACS does not take the question.</summary>
    public static async Task RefusedAsync(RecordsTransaction transaction, Guid delivery, string transactionUid, string detail, DateTime now, CancellationToken cancellation)
    {
        await transaction.Context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid && r.AnsweredAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, CommitmentRequestStates.Refused).SetProperty(r => r.AnsweredAt, now).SetProperty(r => r.Detail, detail), cancellation);
        await SetAsync(transaction, delivery, CommitmentStates.Failed, cancellation);
    }

    /// <summary>Writes down a report, whichever association it came on, and wakes the work that waits for it. False when the same was known.</summary>
    public Task<bool> AnswerAsync(CommitmentStanding standing, string transactionUid, bool isCommitted, string detail, AuditEvent audit, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var state = isCommitted ? CommitmentRequestStates.Committed : CommitmentRequestStates.Failed;
        var changed = await transaction.Context.CommitmentRequests
            .Where(r => r.TransactionUid == transactionUid && r.State != state && r.State != CommitmentRequestStates.Committed)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, state).SetProperty(r => r.AskedAt, r => r.AskedAt ?? r.CreatedAt).SetProperty(r => r.AnsweredAt, now).SetProperty(r => r.Detail, detail), cancellation) == 1;
        if (!changed)
        {
            return false;
        }

        var delivery = standing.Delivery.Id;
        if (isCommitted)
        {
            await transaction.Context.Deliveries.Where(d => d.Id == delivery && d.CommittedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.Commitment, CommitmentStates.Committed).SetProperty(d => d.CommittedAt, now), cancellation);
        }

        await work.WakeAsync(transaction, WorkKinds.Commit, delivery.ToString(), cancellation);
        await AuditChain.AppendAsync(transaction, [audit], now, cancellation);
        return true;
    }, cancellation);

    /// <summary>Something that belongs to no question of ours, for the record.</summary>
    public Task NoteAsync(AuditEvent audit, DateTime now, CancellationToken cancellation) =>
        database.WriteAsync(transaction => AuditChain.AppendAsync(transaction, [audit], now, cancellation), cancellation);

    /// <summary>The PACS did not keep it: it is delivered once more, the same bytes.</summary>
    public async Task StoreAgainAsync(RecordsTransaction transaction, DeliveryRow delivery, short tier, CancellationToken cancellation)
    {
        var row = await transaction.Context.Deliveries.SingleAsync(d => d.Id == delivery.Id, cancellation);
        (row.State, row.Commitment) = (DeliveryStates.Pending, CommitmentStates.Failed);
        row.Restores++;
        await transaction.Context.SaveChangesAsync(cancellation);
        await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Deliver, delivery.Id.ToString(), delivery.Id, tier, MaxAttempts: NoLimit, Lane: delivery.Destination), cancellation);
    }

    /// <summary>Nothing more is tried until a person has looked; what is tried then begins anew.</summary>
    public static Task StopAsync(RecordsTransaction transaction, Guid delivery, CancellationToken cancellation) =>
        transaction.Context.Deliveries.Where(d => d.Id == delivery).ExecuteUpdateAsync(set => set.SetProperty(d => d.Commitment, CommitmentStates.Failed).SetProperty(d => d.Restores, 0), cancellation);

    /// <summary>The destination does not offer commitment any more.</summary>
    public static Task NotAskedAsync(RecordsTransaction transaction, Guid delivery, CancellationToken cancellation) => SetAsync(transaction, delivery, CommitmentStates.NotAsked, cancellation);

    private static Task<int> SetAsync(RecordsTransaction transaction, Guid delivery, string state, CancellationToken cancellation) =>
        transaction.Context.Deliveries.Where(d => d.Id == delivery && d.CommittedAt == null).ExecuteUpdateAsync(set => set.SetProperty(d => d.Commitment, state), cancellation);

    private static Task<int> ExpireAsync(RecordsTransaction transaction, Guid delivery, CancellationToken cancellation) =>
        transaction.Context.CommitmentRequests.Where(r => r.DeliveryId == delivery && r.AnsweredAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, CommitmentRequestStates.Expired), cancellation);

    private static void Add(RecordsTransaction transaction, Guid delivery, string transactionUid, DateTime now) =>
        transaction.Context.CommitmentRequests.Add(new CommitmentRequestRow { TransactionUid = transactionUid, DeliveryId = delivery, State = CommitmentRequestStates.New, CreatedAt = now });

    private static async Task<CommitmentStanding> ReadAsync(RecordsContext context, Guid delivery, CancellationToken cancellation)
    {
        var row = await context.Deliveries.AsNoTracking().SingleAsync(d => d.Id == delivery, cancellation);
        var report = await context.Reports.Where(r => r.Id == row.ReportId)
            .Select(r => new { r.SopClassUid, r.SopInstanceUid, r.Result!.StudyId, r.Result.IsDemonstration }).SingleAsync(cancellation);
        var companions = await context.ReportCompanions.Where(c => c.ReportId == row.ReportId).OrderBy(c => c.Position)
            .Select(c => new { c.SopClassUid, c.SopInstanceUid }).ToListAsync(cancellation);
        var requests = await context.CommitmentRequests.AsNoTracking().Where(r => r.DeliveryId == delivery).OrderBy(r => r.CreatedAt)
            .ThenBy(r => r.State == CommitmentRequestStates.New || r.State == CommitmentRequestStates.Asked).ToListAsync(cancellation);
        return new CommitmentStanding(row, report.StudyId, report.IsDemonstration,
            [.. companions.Select(c => new SentInstance(c.SopClassUid, c.SopInstanceUid)), new SentInstance(report.SopClassUid, report.SopInstanceUid)], requests);
    }
}
