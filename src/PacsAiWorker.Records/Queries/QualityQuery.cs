using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>Which verdicts quality figures are about.</summary>
/// <param name="From">Decided from this time on, before <paramref name="To"/>; UTC.</param>
public sealed record QualityFilter(DateTime From, DateTime To, string? ModelId = null, string? Site = null, string? CallingAe = null);

/// <summary>Verdicts of one package in one hour.</summary>
/// <param name="Hour">UTC, its beginning.</param>
public sealed record HourCount(DateTime Hour, int Assessed, int Flagged);

/// <summary>What one package said in the period; of each study its latest verdict.</summary>
/// <param name="NotAssessed">Studies it was meant for and could score no image of.</param>
public sealed record ModelQuality(string ModelId, string Version, string Identity, int Assessed, int Flagged, int NotAssessed, IReadOnlyList<HourCount> Hours);

/// <summary>A reader's last answer beside the verdict it is about.</summary>
/// <param name="SaysPositive">What holds in the reader's opinion.</param>
public sealed record Answered(string StudyInstanceUid, string ModelId, string Version, int Revision, bool IsFlagged, double? Probability, bool SaysPositive, string Verdict, string Label, string Reason, string Actor, DateTime At, bool OpenedBefore);

/// <summary>Figures of a period, counts only: rates are made of them where they are shown.</summary>
/// <param name="Studies">Received in the period.</param>
/// <param name="Assessed">Of these, with a score by any package.</param>
/// <param name="Outcomes">Images received in the period by what became of them; the empty reason is "scored".</param>
/// <param name="FlagSeconds">From a flagged study's last image before the flag to the flag, ascending.</param>
public sealed record QualityFigures(
    int Studies, int Assessed, IReadOnlyDictionary<string, int> Outcomes, IReadOnlyList<ModelQuality> Models, IReadOnlyList<Answered> Answers, IReadOnlyList<double> FlagSeconds)
{
    /// <summary>Verdicts of which the final diagnosis is known.</summary>
    public IReadOnlyList<Diagnosed> Diagnosed { get; init; } = [];
}

/// <summary>A verdict beside what the study turned out to be.</summary>
public sealed record Diagnosed(string StudyInstanceUid, string ModelId, string Version, bool IsFlagged, double? Probability, bool IsPositive);

/// <summary>Scores of studies by one package that one application entity sent, then and now.</summary>
public sealed record ScoreWindow(string ModelId, string Version, string CallingAe, IReadOnlyList<double> Reference, IReadOnlyList<double> Now);

