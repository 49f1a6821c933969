using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>After how long something absent is said.</summary>
/// <param name="Expected">After the scheduled time of a study.</param>
/// <param name="Step">After the last word of a modality about a step it performs.</param>
/// <param name="Silent">Without anything accepted although something waits.</param>
public sealed record AbsenceLimits(TimeSpan Expected, TimeSpan Step, TimeSpan Silent);

/// <summary>Something that should be here, or should have been taken, and is not.</summary>
/// <param name="Kind">One of <see cref="AbsenceKinds"/>.</param>
/// <param name="Subject">Its key, for <c>worklist dismiss</c>.</param>
/// <param name="StudyInstanceUid">Whose; null where that is not known or it is nobody's.</param>
/// <param name="Since">UTC.</param>
/// <param name="What">One sentence for people; names nobody.</param>
public sealed record AbsentLine(string Kind, string Subject, string? StudyInstanceUid, DateTime Since, string What, string Remedy);

/// <summary>What <see cref="AbsenceQuery"/> looks for.</summary>
public static class AbsenceKinds
{
    public const string Study = "an expected study has not come";
    public const string Images = "images of a performed step have not come";
    public const string Destination = "a destination takes nothing";
    public const string Receiver = "the information system takes no message";

    public static readonly IReadOnlyList<string> All = [Study, Images, Destination, Receiver];
}

/// <summary>
/// What nobody here has done wrong and a person has to know nonetheless: studies that were announced and did not come or came in part, and
/// peers that take nothing although something waits for them.
/// </summary>
public static class AbsenceQuery
{
    /// <summary>A study of the day before may be that of a step scheduled after midnight, and a cart may be early.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromDays(1);

    /// <param name="now">UTC.</param>
    public static async Task<IReadOnlyList<AbsentLine>> RunAsync(RecordsDatabase database, DateTime now, AbsenceLimits limits, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var dismissed = (await context.Dismissals.Select(d => d.Subject).ToListAsync(cancellation)).ToHashSet();
        List<AbsentLine> lines =
        [
            .. await StudiesAsync(context, now - limits.Expected, cancellation),
            .. await StepsAsync(context, now - limits.Step, cancellation),
            .. await DestinationsAsync(context, now - limits.Silent, cancellation),
            .. await ReceiversAsync(context, now - limits.Silent, cancellation),
        ];
        return [.. lines.Where(l => !dismissed.Contains(l.Subject)).OrderBy(l => l.Since)];
    }

    /// <summary>Keys of performed steps of which all images are here.</summary>
    internal static async Task<IReadOnlyList<string>> WholeStepsAsync(RecordsContext context, CancellationToken cancellation)
    {
        var open = await context.PerformedSteps.AsNoTracking().Where(s => s.AllHereAt == null && s.State == StepStates.Completed).ToListAsync(cancellation);
        return [.. (await MissingAsync(context, open, cancellation)).Where(s => s.Missing == 0).Select(s => s.Step.SopInstanceUid)];
    }

    private static async Task<IEnumerable<AbsentLine>> StudiesAsync(RecordsContext context, DateTime scheduledBefore, CancellationToken cancellation)
    {
        var expected = await context.ExpectedStudies.AsNoTracking().Where(e => e.ScheduledAt < scheduledBefore).ToListAsync(cancellation);
        if (expected.Count == 0)
        {
            return [];
        }

        var from = expected.Min(e => e.ScheduledAt) - Early;
        var received = await (from study in context.Studies
                              join identity in context.Identities on study.Id equals identity.StudyId into identities
                              from identity in identities.DefaultIfEmpty()
                              where study.LastReceivedAt >= @from
                              select new { study.StudyInstanceUid, Accession = identity == null ? null : identity.AccessionNumber }).ToListAsync(cancellation);
        var uids = received.Select(r => r.StudyInstanceUid).ToHashSet();
        var orders = received.Where(r => !string.IsNullOrWhiteSpace(r.Accession)).Select(r => OrderContextRow.DigestOf(r.Accession!)).ToHashSet();
        var digests = expected.Select(e => e.AccessionDigest).Where(d => d.Length > 0).Distinct().ToList();
        var cancelled = (await context.Orders.Where(o => digests.Contains(o.AccessionDigest) && (o.Status == "CA" || o.Status == "DC" || o.Status == "RP")).Select(o => o.AccessionDigest).ToListAsync(cancellation)).ToHashSet();
        var listed = await context.ExpectedStudies.MaxAsync(e => (DateTime?)e.LastListedAt, cancellation);
        return expected.Where(e => !uids.Contains(e.StudyInstanceUid) && !orders.Contains(e.AccessionDigest) && !cancelled.Contains(e.AccessionDigest)).Select(e =>
        {
            var subject = $"expected:{e.KeyDigest}";
            return new AbsentLine(AbsenceKinds.Study, subject, e.StudyInstanceUid.Length > 0 ? e.StudyInstanceUid : null, e.ScheduledAt,
                string.Create(CultureInfo.InvariantCulture, $"scheduled for {(e.StationAe.Length > 0 ? e.StationAe : "no named station")} at {e.ScheduledAt:yyyy-MM-dd HH:mm}Z, {(e.LastListedAt == listed ? "still on the modality worklist" : $"off the modality worklist since {e.LastListedAt:HH:mm}Z")}"),
                $"ask that station: if it was done, send it from there or from the PACS; if not, `worklist dismiss {subject} --why …`");
        });
    }

