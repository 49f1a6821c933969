namespace PacsAiWorker.Dicom.Data;

/// <summary>
/// What a deflated data set (PS3.5 annex A.5) may grow to: at most 200 times its deflated bytes beyond the first MiB, and at most
/// <paramref name="mostBytes"/> in all. Deflate itself reaches about 1,030 times, which no header and no ultrasound picture does.
/// </summary>
internal sealed class InflateBudget(long mostBytes)
{
    public const int MostExpansion = 200;
    public const int FreeBytes = 1 << 20;

    private long taken;
    private long given;

    /// <summary>Why the next byte is refused; null while everything is within bounds.</summary>
    public string? Exceeded =>
        given > mostBytes ? $"The deflated data set grows beyond {mostBytes} bytes before its pixel data, the limit"
        : given > FreeBytes + (taken * MostExpansion) ? $"The deflated data set grows more than {MostExpansion}-fold, the limit"
        : null;

    /// <summary>Deflated bytes read from the source.</summary>
    public void Take(int bytes) => taken += bytes;

    /// <summary>Inflated bytes handed on.</summary>
    public void Give(int bytes) => given += bytes;
}
