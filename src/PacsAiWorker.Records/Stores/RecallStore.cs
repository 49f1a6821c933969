using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Standing;
using PacsAiWorker.Records.Work;

namespace PacsAiWorker.Records.Stores;

/// <summary>What is read and written when a package is recalled: who does it, its list, and what becomes of each study (safety rule 21).</summary>
public sealed class RecallStore(RecordsDatabase database, WorkTable work)
{
    private const short Backfill = 3;
    private const string ByWorker = "worker";

    /// <summary>
    /// Recalls packages: none of them scores again on any worker, and every study that one touched is listed; a person's act, audited. What the
    /// list asks for is done by the workers. Gives the recalls, those that stood already not among them.
    /// </summary>
    public Task<IReadOnlyList<RecallRow>> RecallAsync(IReadOnlyList<string> identities, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync<IReadOnlyList<RecallRow>>(async transaction =>
    {
        var context = transaction.Context;
        var recalls = new List<RecallRow>();
        var events = new List<AuditEvent>();
        foreach (var model in await context.Models.Where(m => identities.Contains(m.Identity) && m.RecalledAt == null).OrderBy(m => m.ModelId).ThenBy(m => m.Version).ToListAsync(cancellation))
        {
            (model.SuspendedAt, model.SuspendedWhy, model.RecalledAt) = (model.SuspendedAt ?? now, why, now);
            var recall = new RecallRow { Id = Guid.CreateVersion7(), ModelIdentity = model.Identity, Why = why, Actor = actor, At = now, ListedAt = now };
            context.Recalls.Add(recall);
            await context.SaveChangesAsync(cancellation);
            var studies = await RecallList.AddAsync(transaction, recall, model, cancellation);
            await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Recall, $"{recall.Id}", recall.Id, 1), cancellation);
            events.Add(new AuditEvent("model recalled", $"model:{model.Identity}", null, new { model = model.ModelId, model.Version, why, studies }, actor));
            recalls.Add(recall);
        }

        await AuditChain.AppendAsync(transaction, events, now, cancellation);
        return recalls;
    }, cancellation);

    /// <summary>Ends recalls: the packages may score again, what is withdrawn stays withdrawn, and lines that are open are closed; a person's act, audited. Gives how many.</summary>
    public Task<int> EndAsync(IReadOnlyList<string> identities, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var context = transaction.Context;
        var ended = await context.Recalls.Include(r => r.Model).Where(r => identities.Contains(r.ModelIdentity) && r.EndedAt == null).ToListAsync(cancellation);
        foreach (var recall in ended)
        {
            (recall.EndedAt, recall.EndedBy, recall.EndedWhy) = (now, actor, why);
            (recall.Model!.SuspendedAt, recall.Model.SuspendedWhy, recall.Model.RecalledAt) = (null, "", null);
            await context.SaveChangesAsync(cancellation);
            await context.RecallStudies.Where(l => l.RecallId == recall.Id && l.ClosedAt == null)
                .ExecuteUpdateAsync(s => s.SetProperty(l => l.ClosedAt, now).SetProperty(l => l.ClosedBy, actor).SetProperty(l => l.ClosedWhy, "the recall was ended: " + why), cancellation);
        }

        await NoticeStore.LookAgainAsync(transaction, "reason_code = 'suspended'", [], cancellation);
        await AuditChain.AppendAsync(transaction, [.. ended.Select(r => new AuditEvent("model recall ended", $"model:{r.ModelIdentity}", null, new { model = r.Model!.ModelId, r.Model.Version, why }, actor))], now, cancellation);
        return ended.Count;
    }, cancellation);

    /// <summary>A person has gone through a study; audited. False when its line is closed, or the worker has not withdrawn what was said of it.</summary>
    public Task<bool> CloseAsync(Guid recall, Guid study, string why, string actor, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var line = await transaction.Context.RecallStudies.SingleOrDefaultAsync(l => l.RecallId == recall && l.StudyId == study && l.ClosedAt == null && l.WithdrawnAt != null, cancellation);
        if (line is null)
        {
            return false;
        }

        (line.ClosedAt, line.ClosedBy, line.ClosedWhy) = (now, actor, why);
        await AuditChain.AppendAsync(transaction, [new AuditEvent("recall line closed", $"study:{study}", study, new { recall, line.Kind, why }, actor)], now, cancellation);
        return true;
    }, cancellation);

    /// <summary>The recall with its package.</summary>
    public async Task<RecallRow> ReadAsync(Guid recall, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Recalls.AsNoTracking().Include(r => r.Model).SingleAsync(r => r.Id == recall, cancellation);
    }

    /// <summary>Keys of studies that the workers have not come to: those that nobody has read first, the most urgent and oldest of them before others.</summary>
    public async Task<IReadOnlyList<Guid>> NextAsync(Guid recall, int limit, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.RecallStudies.Where(l => l.RecallId == recall && l.WithdrawnAt == null && l.ClosedAt == null)
            .OrderBy(l => l.WasRead).ThenBy(l => l.Study!.Tier).ThenBy(l => l.Study!.FirstReceivedAt).Take(limit).Select(l => l.StudyId).ToListAsync(cancellation);
    }

    /// <summary>Lists what was on its way when the package was recalled.</summary>
    public static async Task<IReadOnlyList<AuditEvent>> ListAgainAsync(RecordsTransaction transaction, RecallRow seen, DateTime now, CancellationToken cancellation)
    {
        var added = await RecallList.AddAsync(transaction, seen, seen.Model!, cancellation);
        await transaction.Context.Recalls.Where(r => r.Id == seen.Id).ExecuteUpdateAsync(s => s.SetProperty(r => r.ListedAt, now), cancellation);
        return added == 0 ? [] : [new AuditEvent("recall listed", $"model:{seen.ModelIdentity}", null, new { studies = added })];
    }

    /// <summary>
    /// Withdraws what the package said of these studies, and has them scored again where another version of it is in use and it is no router: those that are read
    /// behind all other work.
    /// </summary>
    /// <param name="hasSuccessor">Whether another version of the package is in use.</param>
    /// <param name="hasRoom">False: so many are being scored already that these have to wait for <see cref="ScoreLaterAsync"/>; what was said of them is withdrawn at once.</param>
    public async Task<IReadOnlyList<AuditEvent>> WithdrawAsync(RecordsTransaction transaction, RecallRow recall, IReadOnlyList<Guid> studies, bool hasSuccessor, bool hasRoom, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        await IdentityStore.LockAsync(transaction, studies, cancellation);
        var events = new List<AuditEvent>();
        var lines = await context.RecallStudies.Where(l => l.RecallId == recall.Id && studies.Contains(l.StudyId) && l.WithdrawnAt == null && l.ClosedAt == null).ToDictionaryAsync(l => l.StudyId, cancellation);
        foreach (var line in studies.Where(lines.ContainsKey).Select(s => lines[s]))
        {
            var study = await context.Studies.SingleAsync(s => s.Id == line.StudyId, cancellation);
            var (withdrawn, superseding) = await WithdrawAsync(transaction, recall, study, now, cancellation);
            line.WithdrawnAt = now;
            line.ScoredAgain = recall.Model!.IsRouter ? ScoredAgain.Router : !hasSuccessor ? ScoredAgain.NoSuccessor : hasRoom ? await ScoreAgainAsync(transaction, line, study, cancellation) : ScoredAgain.Later;
            events.Add(new AuditEvent("recalled", $"study:{study.Id}", study.Id, new { model = recall.Model.ModelId, recall.Model.Version, identity = recall.ModelIdentity, line.Kind, read = line.WasRead, withdrawn, superseding, scoredAgain = line.ScoredAgain }));
        }

        await context.SaveChangesAsync(cancellation);
        return events;
    }

    /// <summary>How many studies are being scored again for it at this moment.</summary>
    public async Task<int> BeingScoredAsync(Guid recall, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.RecallStudies.CountAsync(l => l.RecallId == recall && l.ScoredAgain == ScoredAgain.Asked && context.Instances.Any(i => i.StudyId == l.StudyId && i.IsCurrent && i.Outcome == null), cancellation);
    }

    /// <summary>Keys of studies whose turn to be scored again has not come, in the order of <see cref="NextAsync"/>.</summary>
    public async Task<IReadOnlyList<Guid>> LaterAsync(Guid recall, int limit, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.RecallStudies.Where(l => l.RecallId == recall && l.ScoredAgain == ScoredAgain.Later && l.ClosedAt == null)
            .OrderBy(l => l.WasRead).ThenBy(l => l.Study!.Tier).ThenBy(l => l.Study!.FirstReceivedAt).Take(limit).Select(l => l.StudyId).ToListAsync(cancellation);
    }

    /// <summary>Has studies scored again whose turn has come.</summary>
    /// <param name="hasSuccessor">Whether another version of the package is in use still.</param>
    public async Task<IReadOnlyList<AuditEvent>> ScoreLaterAsync(RecordsTransaction transaction, RecallRow recall, IReadOnlyList<Guid> studies, bool hasSuccessor, CancellationToken cancellation)
    {
        var context = transaction.Context;
        await IdentityStore.LockAsync(transaction, studies, cancellation);
        var events = new List<AuditEvent>();
        foreach (var line in await context.RecallStudies.Where(l => l.RecallId == recall.Id && studies.Contains(l.StudyId) && l.ScoredAgain == ScoredAgain.Later && l.ClosedAt == null).ToListAsync(cancellation))
        {
            var study = await context.Studies.SingleAsync(s => s.Id == line.StudyId, cancellation);
            line.ScoredAgain = hasSuccessor ? await ScoreAgainAsync(transaction, line, study, cancellation) : ScoredAgain.NoSuccessor;
            events.Add(new AuditEvent("scored again", $"study:{study.Id}", study.Id, new { recall = recall.Id, line.ScoredAgain }));
        }

        await context.SaveChangesAsync(cancellation);
        return events;
    }

    /// <summary>A study was decided again: lines of recalls that waited for it get the new verdict, and are closed where it stands.</summary>
    /// <param name="results">Of this decision.</param>
    public static async Task<IReadOnlyList<AuditEvent>> SettleAsync(RecordsTransaction transaction, StudyRow study, IReadOnlyList<ResultRow> results, DateTime now, CancellationToken cancellation)
    {
        var lines = await transaction.Context.RecallStudies.Include(l => l.Recall).ThenInclude(r => r!.Model)
            .Where(l => l.StudyId == study.Id && l.ClosedAt == null && l.ScoredAgain == ScoredAgain.Asked && l.Revision <= study.Revision).ToListAsync(cancellation);
        var events = new List<AuditEvent>();
        // A verdict on some of its images is not the last word, and one on trial is none.
        var isWhole = lines.Count == 0 || !await transaction.Context.Instances.AnyAsync(i => i.StudyId == study.Id && i.IsCurrent && i.Outcome == null, cancellation);
        foreach (var line in lines)
        {
            var model = line.Recall!.Model!;
            var said = results.Where(r => r.Probability is not null && r.ModelIdentity != model.Identity && r.ModelId == model.ModelId).ToList();
            if (said.Count == 0)
            {
                continue;
            }

            line.Verdict = RecallDecider.Verdict(said);
            var counted = said.FindAll(r => r.Stage != ModelStages.Observe);
            if (isWhole && counted.Count > 0 && RecallDecider.Closes(line.Kind, study.IsRead, counted.Exists(r => r.IsPositive)))
            {
                (line.ClosedAt, line.ClosedBy, line.ClosedWhy) = (now, ByWorker, "the new verdict stands");
                events.Add(new AuditEvent("recall line closed", $"study:{study.Id}", study.Id, new { recall = line.RecallId, line.Kind, why = line.ClosedWhy, line.Verdict }));
            }
        }

        return events;
    }

    /// <summary>Results hold no more, reports that have not left stay here, and where one was written another says that it is withdrawn.</summary>
    private async Task<(int Results, bool IsSuperseded)> WithdrawAsync(RecordsTransaction transaction, RecallRow recall, StudyRow study, DateTime now, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var model = recall.Model!;
        var why = $"the package was recalled: {recall.Why}";
        var results = await context.Results.Where(r => r.StudyId == study.Id && r.ModelIdentity == recall.ModelIdentity && r.Withdraws == null && r.WithdrawnAt == null).OrderBy(r => r.Revision).ToListAsync(cancellation);
        if (!study.PriorityReason.Contains(model.SuspensionText, StringComparison.Ordinal))
        {
            study.PriorityReason = study.PriorityReason.Length > 0 ? $"{study.PriorityReason}; {model.SuspensionText}" : model.SuspensionText;
        }

        foreach (var result in results)
        {
            (result.WithdrawnAt, result.WithdrawnWhy) = (now, why);
            await WorkTable.CancelAsync(transaction, WorkKinds.Report, $"{result.Id}", "withdrawn", why, cancellation);
            await WorkTable.CancelAsync(transaction, WorkKinds.Explain, $"{result.Id}", "withdrawn", why, cancellation);
        }

        await context.SaveChangesAsync(cancellation);
        await WithholdAsync(transaction, recall, study, $"withdrawn: {why}", cancellation);
        await NoticeStore.ForgetMessagesAsync(transaction, study.Id, cancellation);
        var keys = results.Select(r => r.Id).ToList();
        // What no PACS has, or may have, needs no report that takes it back.
        var reported = await ReportStore.Reached(context).Where(d => keys.Contains(d.Report!.ResultId)).Select(d => d.Report!.ResultId).ToListAsync(cancellation);
        if (results.FindLast(r => reported.Contains(r.Id)) is not { } last)
        {
            return (results.Count, false);
        }

        study.Revision++;
        var withdrawal = Withdrawal(last, study, model, now);
        context.Results.Add(withdrawal);
        await context.SaveChangesAsync(cancellation);
        await work.EnqueueAsync(transaction, new NewWork(WorkKinds.Report, $"{withdrawal.Id}", withdrawal.Id, study.Tier), cancellation);
        if (study.State == StudyStates.Open)
        {
            // It waits for its verdict under a revision of its own, whatever becomes of the withdrawal.
            study.Revision++;
            await context.SaveChangesAsync(cancellation);
            await work.EnqueueAgainAsync(transaction, new NewWork(WorkKinds.Study, WorkTable.StudyKey(study), study.Id, study.Tier), cancellation);
        }

        return (results.Count, true);
    }

    private static async Task WithholdAsync(RecordsTransaction transaction, RecallRow recall, StudyRow study, string why, CancellationToken cancellation)
    {
        // The delivery before its work, as a finishing delivery does.
        const string OfPackage = "report_id IN (SELECT report.id FROM report JOIN result ON result.id = report.result_id WHERE result.study_id = {0} AND result.model_identity = {1} AND result.withdraws IS NULL)";
        var context = transaction.Context;
        foreach (var delivery in await context.Deliveries.FromSqlRaw("UPDATE delivery SET state = 'withheld', detail = {2} WHERE state IN ('pending', 'refused') AND " + OfPackage + " RETURNING *", study.Id, recall.ModelIdentity, why)
            .AsNoTracking().ToListAsync(cancellation))
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Deliver, $"{delivery.Id}", "withdrawn", why, cancellation);
        }

        // What a PACS does not keep is not stored there again.
        foreach (var delivery in await context.Deliveries.FromSqlRaw("UPDATE delivery SET commitment = 'given up' WHERE commitment IN ('due', 'asked', 'failed') AND " + OfPackage + " RETURNING *", study.Id, recall.ModelIdentity)
            .AsNoTracking().ToListAsync(cancellation))
        {
            await WorkTable.CancelAsync(transaction, WorkKinds.Commit, $"{delivery.Id}", "withdrawn", why, cancellation);
        }
    }

    private static ResultRow Withdrawal(ResultRow last, StudyRow study, ModelRow model, DateTime now)
    {
        var withdrawal = ResultRow.TakingBack(last, study.Revision, $"WITHDRAWN: what {model.ModelId} {model.Version} said of this study before is withdrawn and must not be used; {model.SuspensionText}", now, now);
        // It tells and changes no priority.
        withdrawal.Stage = ModelStages.Report;
        return withdrawal;
    }

    private async Task<string> ScoreAgainAsync(RecordsTransaction transaction, RecallStudyRow line, StudyRow study, CancellationToken cancellation)
    {
        var context = transaction.Context;
        var images = await context.Instances.Where(i => i.StudyId == study.Id && i.IsCurrent && i.PurgedAt == null).ToListAsync(cancellation);
        if (images.Count == 0)
        {
            return ScoredAgain.ImagesGone;
        }

        if (line.WasRead)
        {
            var keys = images.Select(i => i.Id).ToList();
            await context.Work.Where(w => w.Kind == WorkKinds.Score && keys.Contains(w.Subject)).ExecuteUpdateAsync(s => s.SetProperty(w => w.Tier, Backfill), cancellation);
        }

        var identities = new IdentityStore(database, work);
        await identities.ScoreAgainAsync(transaction, images, cancellation);
        await identities.ReopenAsync(transaction, study.Id, cancellation);
        await context.Entry(study).ReloadAsync(cancellation);
        line.Revision = study.Revision;
        return ScoredAgain.Asked;
    }
}
