using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Decides a study once per revision, when it is quiet and every image has its outcome.</summary>
public sealed class StudyHandler(RecordsDatabase database, WorkTable table, TimeProvider clock, ILogger<StudyHandler> log) : IWorkHandler
{
    private static readonly TimeSpan ForScores = TimeSpan.FromSeconds(5);

    public string Kind => WorkKinds.Study;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var study = await context.Studies.AsNoTracking().SingleAsync(s => s.Id == work.Subject, cancellation);
        if (WorkTable.StudyKey(study) != work.DedupeKey || study.State == StudyStates.Complete)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        var instances = await context.Instances.AsNoTracking().Where(i => i.StudyId == study.Id && i.IsCurrent).ToListAsync(cancellation);
        var awaiting = instances.Where(i => i.Outcome is null).Select(i => i.Id).ToList();
        var parked = await context.Work.CountAsync(w => w.Kind == WorkKinds.Score && awaiting.Contains(w.Subject) && (w.State == WorkStates.Parked || w.State == WorkStates.Cancelled), cancellation);
        if (awaiting.Count > parked)
        {
            return new WorkVerdict.Postpone(ForScores, "awaiting", $"{awaiting.Count - parked} of {instances.Count} images are not scored yet");
        }

        if (instances.Select(i => i.IdentityDigest).Distinct().Count() > 1)
        {
            return new WorkVerdict.Park("identity conflict", "images of this study disagree about patient id, birth date, sex or accession number: correct them in the PACS, send them again and discard this work",
                (write, token) => HoldAsync(write, study.Id, token));
        }

