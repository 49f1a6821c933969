using System.Globalization;
using PacsAiWorker.Configuration;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Commands;

/// <summary>What <c>status</c> and <c>doctor</c> say of the spool and what keeps it full.</summary>
public static class SpoolWords
{
    public static Task<IReadOnlyList<SegmentLook>> SurveyAsync(RecordsDatabase database, WorkerOptions options, DateTime now, CancellationToken cancellation) =>
        SpoolSurvey.RunAsync(SpoolLog.List(options.SpoolDirectory), new RetentionStore(database), options.Spool.Retention.Days, now, cancellation);

    /// <summary>Sums up; what is kept beyond its age stands by reason, what needs a person first.</summary>
    public static RetentionLine Line(IReadOnlyList<SegmentLook> segments, int days) => new(
        days, segments.Count, segments.Sum(s => s.Bytes), segments.Count > 0 ? segments.Min(s => s.ChangedAt) : null,
        [
            .. segments.Where(s => s.IsKept).GroupBy(s => s.Hold).OrderByDescending(g => g.Key)
                .Select(g => new KeptLine(Reason(g.Key), g.Count(), g.Sum(s => s.Bytes), g.Min(s => s.ChangedAt), Remedy(g.Key))),
        ]);

    public static string Sentence(RetentionLine line) =>
        $"Spool: {Segments(line.Segments)} ({Size(line.Bytes)}){(line.Oldest is { } oldest ? $", the oldest from {oldest:yyyy-MM-dd}" : "")}; "
        + (line.Days == 0 ? "kept for ever (Spool:Retention:Days is 0)" : $"kept for {line.Days} days (Spool:Retention:Days)");

    /// <summary>"12 segments (1.5 GiB) wait for parked work".</summary>
    public static string Sentence(KeptLine line) => $"{Segments(line.Segments)} ({Size(line.Bytes)}) beyond that age {(line.Segments == 1 ? "waits" : "wait")} for {line.Reason}";

    /// <summary>"1.5 GiB", below one GiB "12 MiB".</summary>
    public static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private static string Segments(int count) => count == 1 ? "1 segment" : $"{count} segments";

    private static string Reason(SegmentHold hold) => hold switch
    {
        SegmentHold.Problem => "a received file that has no row",
        SegmentHold.Parked => "parked work",
        SegmentHold.Undelivered => "a destination that does not take reports, or does not say that it keeps them",
        _ => "studies that are not finished",
    };

    private static string Remedy(SegmentHold hold) => hold switch
    {
        SegmentHold.Problem => "`spool problems` names each; end with `spool discard`",
        SegmentHold.Parked => "`work list --state parked`; mend and `work retry`, or `work discard`",
        SegmentHold.Undelivered => "`destination list`; mend the way to it, or give it up with `destination retire NAME --reason …`",
        _ => "`work list` shows what is due; is a worker with the roles score and report running?",
    };
}
