using PacsAiWorker.Inference;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>One model's figure for one image.</summary>
/// <param name="Probability">Of the positive classes; of a clip from its frames (<see cref="ClipScore"/>).</param>
/// <param name="Threshold">From which the image is flagged.</param>
public readonly record struct ImageScore(double Probability, double Threshold)
{
    /// <summary>One an image, from one a frame.</summary>
    public static IReadOnlyList<ImageScore> Of(IEnumerable<ScoreRow> frames) =>
        [.. frames.GroupBy(s => s.InstanceId).Select(g => new ImageScore(ClipScore.Of(g.Select(s => s.PositiveProbability)), g.First().Threshold))];
}
