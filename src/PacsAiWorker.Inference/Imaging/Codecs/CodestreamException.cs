namespace PacsAiWorker.Inference.Imaging.Codecs;

/// <summary>A codestream that is not decoded, and whether the image contradicts itself or is only of a kind we lack.</summary>
internal sealed class CodestreamException(NotScoredReason reason, string message) : Exception(message)
{
    public NotScoredReason Reason { get; } = reason;

    public static CodestreamException Damaged(string what) => new(NotScoredReason.Corrupt, what);

    public static CodestreamException Unsupported(string what) => new(NotScoredReason.Codec, what);
}
