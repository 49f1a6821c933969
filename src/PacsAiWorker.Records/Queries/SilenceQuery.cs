using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Records.Queries;

/// <summary>Something that people rely on does not happen.</summary>
/// <param name="Since">UTC.</param>
/// <param name="Text">What, and what it means, in a sentence.</param>
/// <param name="IsAlarm">A person has to act; else a person has done it on purpose.</param>
public sealed record Silence(DateTime Since, string Text, bool IsAlarm);

/// <summary>Since when scoring, delivery or priority messages are off, and a package flags more than is expected (safety rules 9 and 20): a few small questions, asked for every page.</summary>
public static class SilenceQuery
{
    /// <summary>How long work may be due before somebody has to hear of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<IReadOnlyList<Silence>> RunAsync(RecordsDatabase database, DateTime now, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var silences = new List<Silence>();
        foreach (var stop in await StopStore.AllAsync(context, cancellation))
        {
            silences.Add(new Silence(stop.Since, $"{stop.Messages} are stopped by {stop.Actor}: {stop.Why}. {await StopStore.HeldBackAsync(context, stop, cancellation)} studies are held back.", IsAlarm: false));
        }

        var open = await context.RecallStudies.Where(l => l.ClosedAt == null && l.Recall!.EndedAt == null).GroupBy(l => l.Recall!.ModelIdentity).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellation);
        foreach (var model in await context.Models.AsNoTracking().Where(m => m.SuspendedAt != null).OrderBy(m => m.SuspendedAt).ToListAsync(cancellation))
        {
            silences.Add(new Silence(model.SuspendedAt!.Value, $"{model.ModelId} {model.Version} is {(model.RecalledAt is null ? "suspended" : "recalled")}: {model.SuspendedWhy}. Its studies are not assessed by it{(open.GetValueOrDefault(model.Identity) is > 0 and var studies ? $"; {studies} studies of its recall are not closed" : "")}.", IsAlarm: false));
        }

        silences.AddRange((await FlagBudgetQuery.RunAsync(database, now, cancellation)).Where(b => b.Since is not null).Select(b => new Silence(b.Since!.Value, $"{b}", IsAlarm: true)));
        var due = now - Patience;
        var late = await context.Work.Where(w => (w.State == WorkStates.Ready || w.State == WorkStates.Leased) && w.CreatedAt < due && (w.Attempts > 0 || w.NotBefore < due) && (w.Kind == WorkKinds.Score || w.Kind == WorkKinds.Deliver)
                // Reports of a study whose patient is in doubt wait for a person, not for a PACS.
                && !context.Deliveries.Any(d => d.Id == w.Subject && context.Holds.Any(h => h.StudyId == d.Report!.Result!.StudyId && h.EndedAt == null)))
            .GroupBy(w => w.Kind).Select(g => new { Kind = g.Key, Count = g.Count(), Since = g.Min(w => w.CreatedAt) }).ToListAsync(cancellation);
        silences.AddRange(late.Select(l => l.Kind == WorkKinds.Score
            ? new Silence(l.Since, $"{l.Count} images wait to be scored for more than {Patience.TotalMinutes:0} minutes: their studies are not assessed.", IsAlarm: true)
            : new Silence(l.Since, $"{l.Count} reports wait for a PACS for more than {Patience.TotalMinutes:0} minutes.", IsAlarm: true)));
        var parked = await context.Work.Where(w => w.State == WorkStates.Parked).GroupBy(w => 1).Select(g => new { Count = g.Count(), Since = g.Min(w => w.ChangedAt) }).SingleOrDefaultAsync(cancellation);
        if (parked is not null)
        {
            silences.Add(new Silence(parked.Since, $"{parked.Count} pieces of work wait for a person.", IsAlarm: true));
        }

        return silences;
    }
}
