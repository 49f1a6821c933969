using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class DiskGuardTests
{
    private const long GiB = 1L << 30;
    private static readonly SpoolOptions.WatermarkOptions Mark = new() { Percent = 75, ReserveGiB = 5 };

    [Fact]
    public void Below_both_marks_there_is_room() => Assert.Null(DiskGuard.Decide(74 * GiB, 26 * GiB, Mark));

    [Fact]
    public void Above_the_percentage_the_setting_is_named() => Assert.Contains("Spool:Watermark:Percent", DiskGuard.Decide(76 * GiB, 24 * GiB, Mark), StringComparison.Ordinal);

    [Fact]
    public void Below_the_reserve_the_setting_is_named() => Assert.Contains("Spool:Watermark:ReserveGiB", DiskGuard.Decide(1 * GiB, 4 * GiB, Mark), StringComparison.Ordinal);

    /// <summary>100 GiB in all: the nearer mark counts.</summary>
    [Theory]
    [InlineData(50, 50, 75, 5, 25)]
    [InlineData(50, 50, 100, 5, 45)]
    [InlineData(80, 20, 75, 5, -5)]
    public void The_room_is_what_may_come_before_the_nearer_mark(int used, int available, double percent, double reserve, int expected) =>
        Assert.Equal((long)expected << 30, DiskGuard.Room((long)used << 30, (long)available << 30, new SpoolOptions.WatermarkOptions { Percent = percent, ReserveGiB = reserve }));
}
