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
}
