namespace PacsAiWorker.Inference;

/// <summary>From the frames of a clip to the clip: one outlier must not flag it, and still frames must not hide it.</summary>
public static class ClipScore
{
    /// <summary>Frames that decide.</summary>
    public const int Highest = 3;

    /// <summary>Mean of the three highest probabilities; of a still its only one.</summary>
    /// <param name="frames">Probability of the positive classes, one a frame, at least one.</param>
    public static double Of(IEnumerable<double> frames) => frames.OrderDescending().Take(Highest).Average();
}
