namespace PacsAiWorker.Dicom.Data;

/// <summary>What one data set may cost to read, whatever it claims. Defaults from the limits table of the reliability design.</summary>
/// <param name="Depth">Sequences within sequences.</param>
/// <param name="Items">Items in all.</param>
/// <param name="Elements">Elements in all.</param>
/// <param name="ValueBytes">Longest value that is kept; longer ones are skipped and marked.</param>
/// <param name="TotalBytes">Bytes of all kept values; beyond that values are skipped and marked.</param>
/// <param name="PrivateValueBytes">Longest value kept of private elements and inside private sequences, where makers store whole films.</param>
/// <param name="InflatedBytes">Bytes that a deflated data set may have before its pixel data (PS3.5 annex A.5).</param>
public sealed record ReadLimits(
    int Depth = 64,
    int Items = 100_000,
    int Elements = 1_000_000,
    int ValueBytes = 1 << 20,
    long TotalBytes = 64L << 20,
    int PrivateValueBytes = 64 << 10,
    long InflatedBytes = 64L << 20)
{
    /// <summary>Elements of a deflated data set: there, few bytes sent can become many elements in memory.</summary>
    internal const int DeflatedElements = 250_000;

    public static ReadLimits Default { get; } = new();
}
