using PacsAiWorker.Records.Stores;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>One segment as retention sees it.</summary>
/// <param name="Bytes">Size of its file.</param>
/// <param name="ChangedAt">When the last record was added to it, as far as is known.</param>
public sealed record SegmentLook(Guid Id, long Bytes, DateTime ChangedAt, SegmentHold Hold)
{
    /// <summary>Whether it should be gone by its age and is not.</summary>
    public bool IsKept => Hold is SegmentHold.Working or SegmentHold.Undelivered or SegmentHold.Parked or SegmentHold.Problem;
}

/// <summary>Looks at each segment on the disk and says why it is still there. Reads only.</summary>
public static class SpoolSurvey
{
    /// <param name="days">Age at which bytes may go; 0 keeps for ever.</param>
    public static async Task<IReadOnlyList<SegmentLook>> RunAsync(IReadOnlyList<SegmentState> segments, RetentionStore store, int days, DateTime now, CancellationToken cancellation)
    {
        var marks = await store.MarksAsync(cancellation);
        var problems = (await store.ProblemsAsync(cancellation)).Select(p => SpoolLocation.TryParse(p, out var at) ? at.Segment : Guid.Empty).ToHashSet();
        var looks = new List<SegmentLook>();
        foreach (var segment in segments)
        {
            var file = new FileInfo(segment.Path);
            if (!file.Exists)
            {
                continue;
            }

            var mark = marks.GetValueOrDefault(segment.Id);
            var hold = segment.IsWritten ? SegmentHold.Open : RetentionDecider.HoldBefore(file.Length, mark, days, now);
            if (hold == SegmentHold.None)
            {
                hold = RetentionDecider.Hold(problems.Contains(segment.Id), await store.StandingsAsync(segment.Id, cancellation), days, now);
            }

            looks.Add(new SegmentLook(segment.Id, file.Length, mark?.ChangedAt ?? file.LastWriteTimeUtc, hold));
        }

        return looks;
    }
}
