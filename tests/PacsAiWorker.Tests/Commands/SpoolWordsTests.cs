using PacsAiWorker.Commands;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Commands;

public sealed class SpoolWordsTests
{
    private static readonly DateTime Time = new(2026, 10, 1, 8, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void What_keeps_old_segments_is_said_by_reason_with_the_way_to_end_it()
    {
        SegmentLook Look(long mebibytes, SegmentHold hold) => new(Guid.NewGuid(), mebibytes << 20, Time, hold);
        var line = SpoolWords.Line([Look(1536, SegmentHold.Parked), Look(512, SegmentHold.Parked), Look(1, SegmentHold.Undelivered), Look(1, SegmentHold.Young), Look(1, SegmentHold.Open)], 30);
        Assert.Equal("Spool: 5 segments (2.0 GiB), the oldest from 2026-10-01; kept for 30 days (Spool:Retention:Days)", SpoolWords.Sentence(line));
        Assert.Equal(["2 segments (2.0 GiB) beyond that age wait for parked work", "1 segment (1.0 MiB) beyond that age waits for a destination that does not take reports, or does not say that it keeps them"], line.Kept.Select(SpoolWords.Sentence));
        Assert.Contains("work discard", line.Kept[0].Remedy, StringComparison.Ordinal);
        Assert.Contains("destination retire", line.Kept[1].Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeping_for_ever_is_said() => Assert.Equal("Spool: 0 segments (0.0 MiB); kept for ever (Spool:Retention:Days is 0)", SpoolWords.Sentence(SpoolWords.Line([], 0)));
}