        var scores = await context.Scores.AsNoTracking().Where(s => s.StudyId == study.Id && s.Instance!.IsCurrent).ToListAsync(cancellation);
        var models = await context.Models.AsNoTracking().ToDictionaryAsync(m => m.Identity, cancellation);
        var started = work.ChangedAt;
        return new WorkVerdict.Done((write, token) => DecideAsync(write, study, instances, scores, models, started, token));
    }

    private async Task<IReadOnlyList<AuditEvent>> DecideAsync(
        RecordsContext context, StudyRow seen, List<InstanceRow> instances, List<ScoreRow> scores, Dictionary<string, ModelRow> models, DateTime started, CancellationToken cancellation)
    {
        // An image that came while we decided: look again.
        var closed = await context.Database.ExecuteSqlRawAsync(
            $$"""UPDATE study SET state = 'complete', completed_at = {{database.Now}} WHERE id = {0} AND revision = {1} AND instance_count = {2} AND state = 'open'""",
            [seen.Id, seen.Revision, seen.InstanceCount], cancellation);
        if (closed != 1)
        {
            throw new WorkSupersededException("an image arrived while the study was decided");
        }

        var counts = Count(instances);
        var results = scores.GroupBy(s => s.ModelId)
            .Select(g => g.GroupBy(s => s.ModelIdentity).MaxBy(i => i.Max(s => s.ScoredAt))!)
            .OrderBy(g => models[g.Key].ModelId, StringComparer.Ordinal)
            .Select(g => Result(seen, models[g.Key], [.. g], instances, counts, started))
            .ToList();
        context.Results.AddRange(results);
        await context.SaveChangesAsync(cancellation);
        foreach (var result in results.Where(r => r.Stage != ModelStages.Observe))
        {
            await table.EnqueueAsync(context, new NewWork(WorkKinds.Report, result.Id.ToString(), result.Id, seen.Tier), cancellation);
        }

        var study = await context.Studies.SingleAsync(s => s.Id == seen.Id, cancellation);
        var before = study.Priority;
        Raise(study, results, counts);
        PipelineLog.StudyDecided(log, study.Id, study.Revision, study.PriorityReason);
        List<AuditEvent> events =
        [
            .. results.Select(r => new AuditEvent("result", $"result:{r.Id}", r.StudyId,
                new { model = r.ModelId, r.ModelVersion, identity = r.ModelIdentity, r.Revision, r.Probability, r.IsPositive, r.Priority, r.Stage, r.ImagesReceived, r.ImagesScored })),
            new AuditEvent("study complete", $"study:{study.Id}", study.Id, new { study.Revision, received = counts.Received, notScored = counts.NotScored }),
        ];
        if (study.Priority != before)
        {
            events.Add(new AuditEvent("priority", $"study:{study.Id}", study.Id, new { from = before, to = study.Priority, reason = study.PriorityReason }));
        }

        return events;
    }

    /// <summary>Machines only raise: the study keeps the highest priority it ever had, and says why.</summary>
    private void Raise(StudyRow study, IReadOnlyList<ResultRow> results, ImageCounts counts)
    {
        var speaking = results.Where(r => r.Stage == ModelStages.Prioritise).OrderBy(r => Priorities.Rank(r.Priority)).FirstOrDefault();
        if (speaking is null)
        {
            if (study.Priority == Priorities.NotEvaluated)
            {
                study.PriorityReason = results.Count == 0 ? StudyDecider.NotAssessed(counts) : $"Scored without effect on priority ({string.Join(", ", results.Select(r => $"{r.ModelId}: {r.Stage}"))})";
            }

            return;
        }

        if (study.Priority == Priorities.NotEvaluated || Priorities.Rank(speaking.Priority) < Priorities.Rank(study.Priority))
        {
            study.Priority = speaking.Priority;
            study.PriorityReason = $"{speaking.Sentence} ({speaking.ModelId} {speaking.ModelVersion})";
            study.FlaggedAt = speaking.IsPositive ? clock.GetUtcNow().UtcDateTime : null;
        }
    }

    private ResultRow Result(StudyRow study, ModelRow model, IReadOnlyList<ScoreRow> scores, List<InstanceRow> instances, ImageCounts counts, DateTime started)
    {
        var verdict = StudyDecider.Decide(model, scores, counts);
        var inputs = scores.Select(s => s.InstanceId).ToHashSet();
        return new ResultRow
        {
            Id = Guid.CreateVersion7(),
            StudyId = study.Id,
            Revision = study.Revision,
            ModelId = model.ModelId,
            ModelVersion = model.Version,
            ModelSha256 = model.Sha256,
            ModelIdentity = model.Identity,
            IsDemonstration = model.IsDemonstration,
            Stage = model.Stage,
            InputDigest = Digest(instances.Where(i => inputs.Contains(i.Id)).Select(i => i.SopInstanceUid)),
            ImagesReceived = counts.Received,
            ImagesScored = verdict.Scored,
            ImagesPositive = verdict.Positive,
            NotScored = JsonSerializer.Serialize(counts.NotScored),
            Aggregation = model.Aggregation,
            Probability = verdict.Probability,
            Threshold = model.Threshold,
            IsPositive = verdict.IsPositive,
            Priority = verdict.Priority,
            Sentence = verdict.Sentence,
            RunId = Guid.CreateVersion7(),
            RunStartedAt = started,
            DecidedAt = clock.GetUtcNow().UtcDateTime,
        };
    }

    private static ImageCounts Count(List<InstanceRow> instances) => new(instances.Count,
        instances.Where(i => i.Outcome != Outcomes.Scored).GroupBy(i => i.OutcomeReason ?? "awaiting").ToDictionary(g => g.Key, g => g.Count()));

    /// <summary>Lower-case hex SHA-256 over the sorted SOP Instance UIDs, joined by line feeds.</summary>
    private static string Digest(IEnumerable<string> uids) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', uids.Order(StringComparer.Ordinal)))));

    private static async Task<IReadOnlyList<AuditEvent>> HoldAsync(RecordsContext context, Guid studyId, CancellationToken cancellation)
    {
        var study = await context.Studies.SingleAsync(s => s.Id == studyId, cancellation);
        study.PriorityReason = "Held: images of this study disagree about the patient or the order";
        return [new AuditEvent("held", $"study:{studyId}", studyId, new { reason = "identity conflict" })];
    }
}