    private static async Task<IEnumerable<AbsentLine>> StepsAsync(RecordsContext context, DateTime changedBefore, CancellationToken cancellation)
    {
        var open = await context.PerformedSteps.AsNoTracking().Where(s => s.AllHereAt == null && s.State != StepStates.Discontinued && s.ChangedAt < changedBefore).ToListAsync(cancellation);
        return (await MissingAsync(context, open, cancellation)).Where(s => s.Missing > 0).Select(s =>
        {
            var subject = $"step:{s.Step.SopInstanceUid}";
            return new AbsentLine(AbsenceKinds.Images, subject, s.Step.StudyInstanceUid, s.Step.ChangedAt, $"{s.Missing} of {s.Named} objects that {s.Step.CallingAe} says it made are not here ({s.Step.State})",
                $"send the study again from {s.Step.CallingAe} or from the PACS; if these never come here, `worklist dismiss {subject} --why …`");
        });
    }

    private static async Task<IReadOnlyList<(PerformedStepRow Step, int Named, int Missing)>> MissingAsync(RecordsContext context, IReadOnlyList<PerformedStepRow> steps, CancellationToken cancellation)
    {
        var named = steps.Select(s => (Step: s, Images: JsonSerializer.Deserialize<List<string>>(s.Images) ?? [])).ToList();
        var all = named.SelectMany(s => s.Images).Distinct().ToList();
        var here = all.Count == 0 ? [] : (await context.Instances.Where(i => all.Contains(i.SopInstanceUid)).Select(i => i.SopInstanceUid).ToListAsync(cancellation)).ToHashSet();
        return [.. named.Select(s => (s.Step, s.Images.Count, s.Images.Count(i => !here.Contains(i))))];
    }

    /// <summary>Work that a person has to look at is no silence: it stands among what is stuck.</summary>
    private static async Task<IEnumerable<AbsentLine>> DestinationsAsync(RecordsContext context, DateTime silentSince, CancellationToken cancellation)
    {
        var waiting = await context.Deliveries
            .Where(d => d.State == DeliveryStates.Pending && d.CreatedAt < silentSince
                && context.Work.Any(w => w.Kind == WorkKinds.Deliver && w.Subject == d.Id && (w.State == WorkStates.Ready || w.State == WorkStates.Leased)))
            .GroupBy(d => d.Destination).Select(g => new { g.Key, Count = g.Count(), Since = g.Min(d => d.CreatedAt) }).ToListAsync(cancellation);
        var names = waiting.Select(w => w.Key).ToList();
        var taken = await context.Deliveries.Where(d => names.Contains(d.Destination) && d.StoredAt != null).GroupBy(d => d.Destination)
            .Select(g => new { g.Key, At = g.Max(d => d.StoredAt) }).ToDictionaryAsync(g => g.Key, g => g.At, cancellation);
        return waiting.Where(w => taken.GetValueOrDefault(w.Key) is not { } at || at < silentSince).Select(w => new AbsentLine(
            AbsenceKinds.Destination, $"destination:{w.Key}", null, w.Since,
            taken.GetValueOrDefault(w.Key) is { } at
                ? string.Create(CultureInfo.InvariantCulture, $"{w.Key}: {w.Count} reports wait, the last was stored at {at:yyyy-MM-dd HH:mm}Z") : $"{w.Key}: {w.Count} reports wait, none was ever stored",
            $"`doctor` asks {w.Key}; `work list --kind deliver` says what it answered; if it is gone for good, `destination retire {w.Key} --reason …`"));
    }

    private static async Task<IEnumerable<AbsentLine>> ReceiversAsync(RecordsContext context, DateTime silentSince, CancellationToken cancellation)
    {
        var waiting = await context.Notices
            .Where(n => n.State == NoticeStates.Pending && n.SentAt < silentSince
                && context.Work.Any(w => w.Kind == WorkKinds.Notify && w.Subject == n.StudyId && (w.State == WorkStates.Ready || w.State == WorkStates.Leased)))
            .GroupBy(n => n.Channel).Select(g => new { g.Key, Count = g.Count(), Since = g.Min(n => n.SentAt) }).ToListAsync(cancellation);
        var taken = await context.Notices.Where(n => n.AcknowledgedAt >= silentSince).Select(n => n.Channel).Distinct().ToListAsync(cancellation);
        return waiting.Where(w => !taken.Contains(w.Key)).Select(w => new AbsentLine(
            AbsenceKinds.Receiver, $"receiver:{w.Key}", null, w.Since!.Value, $"{w.Count} rises of priority wait for an answer ({w.Key})",
            $"look whether it listens at the Host and Port of Worklist:{(w.Key == NoticeChannels.Ups ? "Ups" : "Hl7")}; `work list --kind notify` says what it answered; until then read by our `worklist`"));
    }
}
