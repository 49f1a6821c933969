namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Section <c>Spool</c>: the log of received files and when its disk counts as full.</summary>
public sealed record SpoolOptions
{
    /// <summary>MiB of a segment: a new one is begun when one has reached this. Retention drops whole segments.</summary>
    public int SegmentMiB { get; init; } = 128;

    /// <summary>Segments that are kept prepared, so that a burst is not slowed by the file system's own journal; 0 for none.</summary>
    public int SpareSegments { get; init; } = 4;

    public WatermarkOptions Watermark { get; init; } = new();

    public RetentionOptions Retention { get; init; } = new();

    /// <summary>When received files leave the disk again.</summary>
    public sealed record RetentionOptions
    {
        /// <summary>Days since the last activity of a study after which its files may go, whatever state allows it; 0 keeps for ever.</summary>
        public int Days { get; init; } = 30;
    }

    /// <summary>Associations are refused (transient) above these marks, before the disk is full.</summary>
    public sealed record WatermarkOptions
    {
        /// <summary>Percent of the disk in use, 1 … 100.</summary>
        public double Percent { get; init; } = 75;

        /// <summary>GiB that stay free.</summary>
        public double ReserveGiB { get; init; } = 5;
    }
}
