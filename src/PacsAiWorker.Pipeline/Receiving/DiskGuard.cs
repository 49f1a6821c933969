namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Is there room for another association? Refusing early is better than A700H in the middle of a study.</summary>
public static class DiskGuard
{
    private const double GiB = 1024 * 1024 * 1024;

    /// <summary>Null while there is room, else what is wrong in one clause.</summary>
    /// <param name="usedBytes">In use on the disk.</param>
    /// <param name="availableBytes">Available to this process.</param>
    public static string? Decide(long usedBytes, long availableBytes, SpoolOptions.WatermarkOptions mark)
    {
        if (availableBytes < mark.ReserveGiB * GiB)
        {
            return FormattableString.Invariant($"{availableBytes / GiB:0.0} GiB left on the spool's disk, {mark.ReserveGiB:0.0} are kept in reserve (Spool:Watermark:ReserveGiB)");
        }

        var percent = 100.0 * usedBytes / (usedBytes + availableBytes);
        return percent > mark.Percent
            ? FormattableString.Invariant($"the spool's disk is {percent:0} % full, the mark is {mark.Percent:0} % (Spool:Watermark:Percent)")
            : null;
    }

    /// <summary>Bytes that may still come before associations are refused; negative when they are already.</summary>
    public static long Room(long usedBytes, long availableBytes, SpoolOptions.WatermarkOptions mark) => (long)Math.Min(
        availableBytes - (mark.ReserveGiB * GiB), (mark.Percent / 100.0 * ((double)usedBytes + availableBytes)) - usedBytes);

    /// <inheritdoc cref="Room(long, long, SpoolOptions.WatermarkOptions)"/>
    public static long Room(string folder, SpoolOptions.WatermarkOptions mark)
    {
        var drive = new DriveInfo(folder);
        return Room(drive.TotalSize - drive.TotalFreeSpace, drive.AvailableFreeSpace, mark);
    }

    /// <summary>Looks at the disk that holds <paramref name="folder"/>.</summary>
    public static string? Look(string folder, SpoolOptions.WatermarkOptions mark)
    {
        var drive = new DriveInfo(folder);
        return Decide(drive.TotalSize - drive.TotalFreeSpace, drive.AvailableFreeSpace, mark);
    }
}
