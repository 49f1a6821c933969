using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Stores;

/// <summary>What a study turned out to be.</summary>
/// <param name="Line">Where it was read, for people.</param>
/// <param name="Study">Study Instance UID, or the accession number.</param>
/// <param name="Label">Class of the package.</param>
public sealed record FinalDiagnosis(int Line, string Study, string ModelId, string Label);

/// <summary>What readers do with a study: open it, answer a result, read it. Each is a row and an audit entry.</summary>
public sealed class ReaderStore(RecordsDatabase database)
{
    /// <summary>Somebody looks at what the models say of a study: the first time under a revision is kept.</summary>
    public Task OpenedAsync(Guid study, int revision, string account, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        // Two pages of one reader may open it at the same moment.
        var added = await transaction.Context.Database.ExecuteSqlRawAsync(
            "INSERT INTO study_opened (study_id, account, revision, at) VALUES ({0}, {1}, {2}, {3}) ON CONFLICT DO NOTHING", [study, account, revision, now], cancellation);
        if (added == 1)
        {
            await AuditChain.AppendAsync(transaction, [new AuditEvent("result opened", $"study:{study}", study, new { revision }, account)], now, cancellation);
        }

        return added;
    }, cancellation);

    /// <summary>A study is read, or is not after all. False when it stands so already, or images have come that the reader has not seen.</summary>
    /// <param name="seen">When the last image came that the reader saw; UTC.</param>
    public Task<bool> ReadAsync(Guid study, bool read, DateTime seen, string account, DateTime now, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        await StudyStore.LockAsync(transaction, study, cancellation);
        var row = await StudyStore.FindAsync(transaction, study, cancellation);
        if (read ? row.IsRead || row.LastReceivedAt > seen : row.ReadAt is null)
        {
            return false;
        }

        (row.ReadAt, row.ReadBy) = (read ? now : null, read ? account : "");
        var opened = await OpenedAtAsync(transaction.Context, study, row.Revision, account, cancellation);
        await AuditChain.AppendAsync(transaction, [new AuditEvent(read ? "study read" : "study not read", $"study:{study}", study, new { row.Revision, openedBefore = opened is not null }, account)], now, cancellation);
        if (!read)
        {
            // What was not told because it was read is judged again.
            await NoticeStore.LookAgainAsync(transaction, study, cancellation);
        }

        return true;
    }, cancellation);

    /// <summary>Keeps an answer; the same key again changes nothing.</summary>
    /// <param name="feedback">Without study and time of opening: they are filled in here.</param>
    /// <returns>Null when there is no such result.</returns>
    /// <exception cref="ArgumentException">The key is another answer's, or the class is none of the package's.</exception>
    public Task<FeedbackRow?> AnswerAsync(FeedbackRow feedback, CancellationToken cancellation) => database.WriteAsync(async transaction =>
    {
        var result = await transaction.Context.Results.AsNoTracking().SingleOrDefaultAsync(r => r.Id == feedback.ResultId, cancellation);
        if (result is null)
        {
            return null;
        }

        if (await transaction.Context.Feedback.AsNoTracking().SingleOrDefaultAsync(f => f.Id == feedback.Id, cancellation) is { } known)
        {
            return (known.ResultId, known.Verdict, known.Label, known.Actor) == (feedback.ResultId, feedback.Verdict, feedback.Label, feedback.Actor) ? known
                : throw new ArgumentException($"The key {feedback.Id} belongs to another answer: choose a new one");
        }

        if (feedback.Verdict is FeedbackVerdicts.Correct or FeedbackVerdicts.Final && feedback.Label.Length == 0)
        {
            throw new ArgumentException($"{feedback.Verdict} needs the label of a class");
        }

        var model = await transaction.Context.Models.AsNoTracking().SingleAsync(m => m.Identity == result.ModelIdentity, cancellation);
        var classes = ModelClass.Parse(model.Classes);
        if (feedback.Label.Length > 0 && classes.All(c => c.Id != feedback.Label))
        {
            throw new ArgumentException($"{model.ModelId} has no class \"{feedback.Label}\": it has {string.Join(", ", classes.Select(c => c.Id))}");
        }

        (feedback.StudyId, feedback.OpenedAt) = (result.StudyId, await OpenedAtAsync(transaction.Context, result.StudyId, result.Revision, feedback.Actor, cancellation));
        transaction.Context.Feedback.Add(feedback);
        await AuditChain.AppendAsync(transaction,
            [new AuditEvent("answered", $"result:{result.Id}", result.StudyId, new { feedback.Verdict, feedback.Label, feedback.Source, model = result.ModelId, result.Revision, flagged = result.IsPositive }, feedback.Actor)], feedback.At, cancellation);
        return feedback;
    }, cancellation);

    /// <summary>Final diagnoses of studies; each is about the latest verdict of a package. What was told before in the same words is not told again.</summary>
    /// <returns>How many are new, and for each that could not be kept why.</returns>
    public async Task<(int Kept, IReadOnlyList<string> Problems)> DiagnoseAsync(IReadOnlyList<FinalDiagnosis> diagnoses, string source, string actor, DateTime now, CancellationToken cancellation)
    {
        var kept = 0;
        var problems = new List<string>();
        foreach (var diagnosis in diagnoses)
        {
            try
            {
                var result = await LatestAsync(diagnosis, cancellation);
                if (result is { IsAmbiguous: true })
                {
                    problems.Add($"line {diagnosis.Line}: {diagnosis.Study} is the accession number of several studies: give the Study Instance UID");
                }
                else if (result is null)
                {
                    problems.Add($"line {diagnosis.Line}: no package {diagnosis.ModelId} has spoken on study {diagnosis.Study}");
                }
                else if (!result.Value.IsKnown)
                {
                    await AnswerAsync(new FeedbackRow { Id = Guid.CreateVersion7(), ResultId = result.Value.Key, Verdict = FeedbackVerdicts.Final, Label = diagnosis.Label, Source = source, Actor = actor, At = now }, cancellation);
                    kept++;
                }
            }
            catch (ArgumentException error)
            {
                problems.Add($"line {diagnosis.Line}: {error.Message}");
            }
        }

        return (kept, problems);
    }

    /// <summary>The latest verdict that a diagnosis is about, and whether the last word on it is the same.</summary>
    private async Task<(Guid Key, bool IsKnown, bool IsAmbiguous)?> LatestAsync(FinalDiagnosis diagnosis, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var results = await context.Results.Where(r => r.ModelId == diagnosis.ModelId && r.WithdrawnAt == null && r.Withdraws == null
                && (r.Study!.StudyInstanceUid == diagnosis.Study || context.Identities.Any(i => i.StudyId == r.StudyId && i.AccessionNumber == diagnosis.Study)))
            .OrderByDescending(r => r.Revision).ThenByDescending(r => r.DecidedAt).Select(r => new { r.Id, r.StudyId }).ToListAsync(cancellation);
        if (results is not [{ Id: var key }, ..])
        {
            return null;
        }

        var last = await context.Feedback.Where(f => f.ResultId == key && f.Verdict == FeedbackVerdicts.Final).OrderByDescending(f => f.At).Select(f => f.Label).FirstOrDefaultAsync(cancellation);
        return (key, last == diagnosis.Label, results.Select(r => r.StudyId).Distinct().Count() > 1);
    }

    private static async Task<DateTime?> OpenedAtAsync(RecordsContext context, Guid study, int revision, string account, CancellationToken cancellation) =>
        await context.StudiesOpened.Where(o => o.StudyId == study && o.Revision >= revision && o.Account == account).MinAsync(o => (DateTime?)o.At, cancellation);
}
