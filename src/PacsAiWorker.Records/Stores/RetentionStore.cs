using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>What the rows say of a study with images in one segment: all that retention is decided from.</summary>
public sealed record StudyStanding(Guid Study, string State, DateTime LastActivity)
{
    /// <summary>Images of it in the segment whose bytes are there, and their data sets' size.</summary>
    public int Images { get; init; }

    /// <inheritdoc cref="Images"/>
    public long Bytes { get; init; }

    /// <summary>Images of it in use, wherever they stand; 0 when all it has was set aside as other content under a known UID.</summary>
    public int InUse { get; init; }

    /// <summary>Images in use without an outcome whose scoring nobody gave up.</summary>
    public int Unscored { get; init; }

    /// <summary>Work of it that is due or running, deliveries apart.</summary>
    public int Moving { get; init; }

    /// <summary>Work of it that waits for a person, and versions of images that do.</summary>
    public int Parked { get; init; }

    /// <summary>A person discarded the work that would have decided it.</summary>
    public bool VerdictGivenUp { get; init; }

    /// <summary>Reports that are due and not written, and that nobody gave up.</summary>
    public int ReportsMissing { get; init; }

    /// <summary>Reports that were written.</summary>
    public int Reports { get; init; }

    /// <summary>Reports that were written while no destination was configured.</summary>
    public int Unaddressed { get; init; }

    /// <summary>Deliveries that a destination still owes its yes to, or its promise to keep them where it offers that.</summary>
    public int Undelivered { get; init; }

    /// <summary>Scorings, reports, deliveries and promises that a person gave up.</summary>
    public int GivenUp { get; init; }
}

/// <summary>What retention reads and writes.</summary>
public sealed class RetentionStore(RecordsDatabase database)
{
    private const int StudiesTogether = 200;
    private const int KeysTogether = 500;

