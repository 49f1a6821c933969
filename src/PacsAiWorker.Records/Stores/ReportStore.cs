using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>All that a report is built from: database values only, so that building again gives the same bytes.</summary>
/// <param name="Predecessor">Report of an earlier revision of the same study and package, in the same SOP class where there is one; null for the first.</param>
public sealed record ReportSource(
    ResultRow Result, StudyRow Study, ModelRow Model, IReadOnlyList<InstanceRow> Instances, IReadOnlyList<ScoreRow> Scores, ReportRow? Predecessor)
{
    /// <summary>Who the patient is by the information system, where that differs from what the images say.</summary>
    public ReconciledIdentityRow? Reconciled { get; init; }

    /// <summary>Heat maps of the result, in the order of sending.</summary>
    public IReadOnlyList<HeatMapRow> HeatMaps { get; init; } = [];
}

/// <summary>What Reporting reads and writes.</summary>
public sealed class ReportStore(RecordsDatabase database, WorkTable work)
{
    /// <summary>A PACS may be away for weeks: a delivery is never given up by itself.</summary>
    private const int NoLimit = int.MaxValue;

    private const string Plain = "/without maps";

    /// <summary>Key of the work that writes a result's report in another form than the first.</summary>
    public static string KeyOf(Guid result, string sopClass, bool withoutMaps = false) => $"{result}/{sopClass}{(withoutMaps ? Plain : "")}";

    /// <summary>The SOP class that a piece of report work names; null for the first report of a result.</summary>
    public static string? ClassOf(WorkRow work) => work.DedupeKey.Split('/') is [_, var sopClass, ..] ? sopClass : null;

    /// <summary>Whether a piece of report work wants it without the heat maps that its result has.</summary>
    public static bool IsWithoutMaps(WorkRow work) => work.DedupeKey.EndsWith(Plain, StringComparison.Ordinal);

    /// <summary>Deliveries that a PACS has, or may have: given up while they were being sent.</summary>
    internal static IQueryable<DeliveryRow> Reached(RecordsContext context) => context.Deliveries.Where(d => d.StoredAt != null || d.Restores > 0
        || (d.State == DeliveryStates.Withheld && context.Work.Any(w => w.Kind == WorkKinds.Deliver && w.Subject == d.Id && w.State == WorkStates.Cancelled && w.Attempts > 0)));

