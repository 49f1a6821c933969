namespace PacsAiWorker.Inference.Imaging;

/// <summary>Something read from a file, or why there is nothing.</summary>
/// <param name="Value">What was read.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Detail">One sentence about it.</param>
internal sealed record FrameResult<T>(T? Value, NotScoredReason? Reason, string? Detail)
    where T : class
{
    public static implicit operator FrameResult<T>(T value) => new(value, null, null);

    public static FrameResult<T> No(NotScoredReason reason, string detail) => new(null, reason, detail);

    public static FrameResult<T> Corrupt(string detail) => No(NotScoredReason.Corrupt, detail);

    public static FrameResult<T> Codec(string detail) => No(NotScoredReason.Codec, detail);
}
