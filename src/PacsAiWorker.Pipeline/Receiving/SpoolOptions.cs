namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>Section <c>Spool</c>: the folder of received files and when it counts as full.</summary>
public sealed record SpoolOptions
{
    public WatermarkOptions Watermark { get; init; } = new();

    /// <summary>Associations are refused (transient) above these marks, before the disk is full.</summary>
    public sealed record WatermarkOptions
    {
        /// <summary>Percent of the disk in use, 1 … 100.</summary>
        public double Percent { get; init; } = 75;

        /// <summary>GiB that stay free.</summary>
        public double ReserveGiB { get; init; } = 5;
    }
}
