using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>How much of a package's budget of flags is used.</summary>
/// <param name="Flagged">Studies that it flagged in the last 24 hours.</param>
/// <param name="FlagsPerDay">As many as the site expects at most.</param>
/// <param name="Since">When the first study beyond was flagged; null while none is.</param>
public sealed record FlagBudgetLine(string ModelId, string ModelVersion, int Flagged, int FlagsPerDay, DateTime? Since)
{
    /// <summary>One sentence for people.</summary>
    public override string ToString() =>
        $"{ModelId} {ModelVersion} flagged {Flagged} studies in 24 hours, {FlagsPerDay} are expected at most: look whether they are right, and consider suspending it. Nothing is withheld.";
}

/// <summary>Packages that have a budget of flags (safety rule 9), by id. Beyond it an alarm, and no more than that: a flag is never withheld by a count.</summary>
public static class FlagBudgetQuery
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static async Task<IReadOnlyList<FlagBudgetLine>> RunAsync(RecordsDatabase database, DateTime now, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var since = now - Day;
        var lines = new List<FlagBudgetLine>();
        foreach (var model in await context.Models.AsNoTracking().Where(m => m.FlagsPerDay != null && m.SuspendedAt == null).OrderBy(m => m.ModelId).ThenBy(m => m.Version).ToListAsync(cancellation))
        {
            // A study that was flagged before is no new flag when it is decided again.
            var flags = await context.Results.Where(r => r.ModelIdentity == model.Identity && r.DecidedAt >= since && r.IsPositive && r.WithdrawnAt == null
                    && !context.Results.Any(o => o.StudyId == r.StudyId && o.ModelId == r.ModelId && o.IsPositive && o.DecidedAt < since))
                .GroupBy(r => r.StudyId).Select(g => g.Min(r => r.DecidedAt)).ToListAsync(cancellation);
            var budget = model.FlagsPerDay!.Value;
            lines.Add(new FlagBudgetLine(model.ModelId, model.Version, flags.Count, budget, flags.Count > budget ? flags.Order().ElementAt(budget) : null));
        }

        return lines;
    }
}