    /// <param name="sopClass">That the report will have.</param>
    public async Task<ReportSource> ReadAsync(Guid result, CancellationToken cancellation, string sopClass = "")
    {
        await using var context = database.Open();
        var row = await context.Results.AsNoTracking().Include(r => r.Study).SingleAsync(r => r.Id == result, cancellation);
        var model = await context.Models.AsNoTracking().SingleAsync(m => m.Identity == row.ModelIdentity, cancellation);
        var ids = JsonSerializer.Deserialize<List<Guid>>(row.Inputs)!;
        var scores = await context.Scores.AsNoTracking().Where(s => s.ModelIdentity == row.ModelIdentity && ids.Contains(s.InstanceId)).ToListAsync(cancellation);
        var instances = await context.Instances.AsNoTracking().Where(i => ids.Contains(i.Id)).ToListAsync(cancellation);
        var predecessor = await context.Reports.AsNoTracking()
            .Where(r => r.Result!.StudyId == row.StudyId && r.Result.ModelIdentity == row.ModelIdentity && r.Result.Revision < row.Revision && (row.Withdraws == null || r.ResultId == row.Withdraws))
            .OrderByDescending(r => r.Result!.Revision).ThenByDescending(r => r.SopClassUid == sopClass).ThenBy(r => r.CreatedAt).ThenBy(r => r.SopClassUid).FirstOrDefaultAsync(cancellation);
        return new ReportSource(row, row.Study!, model, [.. instances.OrderBy(i => i.SopInstanceUid, StringComparer.Ordinal)], scores, predecessor)
        {
            HeatMaps = [.. (await context.HeatMaps.AsNoTracking().Where(h => h.ResultId == row.Id).ToListAsync(cancellation)).OrderBy(h => h.InstanceId).ThenBy(h => h.Frame)],
            Reconciled = await context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == row.StudyId, cancellation),
        };
    }

    /// <summary>Keeps the heat maps of a result and lets its report be written: without any, when none could be made.</summary>
    public async Task ExplainedAsync(RecordsTransaction transaction, ResultRow result, IReadOnlyList<HeatMapRow> maps, short tier, CancellationToken cancellation)
    {
        transaction.Context.HeatMaps.AddRange(maps);
        await transaction.Context.SaveChangesAsync(cancellation);
        await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Report, $"{result.Id}", result.Id, tier), cancellation);
    }

    /// <summary>Whether the result still holds and the patient is who the source says; the study is locked until the transaction ends, so that this holds until then.</summary>
    public static async Task<bool> IsOfSamePatientAsync(RecordsTransaction transaction, ReportSource source, CancellationToken cancellation)
    {
        await StudyStore.LockAsync(transaction, source.Study.Id, cancellation);
        var now = await transaction.Context.Reconciled.AsNoTracking().SingleOrDefaultAsync(r => r.StudyId == source.Study.Id, cancellation);
        return Identity(now) == Identity(source.Reconciled)
            && !await transaction.Context.Results.AnyAsync(r => r.Id == source.Result.Id && r.WithdrawnAt != null, cancellation);

        static (string?, string?, string?, string?, string?) Identity(ReconciledIdentityRow? row) => (row?.PatientId, row?.Issuer, row?.PatientName, row?.BirthDate, row?.Sex);
    }

    /// <summary>
    /// Keeps the report; false when it is there already. The first of a result is queued for its destinations; one in another form
    /// wakes the deliveries of that result, for one of them wanted it.
    /// </summary>
    public async Task<bool> WriteAsync(RecordsTransaction transaction, ReportRow report, IReadOnlyList<string> destinations, short tier, CancellationToken cancellation)
    {
        var known = await transaction.Context.Reports.Where(r => r.ResultId == report.ResultId).Select(r => new { r.SopClassUid, r.WithoutMaps }).ToListAsync(cancellation);
        if (known.Any(r => r.SopClassUid == report.SopClassUid && r.WithoutMaps == report.WithoutMaps))
        {
            return false;
        }

        transaction.Context.Reports.Add(report);
        await transaction.Context.SaveChangesAsync(cancellation);
        if (known.Count == 0)
        {
            await QueueAsync(transaction, report.Id, await WhoHadItAsync(transaction.Context, report.ResultId, cancellation) ?? destinations, tier, report.CreatedAt, cancellation);
            return true;
        }

        foreach (var delivery in await transaction.Context.Deliveries.Where(d => d.Report!.ResultId == report.ResultId && d.State == DeliveryStates.Pending).Select(d => d.Id).ToListAsync(cancellation))
        {
            await work.WakeAsync(transaction, WorkKinds.Deliver, delivery.ToString(), cancellation);
        }

        return true;
    }

    /// <summary>
    /// Reports that were written while no destination was configured start on their way when one is. Gives how many. One whose patient was
    /// reconciled and that another takes the place of is withheld.
    /// </summary>
    public Task<int> QueueWaitingAsync(IReadOnlyList<string> destinations, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var waiting = await context.Reports.Where(r => !context.Deliveries.Any(d => d.Report!.ResultId == r.ResultId)).Select(r => new
        {
            r.Id,
            r.Result!.StudyId,
            r.Result.Study!.Tier,
            IsSuperseded = r.Result.WithdrawnAt != null || r.Result.Withdraws != null || (r.Result.Revision < r.Result.Study.Revision && context.Reconciled.Any(c => c.StudyId == r.Result.StudyId)),
        }).ToListAsync(cancellation);
        foreach (var report in waiting.Where(r => !r.IsSuperseded))
        {
            await QueueAsync(transaction, report.Id, destinations, report.Tier, now, cancellation);
        }

        var superseded = waiting.Where(r => r.IsSuperseded).ToList();
        context.Deliveries.AddRange(superseded.SelectMany(r => destinations.Select(d =>
            new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = r.Id, Destination = d, State = DeliveryStates.Withheld, Detail = DeliveryStore.Superseded, CreatedAt = now })));
        await AuditChain.AppendAsync(transaction, [.. superseded.Select(r => new AuditEvent("delivery withheld", $"report:{r.Id}", r.StudyId, new { why = DeliveryStore.Superseded }))], now, cancellation);
        return waiting.Count - superseded.Count;
    }, cancellation);

    /// <summary>Of a result that takes another back: destinations that have an earlier report of its package, configured still or not. Null of any other.</summary>
    private static async Task<IReadOnlyList<string>?> WhoHadItAsync(RecordsContext context, Guid result, CancellationToken cancellation)
    {
        var row = await context.Results.AsNoTracking().SingleAsync(r => r.Id == result, cancellation);
        return row.Withdraws is null ? null : await Reached(context)
            .Where(d => d.Report!.Result!.StudyId == row.StudyId && d.Report.Result.ModelIdentity == row.ModelIdentity && d.Report.Result.Revision < row.Revision)
            .Select(d => d.Destination).Distinct().Order().ToListAsync(cancellation);
    }

    private async Task QueueAsync(RecordsTransaction transaction, Guid report, IReadOnlyList<string> destinations, short tier, DateTime now, CancellationToken cancellation)
    {
        foreach (var destination in destinations)
        {
            var delivery = new DeliveryRow { Id = Guid.CreateVersion7(), ReportId = report, Destination = destination, State = DeliveryStates.Pending, CreatedAt = now };
            transaction.Context.Deliveries.Add(delivery);
            await transaction.Context.SaveChangesAsync(cancellation);
            await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Deliver, delivery.Id.ToString(), delivery.Id, tier, MaxAttempts: NoLimit, Lane: destination), cancellation);
        }
    }
}
