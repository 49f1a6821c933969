using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Decides a study once per revision, when it is quiet and every image has its outcome.</summary>
public sealed class StudyHandler(StudyStore store, WorkTable table, StudyTimes times, HeatMaps heatMaps, TimeProvider clock, ILogger<StudyHandler> log) : IWorkHandler
{
    private static readonly TimeSpan ForScores = TimeSpan.FromSeconds(5);

    public string Kind => WorkKinds.Study;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var picture = await store.ReadAsync(work.Subject, cancellation);
        var study = picture.Study;
        if (WorkTable.StudyKey(study) != work.DedupeKey || study.State == StudyStates.Complete)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        // Beyond the cap the study is decided with what there is; what comes later opens it again.
        var now = clock.GetUtcNow().UtcDateTime;
        var withinCap = now - work.CreatedAt < times.Cap;
        var quiet = study.LastReceivedAt + TimeSpan.FromSeconds(study.QuietSeconds) - now;
        if (quiet > TimeSpan.Zero && withinCap && Completion.SaidBy(picture) is null)
        {
            return new WorkVerdict.Postpone(quiet, "not quiet", "images are still arriving");
        }

        if (picture.Awaiting > 0 && withinCap)
        {
            return new WorkVerdict.Postpone(ForScores, "awaiting", $"{picture.Awaiting} of {picture.Instances.Count} images are not scored yet");
        }

        if (Identities.Conflict(picture.Instances.Select(i => i.IdentityDigest)))
        {
            return new WorkVerdict.Park("identity conflict", "images of this study disagree about patient id, birth date, sex or accession number: nothing leaves; read the study without the worker, correct it in the PACS, and `work discard` this entry",
                (transaction, token) => HoldAsync(transaction, study.Id, token));
        }

