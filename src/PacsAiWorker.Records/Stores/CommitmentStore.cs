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

/// <summary>What a report says of one delivery.</summary>
public sealed record CommitmentWord(Guid Delivery, bool IsCommitted, string Detail, AuditEvent Audit)
{
    /// <summary>What is proven where it is kept: <see cref="CommitmentStates.Proven"/>.</summary>
    public string Proof { get; init; } = CommitmentStates.Committed;
}

/// <summary>What Delivery reads and writes about storage commitment.</summary>
public sealed class CommitmentStore(RecordsDatabase database, WorkTable work)
{
    /// <summary>Objects that one question names at most; the deliveries beyond wait for the next.</summary>
    public const int MostInstances = 100;

    /// <summary>A PACS may be away for weeks: its promise is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    public async Task<CommitmentStanding> ReadAsync(Guid delivery, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return (await ReadAsync(context, [delivery], cancellation)).Single();
    }

    /// <summary>The deliveries that a transaction asks about, in the order in which everybody changes them; none when there is no such transaction.</summary>
    public async Task<IReadOnlyList<CommitmentStanding>> FindAsync(string transactionUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await OfAsync(context, transactionUid, cancellation);
    }

    /// <summary>
    /// A question is about to be put. The first time, other deliveries of the destination whose questions wait are asked for with it, oldest
    /// first; repeated, it is about the same ones.
    /// </summary>
    /// <param name="standing">Of the delivery whose question it is.</param>
    /// <returns>All that it is about; none when another question has taken this one in meanwhile.</returns>
    public Task<IReadOnlyList<CommitmentStanding>> PutAsync(CommitmentStanding standing, string transactionUid, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var (context, delivery) = (transaction.Context, standing.Delivery);
        if (await Waiting(context).Where(r => r.TransactionUid == transactionUid && r.DeliveryId == delivery.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.PutAt, now), cancellation) == 1)
        {
            await TakeInAsync(context, standing, transactionUid, now, cancellation);
        }

        var all = await OfAsync(context, transactionUid, cancellation);
        return all.Any(s => s.Delivery.Id == delivery.Id) ? all : [];
    }, cancellation);

    private static async Task TakeInAsync(RecordsContext context, CommitmentStanding standing, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        var first = standing.Delivery;
        var waiting = await Waiting(context).AsNoTracking()
            .Where(r => r.DeliveryId != first.Id && r.Delivery!.Destination == first.Destination && r.Delivery.State == DeliveryStates.Stored && r.Delivery.Commitment == CommitmentStates.Due
                && r.Delivery.Report!.Result!.IsDemonstration == standing.IsDemonstration)
            .OrderBy(r => r.CreatedAt).ThenBy(r => r.DeliveryId).Take(MostInstances)
            .Select(r => new { Request = r, Objects = context.ReportCompanions.Count(c => c.ReportId == r.Delivery!.ReportId) + 1 }).ToListAsync(cancellation);
        var room = MostInstances - standing.Instances.Count;
        foreach (var other in waiting.TakeWhile(w => (room -= w.Objects) >= 0).Select(w => w.Request).OrderBy(r => r.DeliveryId))
        {
            // Only where no other process is putting it at this moment.
            await Waiting(context).Where(r => r.TransactionUid == other.TransactionUid && r.DeliveryId == other.DeliveryId)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.TransactionUid, transactionUid).SetProperty(r => r.PutAt, now), cancellation);
        }
    }

    /// <summary>Questions that nobody has put yet.</summary>
    private static IQueryable<CommitmentRequestRow> Waiting(RecordsContext context) => context.CommitmentRequests.Where(r => r.State == CommitmentRequestStates.New && r.PutAt == null);

    private static async Task<IReadOnlyList<CommitmentStanding>> OfAsync(RecordsContext context, string transactionUid, CancellationToken cancellation) =>
        await ReadAsync(context, await context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid).Select(r => r.DeliveryId).ToListAsync(cancellation), cancellation);

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

    /// <summary>The PACS has the question. False when its report on this delivery has come meanwhile, or another question was asked: then nothing is written.</summary>
    public static async Task<bool> AskedAsync(RecordsTransaction transaction, Guid delivery, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        // Locks the question until the transaction ends: a report that comes at this moment finds it waiting, and wakes the work.
        var mine = transaction.Context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid && r.DeliveryId == delivery && (r.State == CommitmentRequestStates.New || r.State == CommitmentRequestStates.Asked));
        var asked = await mine.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, CommitmentRequestStates.Asked).SetProperty(r => r.AskedAt, r => r.AskedAt ?? now), cancellation) == 1;
        if (asked)
        {
            // What was given up meanwhile stays so.
            await transaction.Context.Deliveries.Where(d => d.Id == delivery && d.CommittedAt == null && CommitmentStates.Owed.Contains(d.Commitment))
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.Commitment, CommitmentStates.Asked), cancellation);
        }

        return asked;
    }

    /// <summary>The PACS does not take the question about so many: each of those that wait for it is asked for by a question of its own.</summary>
    public static async Task AskOneByOneAsync(RecordsTransaction transaction, string transactionUid, Func<string> newUid, DateTime now, CancellationToken cancellation)
    {
        var waiting = transaction.Context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid && r.State == CommitmentRequestStates.New);
        foreach (var delivery in (await waiting.Select(r => r.DeliveryId).ToListAsync(cancellation)).Order())
        {
            var own = newUid();
            await waiting.Where(r => r.DeliveryId == delivery).ExecuteUpdateAsync(set => set.SetProperty(r => r.TransactionUid, own).SetProperty(r => r.PutAt, now), cancellation);
        }
    }

    /// <summary>The PACS does not take the question.</summary>
    public static async Task RefusedAsync(RecordsTransaction transaction, Guid delivery, string transactionUid, string detail, DateTime now, CancellationToken cancellation)
    {
        await transaction.Context.CommitmentRequests.Where(r => r.TransactionUid == transactionUid && r.DeliveryId == delivery && r.AnsweredAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, CommitmentRequestStates.Refused).SetProperty(r => r.AnsweredAt, now).SetProperty(r => r.Detail, detail), cancellation);
        await SetAsync(transaction, delivery, CommitmentStates.Failed, cancellation);
    }

    /// <summary>Writes down a report, whichever association it came on, delivery by delivery, and wakes the work that waits for it.</summary>
    /// <returns>Keys of the deliveries of which it said something that was not known.</returns>
    public Task<IReadOnlyList<Guid>> AnswerAsync(string transactionUid, IReadOnlyList<CommitmentWord> words, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var news = new List<CommitmentWord>();
        foreach (var word in words)
        {
            if (await AnswerAsync(transaction, word, transactionUid, now, cancellation))
            {
                news.Add(word);
            }
        }

        if (news.Count > 0)
        {
            await AuditChain.AppendAsync(transaction, [.. news.Select(w => w.Audit)], now, cancellation);
        }

        return (IReadOnlyList<Guid>)[.. news.Select(w => w.Delivery)];
    }, cancellation);

    private async Task<bool> AnswerAsync(RecordsTransaction transaction, CommitmentWord word, string transactionUid, DateTime now, CancellationToken cancellation)
    {
        var (delivery, isCommitted) = (word.Delivery, word.IsCommitted);
        var state = isCommitted ? CommitmentRequestStates.Committed : CommitmentRequestStates.Failed;
        var changed = await transaction.Context.CommitmentRequests
            .Where(r => r.TransactionUid == transactionUid && r.DeliveryId == delivery && r.State != state && r.State != CommitmentRequestStates.Committed)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, state).SetProperty(r => r.AskedAt, r => r.AskedAt ?? r.CreatedAt).SetProperty(r => r.AnsweredAt, now).SetProperty(r => r.Detail, word.Detail), cancellation) == 1;
        if (!changed)
        {
            return false;
        }

        if (isCommitted)
        {
            await transaction.Context.Deliveries.Where(d => d.Id == delivery && d.CommittedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.Commitment, word.Proof).SetProperty(d => d.CommittedAt, now), cancellation);
        }

        await work.WakeAsync(transaction, WorkKinds.Commit, delivery.ToString(), cancellation);
        return true;
    }

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

    private static async Task<IReadOnlyList<CommitmentStanding>> ReadAsync(RecordsContext context, IReadOnlyList<Guid> deliveries, CancellationToken cancellation)
    {
        var rows = await context.Deliveries.AsNoTracking().Where(d => deliveries.Contains(d.Id))
            .Select(d => new { Delivery = d, d.Report!.SopClassUid, d.Report.SopInstanceUid, d.Report.Result!.StudyId, d.Report.Result.IsDemonstration }).ToListAsync(cancellation);
        var reports = rows.Select(r => r.Delivery.ReportId).ToList();
        var companions = (await context.ReportCompanions.Where(c => reports.Contains(c.ReportId)).OrderBy(c => c.Position)
            .Select(c => new { c.ReportId, c.SopClassUid, c.SopInstanceUid }).ToListAsync(cancellation)).ToLookup(c => c.ReportId, c => new SentInstance(c.SopClassUid, c.SopInstanceUid));
        var requests = (await context.CommitmentRequests.AsNoTracking().Where(r => deliveries.Contains(r.DeliveryId)).OrderBy(r => r.CreatedAt)
            .ThenBy(r => r.State == CommitmentRequestStates.New || r.State == CommitmentRequestStates.Asked).ToListAsync(cancellation)).ToLookup(r => r.DeliveryId);
        return
        [
            .. rows.OrderBy(r => r.Delivery.Id).Select(r => new CommitmentStanding(r.Delivery, r.StudyId, r.IsDemonstration,
                [.. companions[r.Delivery.ReportId], new SentInstance(r.SopClassUid, r.SopInstanceUid)], [.. requests[r.Delivery.Id]])),
        ];
    }
}
