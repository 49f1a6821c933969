namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>What a disk said, without the path.</summary>
internal static class IoWords
{
    /// <summary>Disk-full has several codes in .NET: plain write, preallocation, quota.</summary>
    public static string Of(IOException error) => (error.HResult & 0xFFFF) switch
    {
        28 or 0x1620 => "no space left on the disk",
        122 => "disk quota exceeded",
        _ => error.Message.Split('\'')[0].Trim(),
    };
}