        // The claim's time stands in the row: the same run gives the same report whenever it is written.
        return new WorkVerdict.Done((transaction, token) => DecideAsync(transaction, picture, work.ChangedAt, token), KillPoints.StudyCommitted, study.StudyInstanceUid);
    }

    private async Task<IReadOnlyList<AuditEvent>> DecideAsync(RecordsTransaction transaction, StudyPicture picture, DateTime started, CancellationToken cancellation)
    {
        var counts = Count(picture.Instances);
        var finding = picture.Models.Values.Where(StudyDecider.MakesFindings).OrderBy(m => m.ModelId, StringComparer.Ordinal).ThenBy(m => m.Identity, StringComparer.Ordinal).ToList();
        // Each version speaks for the images that it saw: what one flagged is not lost when another took its place in the middle of the study.
        List<ResultRow> results =
        [
            .. finding.Where(m => m.SuspendedAt is null)
                .Select(m => picture.Scores.Where(s => s.ModelIdentity == m.Identity).ToList() is { Count: > 0 } scores
                    ? Result(picture, m, StudyDecider.Decide(m, scores, counts), scores.Select(s => s.InstanceId).ToHashSet(), counts, started)
                    : NotScored(picture, m, counts, started)),
        ];
        var isNothingLeft = results.TrueForAll(r => r.Probability is null);
        List<ResultRow> withdrawals = [.. (await store.ToTakeBackAsync(picture.Study.Id, cancellation)).Where(w => results.TrueForAll(r => r.ModelIdentity != w.ModelIdentity))
            .Select(w => TakeBack(picture, w, StudyDecider.Withdrawn(w.WithdrawnWhy, isNothingLeft), counts, started))];
        var study = await store.CloseAsync(transaction, picture, [.. results, .. withdrawals], cancellation)
            ?? throw new WorkSupersededException("an image or an outcome arrived while the study was decided");
        foreach (var result in results.Where(r => r.Stage != ModelStages.Observe))
        {
            await table.EnqueueAsync(transaction, new NewWork(heatMaps.AreDue(result) ? WorkKinds.Explain : WorkKinds.Report, result.Id.ToString(), result.Id, study.Tier), cancellation);
        }

        foreach (var withdrawal in withdrawals)
        {
            await table.EnqueueAsync(transaction, new NewWork(WorkKinds.Report, withdrawal.Id.ToString(), withdrawal.Id, study.Tier), cancellation);
        }

        var before = study.Priority;
        Raise(study, results, counts, picture, await OverrideStore.LoweredAsync(transaction, study.Id, cancellation));
        if (study.Priority != before)
        {
            await PriorityRise.TellAsync(transaction, table, study, cancellation);
            DoorMeters.Flagged(study);
        }
        else if (results.Any(r => r is { Stage: ModelStages.Prioritise, IsPositive: true }))
        {
            // What kept the notice back may have gone: the package that raised the study was suspended, and another one says it now.
            await NoticeStore.LookAgainAsync(transaction, study.Id, cancellation);
        }

        SayWhoIsSilent(study, picture, finding);
        SayWhatIsWithdrawn(study, withdrawals);
        PipelineLog.StudyDecided(log, study.Id, study.Revision, study.PriorityReason);
        KillPoint.At(KillPoints.StudyDecided);
        return [.. Events(study, [.. results, .. withdrawals], counts, before, Completion.SaidBy(picture)), .. await RecallStore.SettleAsync(transaction, study, results, clock.GetUtcNow().UtcDateTime, cancellation)];
    }

    private static List<AuditEvent> Events(StudyRow study, List<ResultRow> results, ImageCounts counts, string before, string? closed)
    {
        List<AuditEvent> events =
        [
            .. results.Select(r => new AuditEvent("result", $"result:{r.Id}", r.StudyId,
                new { model = r.ModelId, r.ModelVersion, identity = r.ModelIdentity, r.Revision, r.Probability, r.IsPositive, r.Priority, r.Stage, r.ImagesReceived, r.ImagesScored, r.Withdraws })),
            new AuditEvent("study complete", $"study:{study.Id}", study.Id, new { study.Revision, received = counts.Received, notScored = counts.NotScored, closed }),
        ];
        if (study.Priority != before)
        {
            events.Add(new AuditEvent("priority", $"study:{study.Id}", study.Id, new { from = before, to = study.Priority, reason = study.PriorityReason }));
        }

        return events;
    }

    private void Raise(StudyRow study, List<ResultRow> results, ImageCounts counts, StudyPicture picture, Dictionary<LoweredFinding, DateTime> lowered)
    {
        var speaking = results.Where(r => r is { Stage: ModelStages.Prioritise, Probability: not null })
            .Where(r => !r.IsPositive || StudyDecider.Voice(picture, picture.Models[r.ModelIdentity], r.Priority).Counts(lowered)).OrderBy(r => Priorities.Rank(r.Priority)).FirstOrDefault();
        if (speaking is null)
        {
            if (study.Priority == Priorities.NotEvaluated)
            {
                var scored = results.Where(r => r.Probability is not null).ToList();
                study.PriorityReason = scored.Count == 0 ? StudyDecider.NotAssessed(counts) : $"Scored without effect on priority ({string.Join(", ", scored.Select(r => $"{r.ModelId}: {r.Stage}"))})";
            }

            return;
        }

        Raising.Apply(study, speaking.Priority, speaking.IsPositive, $"{speaking.Sentence} ({speaking.ModelId} {speaking.ModelVersion})", clock.GetUtcNow().UtcDateTime);
    }

    /// <summary>A suspended package is named on each study that it scored images of or would have, whatever others found.</summary>
    private static void SayWhoIsSilent(StudyRow study, StudyPicture picture, IEnumerable<ModelRow> finding)
    {
        var silent = finding.Where(m => m.SuspendedAt is not null).Select(m => m.SuspensionText)
            .Concat(picture.Instances.SelectMany(i => i.Withheld.Split('\n', StringSplitOptions.RemoveEmptyEntries))).Distinct();
        foreach (var text in silent.Where(t => !study.PriorityReason.Contains(t, StringComparison.Ordinal)))
        {
            study.PriorityReason += "; " + text;
        }
    }

    /// <summary>What raised the study stays in the list, for machines only raise; that it holds no more stands beside it.</summary>
    private static void SayWhatIsWithdrawn(StudyRow study, List<ResultRow> withdrawals)
    {
        foreach (var text in withdrawals.Select(w => $"{w.ModelId} {w.ModelVersion}: {w.Sentence}").Where(t => !study.PriorityReason.Contains(t, StringComparison.Ordinal)))
        {
            study.PriorityReason += "; " + text;
        }
    }

    /// <summary>Images were meant for the package and none could be scored: that is a result too, and reported.</summary>
    private ResultRow NotScored(StudyPicture picture, ModelRow model, ImageCounts counts, DateTime started)
    {
        var meant = picture.Instances.Where(i => i.MeantForEach.Contains(model.Identity)).ToList();
        return Result(picture, model, StudyDecider.NotScored(Count(meant)), meant.Select(i => i.Id).ToHashSet(), counts, started);
    }

    private ResultRow TakeBack(StudyPicture picture, ResultRow withdrawn, StudyVerdict verdict, ImageCounts counts, DateTime started)
    {
        var result = ResultRow.TakingBack(withdrawn, picture.Study.Revision, verdict.Sentence, started, clock.GetUtcNow().UtcDateTime);
        (result.ImagesReceived, result.NotScored, result.Priority) = (counts.Received, JsonSerializer.Serialize(counts.NotScored), verdict.Priority);
        return result;
    }

    private ResultRow Result(StudyPicture picture, ModelRow model, StudyVerdict verdict, HashSet<Guid> inputs, ImageCounts counts, DateTime started)
    {
        var study = picture.Study;
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
            InputDigest = Digest(picture.Instances.Where(i => inputs.Contains(i.Id)).Select(i => i.SopInstanceUid)),
            Inputs = JsonSerializer.Serialize(inputs.Order()),
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

    private static ImageCounts Count(IReadOnlyList<InstanceRow> instances) => new(instances.Count,
        instances.Where(i => i.Outcome != Outcomes.Scored).GroupBy(i => i.OutcomeReason ?? "awaiting").ToDictionary(g => g.Key, g => g.Count()),
        instances.Count(i => i.Outcome == Outcomes.Scored && i.OutcomeDetail is not null));

    /// <summary>Lower-case hex SHA-256 over the sorted SOP Instance UIDs, joined by line feeds.</summary>
    private static string Digest(IEnumerable<string> uids) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', uids.Order(StringComparer.Ordinal)))));

    private static async Task<IReadOnlyList<AuditEvent>> HoldAsync(RecordsTransaction transaction, Guid studyId, CancellationToken cancellation)
    {
        var study = await StudyStore.FindAsync(transaction, studyId, cancellation);
        study.PriorityReason = "Held: images of this study disagree about the patient or the order";
        return [new AuditEvent("held", $"study:{studyId}", studyId, new { reason = "identity conflict" })];
    }
}