/// <summary>Counts what the line did in a period.</summary>
public static class QualityQuery
{
    public static async Task<QualityFigures> RunAsync(RecordsDatabase database, QualityFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var studies = context.Studies.AsNoTracking().Where(s => s.FirstReceivedAt >= filter.From && s.FirstReceivedAt < filter.To
            && (filter.Site == null || s.Site == filter.Site) && (filter.CallingAe == null || s.CallingAe == filter.CallingAe));
        var outcomes = await context.Instances.Where(i => i.IsCurrent && studies.Any(s => s.Id == i.StudyId))
            .GroupBy(i => i.Outcome == null ? "awaiting" : i.Outcome == Outcomes.Scored ? "" : i.OutcomeReason!).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancellation);
        var flags = await studies.Where(s => s.FlaggedAt != null)
            .Select(s => new { s.FlaggedAt, Last = context.Instances.Where(i => i.StudyId == s.Id && i.IsCurrent && i.ReceivedAt <= s.FlaggedAt).Max(i => (DateTime?)i.ReceivedAt) }).ToListAsync(cancellation);
        var answers = await AnswersAsync(context, filter, cancellation);
        return new QualityFigures(
            await studies.CountAsync(cancellation),
            await studies.CountAsync(s => context.Results.Any(r => r.StudyId == s.Id && r.Probability != null && r.WithdrawnAt == null), cancellation),
            outcomes.ToDictionary(o => o.Key, o => o.Count),
            await ModelsAsync(context, filter, cancellation),
            [.. answers.GroupBy(a => (a.StudyInstanceUid, a.ModelId, a.Version, a.Actor)).Select(g => g.Last()).OrderByDescending(a => a.At)],
            [.. flags.Where(f => f.Last is not null).Select(f => (f.FlaggedAt!.Value - f.Last!.Value).TotalSeconds).Order()])
        {
            Diagnosed = await DiagnosedAsync(context, filter, cancellation),
        };
    }

    /// <summary>Keys of studies of which no package flagged anything, by chance: what a reader looks at so that more than the flags is known.</summary>
    /// <param name="seed">The same seed over the same rows gives the same studies.</param>
    public static async Task<IReadOnlyList<string>> SampleNotFlaggedAsync(RecordsDatabase database, QualityFilter filter, int count, int seed, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var latest = Latest(context, filter);
        var uids = await latest.Where(r => !r.IsPositive && r.Probability != null && !latest.Any(o => o.StudyId == r.StudyId && o.IsPositive))
            .Select(r => r.Study!.StudyInstanceUid).Distinct().OrderBy(u => u).ToListAsync(cancellation);
        var all = uids.ToArray();
        new Random(seed).Shuffle(all);
        return [.. all.Take(count)];
    }

    /// <summary>Scores of the period beside those of an earlier one, by package and sender: a scanner that has changed shows here first.</summary>
    /// <param name="reference">The period that counts as normal operation.</param>
    public static async Task<IReadOnlyList<ScoreWindow>> ScoresAsync(RecordsDatabase database, QualityFilter reference, QualityFilter now, CancellationToken cancellation)
    {
        await using var context = database.Open();
        async Task<ILookup<(string, string, string), double>> ReadAsync(QualityFilter filter) =>
            (await Latest(context, filter).Where(r => r.Probability != null).Select(r => new { r.ModelId, r.ModelVersion, r.Study!.CallingAe, r.Probability }).ToListAsync(cancellation))
            .ToLookup(r => (r.ModelId, r.ModelVersion, r.CallingAe), r => r.Probability!.Value);
        var (then, present) = (await ReadAsync(reference), await ReadAsync(now));
        return [.. present.OrderBy(g => g.Key).Select(g => new ScoreWindow(g.Key.Item1, g.Key.Item2, g.Key.Item3, [.. then[g.Key]], [.. g]))];
    }

    /// <summary>Of each study the last word of each package, where it still holds.</summary>
    internal static IQueryable<ResultRow> Latest(RecordsContext context, QualityFilter filter) => context.Results.AsNoTracking()
        .Where(r => r.WithdrawnAt == null && r.Withdraws == null && r.DecidedAt >= filter.From && r.DecidedAt < filter.To && (filter.ModelId == null || r.ModelId == filter.ModelId)
            && (filter.Site == null || r.Study!.Site == filter.Site) && (filter.CallingAe == null || r.Study!.CallingAe == filter.CallingAe)
            && !context.Results.Any(o => o.StudyId == r.StudyId && o.ModelIdentity == r.ModelIdentity && o.Revision > r.Revision));

    private static async Task<IReadOnlyList<ModelQuality>> ModelsAsync(RecordsContext context, QualityFilter filter, CancellationToken cancellation)
    {
        var hours = await Latest(context, filter)
            .GroupBy(r => new { r.ModelId, r.ModelVersion, r.ModelIdentity, r.DecidedAt.Year, r.DecidedAt.Month, r.DecidedAt.Day, r.DecidedAt.Hour })
            .Select(g => new { g.Key, Assessed = g.Count(r => r.Probability != null), Flagged = g.Count(r => r.IsPositive), NotAssessed = g.Count(r => r.Probability == null) }).ToListAsync(cancellation);
        return
        [
            .. hours.GroupBy(h => (h.Key.ModelId, h.Key.ModelVersion, h.Key.ModelIdentity)).OrderBy(g => g.Key).Select(g => new ModelQuality(
                g.Key.ModelId, g.Key.ModelVersion, g.Key.ModelIdentity, g.Sum(h => h.Assessed), g.Sum(h => h.Flagged), g.Sum(h => h.NotAssessed),
                [.. g.Select(h => new HourCount(new DateTime(h.Key.Year, h.Key.Month, h.Key.Day, h.Key.Hour, 0, 0, DateTimeKind.Utc), h.Assessed, h.Flagged)).OrderBy(h => h.Hour)])),
        ];
    }

    /// <summary>Every answer of a reader, oldest first.</summary>
    private static async Task<IReadOnlyList<Answered>> AnswersAsync(RecordsContext context, QualityFilter filter, CancellationToken cancellation)
    {
        var rows = await (from f in context.Feedback.AsNoTracking()
                          join r in context.Results.AsNoTracking() on f.ResultId equals r.Id
                          where f.Verdict != FeedbackVerdicts.Final && r.WithdrawnAt == null && r.DecidedAt >= filter.From && r.DecidedAt < filter.To && (filter.ModelId == null || r.ModelId == filter.ModelId)
                              && (filter.Site == null || r.Study!.Site == filter.Site) && (filter.CallingAe == null || r.Study!.CallingAe == filter.CallingAe)
                          select new { Feedback = f, Result = r, r.Study!.StudyInstanceUid }).ToListAsync(cancellation);
        var classes = await ModelClass.OfAsync(context, rows.Select(r => r.Result.ModelIdentity), cancellation);
        return
        [
            .. rows.OrderBy(r => r.Feedback.At)
                .Select(r => new Answered(r.StudyInstanceUid, r.Result.ModelId, r.Result.ModelVersion, r.Result.Revision, r.Result.IsPositive, r.Result.Probability,
                    SaysPositive(r.Feedback, r.Result, classes[r.Result.ModelIdentity]), r.Feedback.Verdict, r.Feedback.Label, r.Feedback.Reason, r.Feedback.Actor, r.Feedback.At, r.Feedback.OpenedAt is not null)),
        ];
    }

    private static async Task<IReadOnlyList<Diagnosed>> DiagnosedAsync(RecordsContext context, QualityFilter filter, CancellationToken cancellation) =>
        [.. (await FinalAsync(context, filter, cancellation)).Select(d => new Diagnosed(d.StudyInstanceUid, d.Result.ModelId, d.Result.ModelVersion, d.Result.IsPositive, d.Result.Probability, d.IsPositive))];

    /// <summary>A diagnosis is about the study: it stands beside the latest verdict, whichever it was told about.</summary>
    internal static async Task<IReadOnlyList<(ResultRow Result, string StudyInstanceUid, bool IsPositive)>> FinalAsync(RecordsContext context, QualityFilter filter, CancellationToken cancellation)
    {
        var rows = await (from f in context.Feedback.AsNoTracking()
                          where f.Verdict == FeedbackVerdicts.Final
                          join told in context.Results on f.ResultId equals told.Id
                          join r in Latest(context, filter) on new { told.StudyId, told.ModelIdentity } equals new { r.StudyId, r.ModelIdentity }
                          select new { f.Label, f.At, Result = r, r.Study!.StudyInstanceUid }).ToListAsync(cancellation);
        var classes = await ModelClass.OfAsync(context, rows.Select(r => r.Result.ModelIdentity), cancellation);
        return
        [
            .. rows.GroupBy(r => r.Result.Id).Select(g => g.MaxBy(r => r.At)!).Select(r => (r.Result, r.StudyInstanceUid, classes[r.Result.ModelIdentity].Single(c => c.Id == r.Label).IsPositive)),
        ];
    }

    private static bool SaysPositive(FeedbackRow feedback, ResultRow result, IReadOnlyList<ModelClass> classes) => feedback.Verdict switch
    {
        FeedbackVerdicts.Accept => result.IsPositive,
        FeedbackVerdicts.Reject => !result.IsPositive,
        _ => classes.FirstOrDefault(c => c.Id == feedback.Label)?.IsPositive ?? !result.IsPositive,
    };
}
