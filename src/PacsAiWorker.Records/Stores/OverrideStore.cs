using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>What became of a person's word about a priority.</summary>
/// <param name="Before">TPx of the study before.</param>
/// <param name="After">TPx of the study now.</param>
/// <param name="Problem">Why nothing was done, with the remedy; empty when it was.</param>
public sealed record OverrideOutcome(string Before, string After, string Problem = "")
{
    internal static OverrideOutcome Refused(string problem) => new("", "", problem);
}

/// <summary>A person lowers or raises one study (safety rule 5): row, priority, notice and audit in one transaction.</summary>
public sealed class OverrideStore(RecordsDatabase database, WorkTable work)
{
    /// <summary>What a package says of a study no longer counts for its priority.</summary>
    /// <param name="finding">Id of one of its classes; null means all that it has said so far.</param>
    public Task<OverrideOutcome> LowerAsync(string studyUid, string modelId, string? finding, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await LockAsync(transaction, studyUid, cancellation) is not { } study)
        {
            return Unknown(studyUid);
        }

        var voices = await VoicesAsync(transaction.Context, study, cancellation);
        var lowered = await LoweredAsync(transaction.Context, study.Id, cancellation);
        List<SeenFinding> said =
        [
            .. voices.Where(v => v.ModelId == modelId).SelectMany(v => v.Findings).GroupBy(f => f.Finding).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new SeenFinding(g.Key, g.Max(f => f.LastCame))),
        ];
        if (said.Count == 0)
        {
            var others = string.Join(", ", voices.Select(v => v.ModelId).Distinct().Order(StringComparer.Ordinal));
            return OverrideOutcome.Refused($"Package {modelId} has not raised study {studyUid}: {(others.Length > 0 ? $"name one that has: {others}" : "no package has; what a person raised ends with --raised")}");
        }

        var meant = finding is null ? said : said.FindAll(f => f.Finding == finding);
        if (meant.Count == 0)
        {
            return OverrideOutcome.Refused($"Package {modelId} has not flagged \"{finding}\" in study {studyUid}: name one that it has ({Words(said)}), or leave --finding out for all of them");
        }

        var fresh = meant.FindAll(f => !Lowerings.Hold(lowered, modelId, f));
        if (fresh.Count == 0)
        {
            return OverrideOutcome.Refused($"{modelId} ({Words(meant)}) is lowered in study {studyUid} already");
        }

        // The receiver's clock may be ahead of this one: what is here has come.
        var last = fresh.Max(f => f.LastCame);
        var at = last > now ? last : now;
        fresh.ForEach(f => lowered[new LoweredFinding(modelId, f.Finding)] = at);
        transaction.Context.Overrides.AddRange(fresh.Select(f => New(study, OverrideActions.Lower, study.Priority, why, actor, at, modelId, f.Finding)));
        return await StandAsync(transaction, study, voices, lowered, $"{modelId} ({Words(fresh)})", new { modelId, findings = fresh.Select(f => f.Finding), why }, why, actor, now, cancellation);
    }, cancellation);

    /// <summary>Ends what people raised; what machines said counts again as it did.</summary>
    public Task<OverrideOutcome> TakeBackAsync(string studyUid, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await LockAsync(transaction, studyUid, cancellation) is not { } study)
        {
            return Unknown(studyUid);
        }

        var raises = await transaction.Context.Overrides.Where(o => o.StudyId == study.Id && o.Action == OverrideActions.Raise && o.EndedAt == null).ToListAsync(cancellation);
        if (raises.Count == 0)
        {
            return OverrideOutcome.Refused($"Nobody has raised study {studyUid} by hand: name the package that did with --model");
        }

        raises.ForEach(r => r.EndedAt = now);
        await transaction.Context.SaveChangesAsync(cancellation);
        return await StandAsync(transaction, study, await VoicesAsync(transaction.Context, study, cancellation), await LoweredAsync(transaction.Context, study.Id, cancellation),
            "what a person raised", new { raised = true, why }, why, actor, now, cancellation);
    }, cancellation);

    /// <param name="priority">TP1 to TP3.</param>
    public Task<OverrideOutcome> RaiseAsync(string studyUid, string priority, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        if (await LockAsync(transaction, studyUid, cancellation) is not { } study)
        {
            return Unknown(studyUid);
        }

        if (Priorities.Rank(study.Priority) <= Priorities.Rank(priority))
        {
            return OverrideOutcome.Refused($"Study {studyUid} stands at {Priorities.Meaning(study.Priority)} ({study.Priority}) already, which is not below {priority}: `worklist lower` lowers it");
        }

        var before = study.Priority;
        transaction.Context.Overrides.Add(New(study, OverrideActions.Raise, priority, why, actor, now));
        (study.Priority, study.PriorityReason) = (priority, Before(StandingPriority.Raised(priority, actor, why), study.PriorityReason));
        return await WriteAsync(transaction, study, before, new { why }, actor, now, cancellation);
    }, cancellation);

    /// <summary>Findings that a person has lowered in a study, and when last.</summary>
    public static Task<Dictionary<LoweredFinding, DateTime>> LoweredAsync(RecordsTransaction transaction, Guid study, CancellationToken cancellation) =>
        LoweredAsync(transaction.Context, study, cancellation);

    private static async Task<Dictionary<LoweredFinding, DateTime>> LoweredAsync(RecordsContext context, Guid study, CancellationToken cancellation) =>
        Lowerings.Of(await context.Overrides.AsNoTracking().Where(o => o.StudyId == study && o.Action == OverrideActions.Lower).ToListAsync(cancellation));

    private async Task<OverrideOutcome> StandAsync(
        RecordsTransaction transaction, StudyRow study, IReadOnlyList<StudyVoice> voices, Dictionary<LoweredFinding, DateTime> lowered, string what, object detail, string why, string actor, DateTime now, CancellationToken cancellation)
    {
        var raises = await transaction.Context.Overrides.AsNoTracking().Where(o => o.StudyId == study.Id && o.Action == OverrideActions.Raise && o.EndedAt == null).ToListAsync(cancellation);
        var before = study.Priority;
        var (priority, reason) = StandingPriority.Decide(before, voices, lowered, raises);
        var sentence = StandingPriority.Lowered(before, priority, what, actor, why, reason);
        (study.Priority, study.PriorityReason) = (priority, priority == before ? sentence : Before(sentence, study.PriorityReason));
        return await WriteAsync(transaction, study, before, detail, actor, now, cancellation);
    }

    private async Task<OverrideOutcome> WriteAsync(RecordsTransaction transaction, StudyRow study, string before, object detail, string actor, DateTime now, CancellationToken cancellation)
    {
        await transaction.Context.SaveChangesAsync(cancellation);
        if (study.Priority != before && study.Priority is Priorities.Critical or Priorities.High or Priorities.Elevated)
        {
            // Whether it leaves is for the rule to say: what stands now may have been hidden, silent, or told before.
            await work.EnqueueAgainAsync(transaction, NoticeStore.WorkOf(study, study.Priority), cancellation);
        }

        await AuditChain.AppendAsync(transaction,
            [new AuditEvent("priority by a person", $"study:{study.Id}", study.Id, new { from = before, to = study.Priority, detail }, actor)], now, cancellation);
        return new OverrideOutcome(before, study.Priority);
    }

    /// <summary>
    /// All that raised the study: verdicts of any revision, because machines never take back, and what was flagged before the study is complete. A
    /// verdict that was withdrawn is among them, so that a person can name what still shows in the list.
    /// </summary>
    private static async Task<IReadOnlyList<StudyVoice>> VoicesAsync(RecordsContext context, StudyRow study, CancellationToken cancellation)
    {
        var results = await context.Results.AsNoTracking().Where(r => r.StudyId == study.Id && r.Stage == ModelStages.Prioritise && r.IsPositive).OrderBy(r => r.Revision).ToListAsync(cancellation);
        var scores = (await context.Scores.AsNoTracking().Where(s => s.StudyId == study.Id && s.IsPositive && s.Instance!.IsCurrent).ToListAsync(cancellation)).ToLookup(s => s.ModelIdentity);
        var identities = results.Select(r => r.ModelIdentity).Concat(scores.Select(g => g.Key)).Distinct().ToList();
        var models = await context.Models.AsNoTracking().Where(m => identities.Contains(m.Identity)).OrderBy(m => m.ModelId).ThenBy(m => m.Version).ToListAsync(cancellation);
        var decided = await context.Results.Where(r => r.StudyId == study.Id && r.Revision == study.Revision && r.WithdrawnAt == null).Select(r => r.ModelIdentity).ToListAsync(cancellation);
        var byIdentity = models.ToDictionary(m => m.Identity);
        var came = await context.Instances.Where(i => i.StudyId == study.Id).ToDictionaryAsync(i => i.Id, i => i.ReceivedAt, cancellation);
        return
        [
            .. results.Select(r => new StudyVoice(r.ModelId, Findings.Of(byIdentity[r.ModelIdentity], scores[r.ModelIdentity], came), r.Priority, $"{r.Sentence} ({r.ModelId} {r.ModelVersion})") { IsWithdrawn = r.WithdrawnAt is not null }),
            .. models.Where(m => study.State == StudyStates.Open && m is { Stage: ModelStages.Prioritise, Aggregation: "max" } && !decided.Contains(m.Identity) && scores[m.Identity].Any())
                .Select(m => new StudyVoice(m.ModelId, Findings.Of(m, scores[m.Identity], came), m.PositivePriority, $"Flagged so far ({m.ModelId} {m.Version})")),
        ];
    }

    private static async Task<StudyRow?> LockAsync(RecordsTransaction transaction, string studyUid, CancellationToken cancellation) =>
        (await transaction.Context.Studies.FromSqlRaw("SELECT * FROM study WHERE study_instance_uid = {0}" + transaction.Database.ForUpdate, studyUid).ToListAsync(cancellation)).SingleOrDefault();

    private static PriorityOverrideRow New(StudyRow study, string action, string priority, string why, string actor, DateTime now, string model = "", string finding = "") => new()
    {
        Id = Guid.CreateVersion7(),
        StudyId = study.Id,
        Action = action,
        ModelId = model,
        Finding = finding,
        Priority = priority,
        Why = why,
        Actor = actor,
        At = now,
    };

    private static OverrideOutcome Unknown(string studyUid) => OverrideOutcome.Refused($"No study {studyUid} was received: `worklist` shows those that were");

    private static string Before(string sentence, string reason) => reason.Length > 0 ? $"{sentence}. Before: {reason}" : sentence;

    private static string Words(IEnumerable<SeenFinding> findings) => string.Join(", ", findings.Select(f => f.Finding.Length > 0 ? f.Finding : "the study's figure"));
}
