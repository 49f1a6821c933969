using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>One score with what is needed to compute it again, and what a reader says.</summary>
/// <param name="ScoreId">Key for <c>score --replay</c>.</param>
/// <param name="Frame">From 1; 0 for a single-frame object.</param>
/// <param name="Classes">Class and its probability, in the package's order.</param>
/// <param name="Truth">The class that is right in the opinion of the last reader who answered; null where nobody did, or it cannot be told which.</param>
public sealed record ScoreLine(
    Guid ScoreId, DateTime ScoredAt, string StudyInstanceUid, string SopInstanceUid, int Frame, string Site, string CallingAe, string? Manufacturer, string? Device,
    string ModelId, string Version, string ModelIdentity, IReadOnlyList<KeyValuePair<string, double>> Classes, string Label, double Probability, double Threshold, bool IsPositive,
    string CropSource, string Preprocessing, string Runtime, string InputSha256, string Priority, string? Answer, string? Truth);

/// <summary>Reads scores, newest first.</summary>
public static class ScoreQuery
{
    public static async Task<IReadOnlyList<ScoreLine>> RunAsync(RecordsDatabase database, ScoreFilter filter, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var rows = await filter.Apply(context).AsNoTracking().OrderByDescending(s => s.ScoredAt).ThenByDescending(s => s.Id).Take(filter.Limit)
            .Select(s => new { Score = s, s.Instance!.SopInstanceUid, s.Instance.CallingAe, s.Instance.Manufacturer, s.Instance.ManufacturerModel, s.Instance.Study!.StudyInstanceUid, s.Instance.Study.Site, s.Instance.Study.Priority })
            .ToListAsync(cancellation);
        var studies = rows.Select(r => r.Score.StudyId).ToHashSet();
        var answers = (await context.Feedback.AsNoTracking().Where(f => studies.Contains(f.StudyId)).OrderBy(f => f.At)
            .Select(f => new { f.StudyId, f.Result!.ModelIdentity, f.Result.IsPositive, f.Verdict, f.Label }).ToListAsync(cancellation)).ToLookup(f => (f.StudyId, f.ModelIdentity));
        var classes = await ModelClass.OfAsync(context, rows.Select(r => r.Score.ModelIdentity), cancellation);
        return
        [
            .. rows.Select(r =>
            {
                var s = r.Score;
                // The final diagnosis stands above what somebody clicked later.
                var all = answers[(s.StudyId, s.ModelIdentity)];
                var answer = all.LastOrDefault(a => a.Verdict == FeedbackVerdicts.Final) ?? all.LastOrDefault();
                return new ScoreLine(
                    s.Id, s.ScoredAt, r.StudyInstanceUid, r.SopInstanceUid, s.Frame, r.Site, r.CallingAe, r.Manufacturer, r.ManufacturerModel, s.ModelId, s.ModelVersion, s.ModelIdentity,
                    [.. JsonSerializer.Deserialize<string[]>(s.ClassIds)!.Zip(JsonSerializer.Deserialize<double[]>(s.Probabilities)!, KeyValuePair.Create)],
                    s.PredictedClass, s.PositiveProbability, s.Threshold, s.IsPositive, s.CropSource, s.Preprocessing, s.Runtime, s.InputSha256, r.Priority,
                    answer?.Verdict, answer is null ? null : Truth(classes[s.ModelIdentity], answer.Verdict, answer.Label, answer.IsPositive));
            }),
        ];
    }

    /// <summary>Everything that fits, newest first, read a page at a time.</summary>
    /// <param name="filter">Its limit is the size of a page.</param>
    public static async IAsyncEnumerable<ScoreLine> AllAsync(RecordsDatabase database, ScoreFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var page = filter; ;)
        {
            var lines = await RunAsync(database, page, cancellation);
            foreach (var line in lines)
            {
                yield return line;
            }

            if (lines.Count < page.Limit)
            {
                yield break;
            }

            page = page with { Before = (lines[^1].ScoredAt, lines[^1].ScoreId) };
        }
    }

    /// <summary>A reader says that a verdict is right or not; which class that means is known where a side has only one.</summary>
    private static string? Truth(IReadOnlyList<ModelClass> classes, string verdict, string label, bool wasFlagged)
    {
        if (verdict is FeedbackVerdicts.Correct or FeedbackVerdicts.Final)
        {
            return label;
        }

        var side = classes.Where(c => c.IsPositive == (verdict == FeedbackVerdicts.Accept == wasFlagged)).ToList();
        return side.Count == 1 ? side[0].Id : null;
    }
}