    /// <summary>How far each segment is recorded, and since when nothing was added to it.</summary>
    public async Task<IReadOnlyDictionary<Guid, SpoolSegmentRow>> MarksAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.SpoolSegments.AsNoTracking().ToDictionaryAsync(r => r.Id, cancellation);
    }

    /// <summary>Places of records without a row.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.SpoolProblems.Select(r => r.Location).ToListAsync(cancellation);
    }

    /// <summary>Studies that have bytes in a segment.</summary>
    public async Task<IReadOnlyList<StudyStanding>> StandingsAsync(Guid segment, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await StandingsAsync(context, segment, cancellation);
    }

    /// <summary>Bytes of data sets that came since then, and when the first of them came.</summary>
    public async Task<(long Bytes, DateTime? First)> ReceivedAsync(DateTime since, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var recent = context.Instances.Where(i => i.ReceivedAt >= since);
        return (await recent.SumAsync(i => i.DataSetBytes, cancellation), await recent.MinAsync(i => (DateTime?)i.ReceivedAt, cancellation));
    }

    /// <summary>
    /// Says in rows and audit that a segment's images leave the spool, before its file goes: a crash between leaves bytes that nobody counts
    /// on, never rows that count on bytes. False, and nothing written, when something changed since the caller looked.
    /// </summary>
    /// <param name="mayGo">Asked again for each study, on what this transaction sees.</param>
    public Task<bool> PurgeAsync(Guid segment, Func<StudyStanding, bool> mayGo, DateTime at, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        // The studies first, as the journal does: an image that comes meanwhile is either seen here or waits for us.
        var context = transaction.Context;
        await context.Studies.FromSqlRaw(
            "SELECT * FROM study WHERE id IN (SELECT study_id FROM instance WHERE segment = {0} AND purged_at IS NULL) ORDER BY study_instance_uid" + database.ForUpdate, segment)
            .AsNoTracking().ToListAsync(cancellation);
        var studies = await StandingsAsync(context, segment, cancellation);
        if (!studies.All(mayGo))
        {
            return false;
        }

        await context.Instances.Where(i => i.Segment == segment && i.PurgedAt == null).ExecuteUpdateAsync(set => set.SetProperty(i => i.PurgedAt, at), cancellation);
        await AuditChain.AppendAsync(transaction,
            [.. studies.Select(s => new AuditEvent("purged", $"study:{s.Study}", s.Study, new { segment, images = s.Images, bytes = s.Bytes, lastActivity = s.LastActivity }))], at, cancellation);
        return true;
    }, cancellation);

    /// <summary>The segment's file is gone: nothing has to be known of it any more.</summary>
    public Task ForgetAsync(Guid segment, long bytes, DateTime at, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await transaction.Context.SpoolSegments.Where(r => r.Id == segment).ExecuteDeleteAsync(cancellation) > 0)
        {
            await AuditChain.AppendAsync(transaction, [new AuditEvent("segment dropped", $"segment:{segment}", null, new { bytes })], at, cancellation);
        }
    }, cancellation);

    private static async Task<List<StudyStanding>> StandingsAsync(RecordsContext context, Guid segment, CancellationToken cancellation)
    {
        var studies = await context.Instances.Where(i => i.Segment == segment && i.PurgedAt == null).Select(i => i.StudyId).Distinct().ToListAsync(cancellation);
        var standings = new List<StudyStanding>();
        foreach (var some in studies.Chunk(StudiesTogether))
        {
            standings.AddRange(await StandingsAsync(context, segment, [.. some], cancellation));
        }

        return standings;
    }

    private static async Task<IEnumerable<StudyStanding>> StandingsAsync(RecordsContext context, Guid segment, List<Guid> ids, CancellationToken cancellation)
    {
        var studies = await context.Studies.AsNoTracking().Where(s => ids.Contains(s.Id)).ToListAsync(cancellation);
        var images = await context.Instances.Where(i => ids.Contains(i.StudyId))
            .Select(i => new Image(i.Id, i.StudyId, i.Segment == segment && i.PurgedAt == null, i.DataSetBytes, i.IsCurrent, i.Outcome != null, i.SetAside == SetAsides.Unclear || i.SetAside == SetAsides.Correction)).ToListAsync(cancellation);
        var results = await context.Results.Where(r => ids.Contains(r.StudyId) && r.Stage != ModelStages.Observe && r.WithdrawnAt == null).Select(r => new Due(r.Id, r.StudyId)).ToListAsync(cancellation);
        var reports = await context.Reports.Where(r => ids.Contains(r.Result!.StudyId)).Select(r => new Written(r.Id, r.ResultId, r.Result!.StudyId)).ToListAsync(cancellation);
        var deliveries = await context.Deliveries.Where(d => ids.Contains(d.Report!.Result!.StudyId)).Select(d => new Sent(d.Id, d.Report!.ResultId, d.Report.Result!.StudyId, d.State, d.Commitment)).ToListAsync(cancellation);
        var work = new WorkStatesByKey();
        await work.AddAsync(context, WorkKinds.Score, images.Select(i => $"{i.Id}"), cancellation);
        await work.AddAsync(context, WorkKinds.Study, studies.SelectMany(Keys), cancellation);
        await work.AddAsync(context, WorkKinds.Explain, results.Select(r => $"{r.Id}"), cancellation);
        await work.AddAsync(context, WorkKinds.Report, results.Select(r => $"{r.Id}"), cancellation);
        await work.AddAsync(context, WorkKinds.Deliver, deliveries.Select(d => $"{d.Id}"), cancellation);
        await work.AddAsync(context, WorkKinds.Commit, deliveries.Select(d => $"{d.Id}"), cancellation);
        var (imagesOf, resultsOf, reportsOf, deliveriesOf) = (images.ToLookup(i => i.Study), results.ToLookup(r => r.Study), reports.ToLookup(r => r.Study), deliveries.ToLookup(d => d.Study));
        return studies.Select(s => Standing(s, [.. imagesOf[s.Id]], [.. resultsOf[s.Id]], [.. reportsOf[s.Id]], [.. deliveriesOf[s.Id]], work));
    }

    private static StudyStanding Standing(StudyRow study, List<Image> images, List<Due> results, List<Written> reports, List<Sent> deliveries, WorkStatesByKey work)
    {
        var written = reports.Select(r => r.Result).ToHashSet();
        var addressed = deliveries.Select(d => d.Result).ToHashSet();
        List<(string Kind, string Key)> before =
        [
            .. images.Select(i => (WorkKinds.Score, $"{i.Id}")), .. Keys(study).Select(k => (WorkKinds.Study, k)), .. results.SelectMany(r => new[] { (WorkKinds.Explain, $"{r.Id}"), (WorkKinds.Report, $"{r.Id}") }),
        ];
        List<(string Kind, string Key)> sending = [.. deliveries.SelectMany(d => new[] { (WorkKinds.Deliver, $"{d.Id}"), (WorkKinds.Commit, $"{d.Id}") })];
        bool IsGivenUp(string kind, Guid key) => work.StateOf(kind, $"{key}") == WorkStates.Cancelled;
        bool IsReportGivenUp(Guid result) => IsGivenUp(WorkKinds.Report, result) || IsGivenUp(WorkKinds.Explain, result);
        var (here, waiting) = (images.Where(i => i.Here).ToList(), images.Where(i => i.IsCurrent && !i.HasOutcome).ToList());
        var owed = deliveries.Where(d => d.State is DeliveryStates.Pending or DeliveryStates.Refused).ToList();
        var promised = deliveries.Where(d => d.State == DeliveryStates.Stored && CommitmentStates.Owed.Contains(d.Commitment)).ToList();
        var times = before.Concat(sending).Select(w => work.ChangedAt(w.Kind, w.Key)).Append(study.CompletedAt).OfType<DateTime>();
        return new StudyStanding(study.Id, study.State, times.Append(study.LastReceivedAt).Max())
        {
            Images = here.Count,
            Bytes = here.Sum(i => i.Bytes),
            InUse = images.Count(i => i.IsCurrent),
            Unscored = waiting.Count(i => !IsGivenUp(WorkKinds.Score, i.Id)),
            Moving = before.Count(w => work.StateOf(w.Kind, w.Key) is WorkStates.Ready or WorkStates.Leased),
            Parked = before.Concat(sending).Count(w => work.StateOf(w.Kind, w.Key) is WorkStates.Parked) + images.Count(i => i.AwaitsPerson),
            VerdictGivenUp = work.StateOf(WorkKinds.Study, WorkTable.StudyKey(study)) == WorkStates.Cancelled,
            ReportsMissing = results.Count(r => !written.Contains(r.Id) && !IsReportGivenUp(r.Id)),
            Reports = reports.Count,
            Unaddressed = written.Count(r => !addressed.Contains(r)),
            Undelivered = owed.Count(d => !IsGivenUp(WorkKinds.Deliver, d.Id)) + promised.Count(d => !IsGivenUp(WorkKinds.Commit, d.Id)),
            GivenUp = waiting.Count(i => IsGivenUp(WorkKinds.Score, i.Id)) + results.Count(r => IsReportGivenUp(r.Id))
                + promised.Count(d => IsGivenUp(WorkKinds.Commit, d.Id))
                + deliveries.Count(d => d.State == DeliveryStates.Retired || d.Commitment == CommitmentStates.GivenUp || (owed.Contains(d) && IsGivenUp(WorkKinds.Deliver, d.Id))),
        };
    }

    /// <summary>Work of each revision: one that was parked before the next began still waits for a person.</summary>
    private static IEnumerable<string> Keys(StudyRow study) => Enumerable.Range(1, study.Revision).Select(r => $"{study.Id}/r{r}");

    private sealed record Image(Guid Id, Guid Study, bool Here, long Bytes, bool IsCurrent, bool HasOutcome, bool AwaitsPerson);

    private sealed record Due(Guid Id, Guid Study);

    private sealed record Written(Guid Id, Guid Result, Guid Study);

    private sealed record Sent(Guid Id, Guid Result, Guid Study, string State, string Commitment);

    /// <summary>Work is found by its key, which has an index; its subject has none.</summary>
    private sealed class WorkStatesByKey
    {
        private readonly Dictionary<(string Kind, string Key), (string State, DateTime ChangedAt)> _rows = [];

        public async Task AddAsync(RecordsContext context, string kind, IEnumerable<string> keys, CancellationToken cancellation)
        {
            foreach (var some in keys.Chunk(KeysTogether))
            {
                var wanted = some.ToList();
                foreach (var row in await context.Work.Where(w => w.Kind == kind && wanted.Contains(w.DedupeKey)).Select(w => new { w.DedupeKey, w.State, w.ChangedAt }).ToListAsync(cancellation))
                {
                    _rows[(kind, row.DedupeKey)] = (row.State, row.ChangedAt);
                }
            }
        }

        public string? StateOf(string kind, string key) => _rows.TryGetValue((kind, key), out var row) ? row.State : null;

        public DateTime? ChangedAt(string kind, string key) => _rows.TryGetValue((kind, key), out var row) ? row.ChangedAt : null;
    }
}
