using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>A study of which it is in doubt whose it is.</summary>
/// <param name="What">In words.</param>
public sealed record DoubtLine(string StudyInstanceUid, string What, DateTime Since, string Remedy);

/// <summary>Studies whose results wait, or that have images with two sets of pixels, until somebody says which is right.</summary>
public static class DoubtQuery
{
    public static async Task<IReadOnlyList<DoubtLine>> RunAsync(RecordsDatabase database, CancellationToken cancellation)
    {
        await using var context = database.Open();
        var holds = await context.Holds.AsNoTracking().Include(h => h.Study).Where(h => h.EndedAt == null).ToListAsync(cancellation);
        var conflicts = await context.Instances.Where(i => i.SetAside == SetAsides.Conflict).GroupBy(i => i.Study!.StudyInstanceUid)
            .Select(g => new { g.Key, Images = g.Count(), Since = g.Min(i => i.ReceivedAt) }).ToListAsync(cancellation);
        return
        [
            .. holds.OrderBy(h => h.Since).Select(h => new DoubtLine(h.Study!.StudyInstanceUid, h.Text, h.Since, h.Reason == HoldReasons.Coerced
                ? $"compare the patient in {h.Destination} with ours; then `study confirm {h.Study.StudyInstanceUid} --why …`, or let the information system send the update"
                : $"compare both versions; then `study confirm {h.Study.StudyInstanceUid} --take new --why …` or `--take first`")),
            .. conflicts.OrderBy(c => c.Since).Select(c => new DoubtLine(c.Key, $"{c.Images} of its SOP Instance UIDs came again with other pixels", c.Since,
                $"find out which picture is right and who sent the other; `study confirm {c.Key} --take first --why …` ends this line")),
        ];
    }
}
